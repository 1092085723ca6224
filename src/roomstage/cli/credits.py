"""`roomstage credits`: what accounts may spend."""

from __future__ import annotations

from typing import Annotated

import typer

from roomstage.cli.store import Database, day, opened, table

_HELP = """Grant credits to an account, and show what became of them.

A call holds its price when it is taken on, keeps it when its picture is delivered and gives it back
when it fails, is refused or cancelled. What a model costs: `ROOMSTAGE_PRICES`.

Examples:

    roomstage credits grant anna 1200 --note "invoice 17"

    roomstage credits show anna
"""
app = typer.Typer(
    help=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
_Account = Annotated[str, typer.Argument(help="Name of the account.")]


@app.command()
def grant(
    account: _Account,
    amount: Annotated[int, typer.Argument(help="How many credits, a whole number.")],
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    database: Database = "",
) -> None:
    """Give an account credits. What is granted can't be taken back."""
    with opened(database) as store:
        granted = store.accounts.grant(account, amount, note)
    typer.echo(f"{granted.name} has {granted.balance} credits")


@app.command()
def show(
    account: _Account,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="How many lines.")] = 20,
    database: Database = "",
) -> None:
    """Show an account's balance and the newest lines of its ledger."""
    with opened(database) as store:
        found = store.accounts.named(account)
        entries = store.accounts.entries(found.id, last=last)
    typer.echo(f"{found.name} has {found.balance} credits")
    rows = [(day(e.at), e.kind, f"{e.amount:+d}", e.job or e.note) for e in entries]
    if rows:
        typer.echo(table(("at", "what", "credits", "job or note"), rows))
