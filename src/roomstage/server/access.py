"""Who calls, what they have left, and how fast they may go on."""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from roomstage.errors import InvalidParameter
from roomstage.service.store import Account
from roomstage.service.store.accounts import OPEN, Accounts

_NO_KEY = "Missing Authorization or x-api-key in header"
_BAD_KEY = "Unauthorized. API key is invalid or may have expired: see roomstage keys list"
_GLANCES = parse("1800/minute")  # some hands move products at ten previews a second
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Payer:
    """The account that a request belongs to."""

    account: Account
    is_open: bool  # nobody has a key yet: nothing is counted
    credits: int  # that it can spend

    @property
    def id(self) -> str:
        """The account's id."""
        return self.account.id


class Access:
    """Finds the account of a request.

    Args:
        accounts: accounts and keys.
        free_credits: what callers of an open server are told they have.
        rate: how many calls an account may begin in which time, as in ``600/minute``.

    Raises:
        InvalidParameter: `rate` is none.
    """

    def __init__(self, accounts: Accounts, *, free_credits: int, rate: str) -> None:
        self._accounts = accounts
        self._free_credits = free_credits
        self._rate = parse_rate(rate)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def payer(self, request: Request) -> Payer:
        """The account that pays for a request.

        Raises:
            HTTPException: 401, there is no key or a wrong one.
        """
        return await run_in_threadpool(self._payer, _key_of(request), _is_local(request))

    async def credits(self, payer: Payer) -> int:
        """What the payer has left by now."""
        return await self.credits_of(payer.id)

    async def credits_of(self, account: str) -> int:
        """What the account of that id has left by now."""
        if account == OPEN:
            return self._free_credits
        return await run_in_threadpool(self._accounts.balance, account)

    def glance(self, payer: Payer) -> None:
        """Count one of the studio's questions, which come by the second, at a rate of their own.

        Raises:
            HTTPException: 429.
        """
        if not payer.is_open and not self._limiter.hit(_GLANCES, "studio", payer.id):
            raise HTTPException(
                429,
                f"rate_limit_exceeded: more than {_GLANCES} of this account",
                {"Retry-After": "1"},
            )

    def begin(self, payer: Payer) -> dict[str, str]:
        """Count one call of the payer; returns headers that tell how many more may follow.

        Raises:
            HTTPException: 429, with the seconds after which to come back.
        """
        if payer.is_open:
            return {}
        allowed = self._limiter.hit(self._rate, payer.id)
        reset, remaining = self._limiter.get_window_stats(self._rate, payer.id)
        headers = {
            "x-rate-limit-remaining": str(remaining),
            "x-rate-limit-reset-at-utc": datetime.fromtimestamp(reset, UTC).isoformat(),
        }
        if not allowed:
            wait = max(1, math.ceil(reset - time.time()))
            raise HTTPException(
                429,
                f"rate_limit_exceeded: more than {self._rate} of this account; come back after "
                "the seconds in Retry-After",
                headers | {"Retry-After": str(wait)},
            )
        return headers

    def _payer(self, key: str | None, local: bool) -> Payer:
        account = None if key is None else self._accounts.of_key(key)
        if account is not None:
            return Payer(account, False, account.balance)
        shared = self._accounts.open() if local else None
        if shared is not None:
            return Payer(shared, True, self._free_credits)
        raise HTTPException(401, _NO_KEY if key is None else _BAD_KEY, _CHALLENGE)


def parse_rate(text: str) -> RateLimitItem:
    """A number of calls in a time.

    Raises:
        InvalidParameter: the text is none.
    """
    try:
        return parse(text)
    except ValueError:
        raise InvalidParameter(
            f"ROOMSTAGE_ACCOUNT_RATE is {text[:40]!r}: give calls per time, as in 600/minute",
            field="ROOMSTAGE_ACCOUNT_RATE",
        ) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; names other than localhost count as not."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _key_of(request: Request) -> str | None:
    key = request.headers.get("x-api-key")
    if key:
        return key.strip()
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _is_local(request: Request) -> bool:
    """Whether the socket that the request came in by is one of this machine only.

    Without a socket (in tests, or on a Unix one) there is no network.
    """
    host = (request.scope.get("server") or ("", None))[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
