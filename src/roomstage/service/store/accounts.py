"""Accounts and their API keys. A key is shown once; what is kept is its hash."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from roomstage.errors import InvalidParameter
from roomstage.service.store import ledger
from roomstage.service.store.clock import Clock
from roomstage.service.store.database import Database
from roomstage.service.store.schema import accounts, api_keys

OPEN = "open"  # id of the account that everybody has while there are no keys
KEY_FORM = re.compile(r"SG_[0-9a-f]{16}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,99}")
_SHOWN = 7  # characters of a key that are kept readable
_MOST = 2**53  # credits; more would not survive a JSON number
_OPENNESS = sa.select(  # whether there are keys, and whether the account that all share is there
    sa.exists(sa.select(api_keys)), sa.exists(sa.select(accounts).where(accounts.c.id == OPEN))
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may call."""

    id: str
    name: str
    balance: int


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key after it was made."""

    id: str
    account: str  # the account's name
    prefix: str
    created_at: float
    revoked_at: float | None


class Accounts:
    """Makes, lists and checks accounts and keys."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create_key(self, account: str) -> tuple[Key, str]:
        """A new key, and its text, which is not kept; the account is made if it is new.

        Raises:
            InvalidParameter: `account` is no name for an account.
        """
        text = "SG_" + secrets.token_hex(8)
        now = self._clock()
        row = {
            "id": secrets.token_hex(4),
            "hash": _hash(text),
            "prefix": text[:_SHOWN],
            "created_at": now,
        }
        with self._database.write() as connection:
            owner = _ensure(connection, _checked(account), now)
            connection.execute(sa.insert(api_keys).values(account=owner, **row))
        return Key(row["id"], account, row["prefix"], now, None), text

    def keys(self) -> list[Key]:
        """Every key ever made, oldest first."""
        query = sa.select(api_keys, accounts.c.name).join(accounts).order_by(api_keys.c.created_at)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Key(r.id, r.name, r.prefix, r.created_at, r.revoked_at) for r in rows]

    def revoke(self, which: str) -> Key:
        """End a key, given by its id or whole text; a second time changes nothing.

        Raises:
            InvalidParameter: there is no such key.
        """
        named = sa.or_(api_keys.c.id == which, api_keys.c.hash == _hash(which))
        with self._database.write() as connection:
            connection.execute(
                sa.update(api_keys)
                .where(named, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=self._clock())
            )
            query = sa.select(api_keys, accounts.c.name).join(accounts).where(named)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise InvalidParameter(
                "there is no such key: give an id that `roomstage keys list` shows", field="key"
            )
        return Key(row.id, row.name, row.prefix, row.created_at, row.revoked_at)

    def has_keys(self, *, usable: bool = False) -> bool:
        """Whether any key was ever made or, if `usable`, is not revoked."""
        query = sa.select(sa.literal(1)).select_from(api_keys).limit(1)
        if usable:
            query = query.where(api_keys.c.revoked_at.is_(None))
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def of_key(self, text: str) -> Account | None:
        """The account of a key that is not revoked, or None.

        The look-up is by hash, so its time tells nothing about how much of a key is right.
        """
        if not KEY_FORM.fullmatch(text):
            return None
        hashed = _hash(text)
        query = (
            sa.select(accounts, api_keys.c.hash)
            .join(api_keys)
            .where(api_keys.c.hash == hashed, api_keys.c.revoked_at.is_(None))
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or not hmac.compare_digest(row.hash, hashed):
            return None
        return Account(row.id, row.name, row.balance)

    def named(self, name: str) -> Account:
        """The account of that name.

        Raises:
            InvalidParameter: there is none.
        """
        with self._database.read() as connection:
            row = connection.execute(sa.select(accounts).where(accounts.c.name == name)).first()
        if row is None:
            raise InvalidParameter(
                f"there is no account {name[:100]!r}: make it with `roomstage keys create "
                "--account NAME`, or see `roomstage keys list`",
                field="account",
            )
        return Account(row.id, row.name, row.balance)

    def balance(self, account: str) -> int:
        """Credits that may still be held, of the account with that id."""
        query = sa.select(accounts.c.balance).where(accounts.c.id == account)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def grant(self, name: str, amount: int, note: str = "") -> Account:
        """Give credits to the account of that name, and return it as it is then.

        Raises:
            InvalidParameter: no such account, or an amount that is no number of credits.
        """
        if not 0 < amount <= _MOST:
            raise InvalidParameter(
                f"the amount is {amount}: give a whole number from 1 to {_MOST}", field="amount"
            )
        account = self.named(name)
        with self._database.write() as connection:
            if ledger.lock(connection, account.id) + amount > _MOST:
                raise InvalidParameter(f"that is more than {_MOST} in all", field="amount")
            ledger.grant(connection, account.id, amount, note=note, at=self._clock())
        return self.named(name)

    def entries(self, account: str, *, last: int = 20) -> list[ledger.Entry]:
        """The newest lines of the ledger of the account with that id."""
        with self._database.read() as connection:
            return ledger.entries(connection, account, last=last)

    def open(self) -> Account | None:
        """The account that all callers share while no key was ever made; nothing costs it."""
        with self._database.read() as connection:
            has_keys, known = connection.execute(_OPENNESS).one()
        if has_keys:
            return None
        if not known:
            with self._database.write() as connection:
                _ensure(connection, OPEN, self._clock(), own_id=OPEN)
        return Account(OPEN, OPEN, 0)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or name == OPEN:
        raise InvalidParameter(
            f"{name[:100]!r} is no name for an account: give letters, digits and . _ @ + - "
            f"(and not {OPEN!r}, which is the account of those without a key)",
            field="account",
        )
    return name


def _ensure(connection: Connection, name: str, now: float, own_id: str | None = None) -> str:
    """The id of the account `name`, made if it was not there; races end in one account."""
    query = sa.select(accounts.c.id).where(accounts.c.name == name)
    found = connection.execute(query).scalar()
    if found is not None:
        return found
    row = {"id": own_id or str(uuid.uuid4()), "name": name, "balance": 0, "created_at": now}
    insert: sa.Insert
    if connection.dialect.name == "sqlite":
        insert = sa.insert(accounts).prefix_with("OR IGNORE")
    else:
        from sqlalchemy.dialects import postgresql

        insert = postgresql.insert(accounts).on_conflict_do_nothing()
    connection.execute(insert.values(**row))
    return connection.execute(query).scalar_one()
