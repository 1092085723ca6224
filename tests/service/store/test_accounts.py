from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from roomstage.errors import InvalidParameter, StoreUnavailable
from roomstage.service.store import Account, Store
from roomstage.service.store.schema import accounts, ledger

from .conftest import Clock, with_credits


def test_a_key_is_known_by_its_text_and_kept_as_a_hash(store: Store, tmp_path: Path) -> None:
    key, text = store.accounts.create_key("anna")
    assert re.fullmatch(r"SG_[0-9a-f]{16}", text)
    found = store.accounts.of_key(text)
    assert found is not None
    assert (found.name, found.balance) == ("anna", 0)
    (listed,) = store.accounts.keys()
    assert listed == key
    assert text.startswith(listed.prefix)
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or text.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    "text", ["", "SG_", "SG_0000000000000000", "sg_0000000000000000", "é" * 19, "x" * 1_000_000]
)
def test_a_wrong_key_is_nobodys(store: Store, text: str) -> None:
    store.accounts.create_key("anna")
    assert store.accounts.of_key(text) is None


def test_a_revoked_key_is_nobodys_while_others_of_the_account_go_on(
    store: Store, clock: Clock
) -> None:
    first, text = store.accounts.create_key("anna")
    _, other = store.accounts.create_key("anna")
    clock.now += 5
    assert store.accounts.revoke(first.id).revoked_at == clock.now
    clock.now += 5
    assert store.accounts.revoke(text).revoked_at == clock.now - 5
    assert store.accounts.of_key(text) is None
    assert store.accounts.of_key(other) is not None
    with pytest.raises(InvalidParameter, match="keys list"):
        store.accounts.revoke("nothing")


def test_whether_there_are_keys_counts_the_revoked_ones_too(store: Store) -> None:
    assert not store.accounts.has_keys()
    key, _ = store.accounts.create_key("anna")
    store.accounts.revoke(key.id)
    assert store.accounts.has_keys()
    assert not store.accounts.has_keys(usable=True)


def test_credits_are_granted_and_told(store: Store) -> None:
    store.accounts.create_key("anna")
    assert store.accounts.grant("anna", 5, "first").balance == 5
    anna = store.accounts.grant("anna", 7)
    assert anna.balance == store.accounts.balance(anna.id) == 12
    assert [(e.kind, e.amount, e.note) for e in store.accounts.entries(anna.id)] == [
        ("grant", 5, "first"),
        ("grant", 7, ""),
    ]


def test_all_share_an_account_until_the_first_key_is_made(store: Store) -> None:
    shared = store.accounts.open()
    assert shared is not None
    assert store.accounts.open() == shared
    key, text = store.accounts.create_key("anna")
    anna = store.accounts.of_key(text)
    assert anna is not None
    assert anna.id != shared.id
    assert store.accounts.open() is None
    store.accounts.revoke(key.id)
    assert store.accounts.open() is None


@pytest.mark.parametrize("amount", [0, -1, 2**53 + 1])
def test_a_grant_that_is_none_is_refused(store: Store, account: Account, amount: int) -> None:
    with pytest.raises(InvalidParameter, match="whole number"):
        store.accounts.grant(account.name, amount)
    with pytest.raises(InvalidParameter, match="more than"):
        store.accounts.grant(account.name, 2**53)
    assert store.accounts.balance(account.id) == 10


@pytest.mark.parametrize("name", ["", "open", "a\nb", " a", "x" * 101])
def test_a_name_that_is_none_is_refused(store: Store, name: str) -> None:
    with pytest.raises(InvalidParameter):
        store.accounts.create_key(name)


def test_the_database_itself_refuses_to_rewrite_the_ledger(store: Store, account: Account) -> None:
    for change in (sa.update(ledger).values(amount=99), sa.delete(ledger)):
        with pytest.raises((exc.IntegrityError, StoreUnavailable)), store.database.write() as open_:
            open_.execute(change)
    too_much = sa.update(accounts).values(balance=accounts.c.balance - 11)
    with pytest.raises(exc.IntegrityError), store.database.write() as open_:
        open_.execute(too_much)
    assert store.accounts.balance(account.id) == 10


def test_everything_is_there_after_reopening(opened: Callable[..., Store]) -> None:
    first = opened()
    anna = with_credits(first, 4)
    secret = first.secret("links")
    first.close()
    second = opened()
    assert second.accounts.named("anna") == anna.__class__(anna.id, "anna", 4)
    assert second.secret("links") == secret != second.secret("other")
