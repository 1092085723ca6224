"""When a request is sent again: after how long, and how often."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from roomstage.client.errors import ServerUnreachable, of_reply
from roomstage.client.exchange import Ask, Pause, Reply, Talk, Unanswered

_WORTH_IT = frozenset({429, 502, 503, 504})  # no other 4xx: asking again changes nothing


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and after which pauses.

    Attributes:
        retries: attempts after the first.
        first: seconds before the second attempt; each further pause is twice as long.
        longest: the longest of these pauses.
        told: the longest pause that a server may ask for; one that wants more is told busy.
    """

    retries: int = 5
    first: float = 0.25
    longest: float = 8.0
    told: float = 120.0

    def pause(self, attempt: int) -> float:
        """Seconds after attempt 0, 1, ...; half of it by chance, lest all come back at once."""
        whole = min(self.longest, self.first * 2.0 ** min(attempt, 30))
        return whole * random.uniform(0.5, 1.0)


ONCE = Patience(retries=0)


def asked(ask: Ask, patience: Patience) -> Talk[Reply]:
    """The answer to a request that may be sent more than once.

    Raises:
        ServerUnreachable: there was none.
    """
    for attempt in range(patience.retries):
        try:
            reply: Reply = yield ask
        except Unanswered:
            wait = patience.pause(attempt)
        else:
            if reply.status not in _WORTH_IT:
                return reply
            wait = max(patience.pause(attempt), _retry_after(reply))
            if wait > patience.told:
                return reply
        yield Pause(wait)
    try:
        return (yield ask)
    except Unanswered as lost:
        raise ServerUnreachable(
            f"no answer from the server ({lost}): check that it runs, and base_url"
        ) from lost


def answered(ask: Ask, patience: Patience) -> Talk[Reply]:
    """The same, where all but 200 is an error.

    Raises:
        ClientError: the server refused, or could not.
    """
    reply = yield from asked(ask, patience)
    if reply.status != 200:
        raise of_reply(reply)
    return reply


def _retry_after(reply: Reply) -> float:
    """Seconds that the server asks to be left alone: a number, or a moment."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return 0.0
