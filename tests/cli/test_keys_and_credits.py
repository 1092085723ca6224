"""Keys and credits as the owner of a server handles them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from roomstage.cli.main import app
from roomstage.service.store import open_store


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = str(tmp_path / "store.sqlite3")
    monkeypatch.setenv("ROOMSTAGE_DATABASE", path)
    return path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_a_key_is_printed_alone_so_that_scripts_can_take_it(database: str) -> None:
    made = call("keys", "create", "--account", "anna", "--credits", "30")
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert re.fullmatch(r"SG_[0-9a-f]{16}", key)
    assert "balance 30" in made.stderr
    assert "every call needs a key" in made.stderr
    store = open_store(database)
    account = store.accounts.of_key(key)
    store.close()
    assert account is not None
    assert (account.name, account.balance) == ("anna", 30)
    second = call("keys", "create", "--account", "ben")
    assert "roomstage credits grant ben" in second.stderr
    assert "every call" not in second.stderr


def test_keys_are_listed_and_revoked_without_being_shown() -> None:
    assert "roomstage keys create" in call("keys", "list").stderr
    key = call("keys", "create").stdout.strip()
    listed = call("keys", "list").stdout
    assert key not in listed
    assert key[:7] in listed
    key_id = listed.splitlines()[1].split()[0]
    assert "was revoked" in call("keys", "revoke", key_id).stdout
    assert call("keys", "list").stdout.splitlines()[1].rstrip()[-1].isdigit()
    unknown = call("keys", "revoke", "nothing")
    assert unknown.exit_code == 2
    assert unknown.stderr.startswith("error: there is no such key")


def test_credits_are_granted_and_shown() -> None:
    call("keys", "create", "--account", "anna")
    assert call("credits", "grant", "anna", "12", "--note", "a gift").stdout == (
        "anna has 12 credits\n"
    )
    shown = call("credits", "show", "anna").stdout
    assert shown.startswith("anna has 12 credits\n")
    assert "+12" in shown
    assert "a gift" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("credits", "grant", "nobody", "1"), "keys create"),
        (("credits", "grant", "anna", "0"), "whole number"),
        (("credits", "grant", "anna", "1.5"), "valid integer"),
        (("credits", "show", "nobody"), "no account"),
        (("keys", "create", "--account", "a/b"), "no name"),
        (("keys", "list", "--database", "mysql://x/y"), "SQLite"),
    ],
)
def test_mistakes_end_in_one_line_that_says_what_to_do(
    arguments: tuple[str, ...], words: str
) -> None:
    call("keys", "create", "--account", "anna")
    done = call(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("group", ["keys", "credits"])
def test_a_group_alone_teaches_with_examples(group: str) -> None:
    shown = call(group).output
    assert f"roomstage {group}" in shown
    assert "Examples" in shown
