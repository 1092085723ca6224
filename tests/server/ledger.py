"""A server's database seen from outside, as its owner sees it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from roomstage.service.store import Clock, Store, open_store


@contextlib.contextmanager
def store(database: str, clock: Clock = time.time) -> Iterator[Store]:
    opened = open_store(database, clock=clock)
    try:
        yield opened
    finally:
        opened.close()


def new_key(database: str, account: str = "anna", credits: int = 0) -> str:
    with store(database) as opened:
        _, text = opened.accounts.create_key(account)
        if credits:
            opened.accounts.grant(account, credits)
    return text


def balance(database: str, account: str = "anna") -> int:
    with store(database) as opened:
        return opened.accounts.named(account).balance


def kinds(database: str, account: str = "anna") -> list[str]:
    with store(database) as opened:
        found = opened.accounts.named(account).id
        return [entry.kind for entry in opened.accounts.entries(found, last=10_000)]
