"""Command-line flags generated from a model's schema: names, defaults, ranges and help."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from roomstage.params import Params

_HIDDEN = frozenset({"base64"})  # how a network carries the answer; a file has no need of it


def parameters(schema: type[Params]) -> list[inspect.Parameter]:
    """One parameter per field: required photos as arguments, all others as options.

    Values stay text and absent ones None: the schema checks and fills in, so that the command
    line refuses what the server refuses, in the same words.
    """
    described = schema.model_json_schema()["properties"]
    return [
        _argument(name, described[name])
        if info.is_required() and _is_photo(schema, name)
        else _option(name, described[name], required=info.is_required())
        for name, info in schema.model_fields.items()
        if name not in _HIDDEN
    ]


def defaults(schema: type[Params]) -> list[inspect.Parameter]:
    """One option per field that is no picture, none required: values for many calls at once."""
    described = schema.model_json_schema()["properties"]
    return [
        _option(name, described[name], required=False)
        for name in schema.model_fields
        if name not in _HIDDEN and name not in schema.image_roles()
    ]


def _is_photo(schema: type[Params], name: str) -> bool:
    role = schema.image_roles().get(name)
    return role is not None and role.kind == "image"


def with_parameters(
    body: Callable[..., None], given: list[inspect.Parameter]
) -> Callable[..., None]:
    """A function with the parameters `given` and the options of `body`, which it calls.

    `body` takes the values of `given` as its first argument, a dict by name.
    """
    own = list(inspect.signature(body, eval_str=True).parameters.values())[1:]
    names = [parameter.name for parameter in given]

    def call(**values: Any) -> None:
        body({name: values.pop(name) for name in names}, **values)

    every = sorted([*given, *own], key=lambda p: p.default is not p.empty)
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in every]
    )
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in every}
    call.__doc__ = body.__doc__
    return call


def _argument(name: str, described: dict[str, Any]) -> inspect.Parameter:
    text = described.get("description", "") + ": a file, a URL, or - for stdin."
    kind = Annotated[str, typer.Argument(metavar=name.upper(), help=text, show_default=False)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind)


def _option(name: str, described: dict[str, Any], *, required: bool) -> inspect.Parameter:
    option = typer.Option(
        "--" + name.replace("_", "-"),
        metavar=_metavar(described),
        help=_help(described),
        show_default=False,
    )
    kind = Annotated[str, option] if required else Annotated[str | None, option]
    default = inspect.Parameter.empty if required else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _metavar(described: dict[str, Any]) -> str:
    if "x-role" in described:
        return "FILE|URL|-"
    if "enum" in described:
        return "|".join(described["enum"])
    kinds = [described, *described.get("anyOf", ())]
    if any(kind.get("type") == "boolean" for kind in kinds):
        return "true|false"
    return {"integer": "INTEGER", "number": "NUMBER"}.get(described.get("type", ""), "TEXT")


def _help(described: dict[str, Any]) -> str:
    notes = []
    if "minimum" in described and "maximum" in described:
        notes.append(f"{described['minimum']:g} to {_plain(described['maximum'])}")
    if described.get("default") is not None:
        notes.append(f"default {_plain(described['default'])}")
    end = f" ({'; '.join(notes)})." if notes else "."
    return described.get("description", "") + end


def _plain(value: object) -> str:
    if value == 2**63 - 1:
        return "2^63-1"
    return f"{value:g}" if isinstance(value, float) else str(value)
