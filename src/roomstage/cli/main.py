"""`roomstage`: the group of commands. A command's module is imported when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from roomstage.errors import InvalidInput, RoomstageError
from roomstage.version import __version__

_COMMANDS = {  # name: (module with an `app`, what it does)
    "stage": ("roomstage.cli.stage", "Place a product's photo into a room's photo."),
    "erase": ("roomstage.cli.erase", "Take a piece of furniture out of a room's photo."),
    "batch": ("roomstage.cli.batch", "Stage a whole catalogue from a list."),
    "img2img": ("roomstage.cli.img2img", "Paint a picture anew, by Stable Diffusion XL."),
    "serve": ("roomstage.cli.serve", "Serve the HTTP API."),
    "keys": ("roomstage.cli.keys", "Make, list and revoke API keys."),
    "credits": ("roomstage.cli.credits", "Grant credits and show what became of them."),
    "models": ("roomstage.cli.models", "List, pull and check weights of generative models."),
    "doctor": ("roomstage.cli.doctor", "Tell what this machine has and lacks."),
    "bench": ("roomstage.bench.cli", "Measure quality and speed."),
}
_HELP = """Put this very product into that room: one photo in, one photo out.

Start here:

    roomstage stage room.jpg sofa.jpg --prompt "a grey sofa" --output staged.png

Choose the spot with a mask, white where the product goes:

    roomstage stage room.jpg sofa.jpg --prompt "a sofa" --main-image-mask spot.png

Take out what is there, white in a mask:

    roomstage erase room.jpg --main-image-mask chair.png --output emptied.png

Stage a whole catalogue, every row of a CSV file:

    roomstage batch manifest.csv --output staged

Serve it over HTTP, then open http://127.0.0.1:8000/docs:

    roomstage serve

Let others call it, by keys and credits:

    roomstage keys create --account anna --credits 1200
"""


class _Commands(TyperGroup):
    """Knows the commands by name and imports only the one that runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the help text."""
        return [name for name, (module, _) in _COMMANDS.items() if _is_installed(module)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in that is enough to list the command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return TyperCommand(cmd_name, help=_COMMANDS[cmd_name][1])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, its module imported now."""
        if args[0] not in self.list_commands(ctx):
            known = ", ".join(self.list_commands(ctx))
            ctx.fail(f"there is no command {args[0]!r}: give one of {known}")
        module = importlib.import_module(_COMMANDS[args[0]][0])
        return args[0], get_command(module.app), args[1:]

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run; what the user can mend ends as one line and exit code 2."""
        try:
            code = super().main(
                args, prog_name or "roomstage", complete_var, False, windows_expand_args, **extra
            )
        except typer.TyperException as error:
            _fail(error.format_message(), 2)
        except RoomstageError as error:
            _fail(error.message, 2 if isinstance(error, InvalidInput) else 1)
        except typer.Abort:
            _fail("aborted", 1)
        sys.exit(code if isinstance(code, int) else 0)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    raise SystemExit(code)


app = typer.Typer(
    name="roomstage",
    cls=_Commands,
    help=_HELP,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"roomstage {__version__}")
        raise typer.Exit


@app.callback()
def _roomstage(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
