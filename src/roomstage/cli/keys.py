"""`roomstage keys`: API keys, made, listed and revoked."""

from __future__ import annotations

from typing import Annotated

import typer

from roomstage.cli.store import Database, day, opened, table

_HELP = """Make, list and revoke the API keys of a server.

A server on 127.0.0.1 is open to everybody on this machine until the first key is made; on any other
address it starts only with keys.

Examples:

    roomstage keys create

    roomstage keys create --account anna --credits 1200

    roomstage keys list

    roomstage keys revoke 1f3a90c2
"""
app = typer.Typer(
    help=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)


@app.command()
def create(
    account: Annotated[
        str, typer.Option(help="Whose key it is; made if there is none of that name.")
    ] = "default",
    credits: Annotated[int, typer.Option(min=0, help="Also grant the account so many.")] = 0,
    database: Database = "",
) -> None:
    """Make a key and print it: once, for only its hash is kept.

    Callers send it as `x-api-key: SG_...` or `Authorization: Bearer SG_...`.
    """
    with opened(database) as store:
        first = not store.accounts.has_keys()
        _, text = store.accounts.create_key(account)
        if credits:
            store.accounts.grant(account, credits, note="with a key")
        balance = store.accounts.named(account).balance
    typer.echo(text)
    typer.echo(f"key of account {account}, balance {balance} credits", err=True)
    if balance == 0:
        typer.echo(f"it can't pay for a call yet: roomstage credits grant {account} 1200", err=True)
    if first:
        typer.echo("the server was open until now; from now on every call needs a key", err=True)


@app.command("list")
def list_keys(database: Database = "") -> None:
    """Show every key ever made: its first characters and its id, never the key."""
    with opened(database) as store:
        keys = store.accounts.keys()
    if not keys:
        typer.echo("no keys: make one with roomstage keys create", err=True)
        return
    rows = [
        (key.id, key.account, f"{key.prefix}...", day(key.created_at), day(key.revoked_at))
        for key in keys
    ]
    typer.echo(table(("id", "account", "key", "created", "revoked"), rows))


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, as `roomstage keys list` shows it.")],
    database: Database = "",
) -> None:
    """End a key at once; the account, its credits and its other keys stay.

    When the last key is revoked the server does not become open again: it answers nobody.
    """
    with opened(database) as store:
        revoked = store.accounts.revoke(key)
    typer.echo(f"{revoked.id} of account {revoked.account} was revoked {day(revoked.revoked_at)}")
