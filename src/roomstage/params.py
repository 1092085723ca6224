"""One declaration per model: validation, JSON Schema, CLI flags, docs and the page's form.

A request's fields are declared as a pydantic model derived from `Params`. Clients are sloppy in
known ways, and `Params.parse` forgives them: numbers may be strings, null means absent, unknown
fields are ignored. What it refuses, it refuses with one sentence that names field and remedy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import annotated_types
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from roomstage.errors import InvalidImage, InvalidParameter


class ImageRole:
    """Marks a field that carries a picture: as URL, base64, data URI or bytes."""

    def __init__(self, kind: Literal["image", "mask"]) -> None:
        self.kind: Literal["image", "mask"] = kind


def _as_text(role: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": "image", "x-role": role})


class Choice:
    """Marks a text field that takes one of some words, in capitals or not."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def known(self, value: Any) -> Any:
        """The word that is meant."""
        name = value.strip().lower() if isinstance(value, str) else value
        for word in self.words:
            if name == word.lower():
                return word
        raise ValueError("not one of the words")


def one_of(*words: str) -> Any:
    """The type of an optional field that takes one of `words`."""
    choice = Choice(*words)
    schema = WithJsonSchema({"type": "string", "enum": list(words)})
    return Annotated[str | None, BeforeValidator(choice.known), schema, choice]


ImageField = Annotated[str | bytes, ImageRole("image"), _as_text("image")]
MaskField = Annotated[str | bytes | None, ImageRole("mask"), _as_text("mask")]
RequiredMaskField = Annotated[str | bytes, ImageRole("mask"), _as_text("mask")]


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a truth value is no number")
    return value


def _plain_number(value: Any) -> Any:
    """'25', '25.0' and 25.0 as numbers; pydantic checks what they are."""
    value = _no_boolean(value)
    if isinstance(value, str):
        text = value.strip()
        if len(text) > 40 or not text.isascii() or "_" in text:
            raise ValueError("not a number")
        value = float(text) if any(c in text for c in ".eEnN") else int(text)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


WholeNumber = Annotated[int, BeforeValidator(_plain_number)]
Number = Annotated[float, BeforeValidator(_plain_number)]
CentiMetres = Annotated[
    float | None,
    BeforeValidator(_plain_number),
    annotated_types.Ge(1),
    annotated_types.Le(2000),
    WithJsonSchema({"type": "number", "minimum": 1, "maximum": 2000}),
]


class Params(BaseModel):
    """The fields of one model's request."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    @property
    def count(self) -> int:
        """How many pictures are asked for in one; a call costs its model's price for each."""
        return 1

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> Self:
        """Validate a request's fields; null and empty optional pictures count as absent.

        Raises:
            InvalidParameter: the first field that is wrong, with what to give instead.
            InvalidImage: a required picture is missing or empty.
        """
        try:
            return cls.model_validate(cls._given(fields))
        except ValidationError as error:
            raise cls._as_instruction(error.errors(include_url=False)[0]) from None

    @classmethod
    def problems(cls, fields: Mapping[str, Any]) -> list[InvalidParameter | InvalidImage]:
        """All that `parse` would refuse, one error a field; for lists that are checked whole."""
        try:
            cls.model_validate(cls._given(fields))
        except ValidationError as error:
            found = [cls._as_instruction(each) for each in error.errors(include_url=False)]
            return list({each.field: each for each in reversed(found)}.values())[::-1]
        return []

    @classmethod
    def image_roles(cls) -> dict[str, ImageRole]:
        """The picture fields by name, in the order of declaration."""
        return {
            name: role
            for name, info in cls.model_fields.items()
            for role in info.metadata
            if isinstance(role, ImageRole)
        }

    @classmethod
    def _given(cls, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if not cls._absent(name, value)}

    @classmethod
    def _absent(cls, name: str, value: Any) -> bool:
        return value is None or (name in cls.image_roles() and value in ("", b""))

    @classmethod
    def _as_instruction(cls, error: ErrorDetails) -> InvalidParameter | InvalidImage:
        name = str(error["loc"][0]) if error["loc"] else ""
        info = cls.model_fields.get(name)
        if info is None:
            return InvalidParameter("the request is no set of named fields: send a JSON object")
        if name in cls.image_roles():
            state = "missing" if error["type"] == "missing" else "no picture"
            return InvalidImage(
                f"{name} is {state}: give a URL, base64 or data URI of a picture", field=name
            )
        if error["type"] == "missing":
            return InvalidParameter(f"{name} is missing: give {_wanted(info)}", field=name)
        shown = _shown(error["input"])
        return InvalidParameter(f"{name} is {shown}: give {_wanted(info)}", field=name)


def _shown(value: Any) -> str:
    if isinstance(value, str) and not value.strip():
        return "empty"
    if isinstance(value, str | int | float | bool) and len(str(value)[:61]) <= 60:
        return repr(value)
    return f"of the wrong kind or too long ({type(value).__name__})"


def _wanted(info: FieldInfo) -> str:
    """What a field accepts, in words: 'a whole number from 10 to 100'."""
    low = next((m.ge for m in info.metadata if isinstance(m, annotated_types.Ge)), None)
    high = next((m.le for m in info.metadata if isinstance(m, annotated_types.Le)), None)
    longest = next(
        (m.max_length for m in info.metadata if isinstance(m, annotated_types.MaxLen)), None
    )
    span = f" from {low} to {high}" if low is not None and high is not None else ""
    if info.annotation is int:
        return "a whole number" + span
    if info.annotation in (float, float | None):
        return "a number" + span
    if info.annotation in (bool, bool | None):
        return "true or false"
    marked = next((m.words for m in info.metadata if isinstance(m, Choice)), None)
    words = marked or getattr(info.annotation, "__args__", None)
    if words:
        return "one of " + ", ".join(str(word) for word in words)
    return "some words" + (f" (at most {longest} characters)" if longest else "")
