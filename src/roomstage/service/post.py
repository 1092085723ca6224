"""Sending a message to an address that a stranger gave, which is checked as `fetch` checks."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore2

from roomstage.service import addresses, connection, target
from roomstage.service.fetch import TRANSPORT_ERRORS, ssl_context
from roomstage.version import __version__

_SECONDS = 15.0
_MOST_READ = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` is 0 where nothing did."""

    status: int
    words: str
    retry_after: float = 0.0


class Poster:
    """Posts JSON to public addresses.

    Args:
        allow_private: also to loopback and private networks; for tests and closed networks.
        resolver: turns (host, port) into numeric addresses.
    """

    def __init__(
        self, *, allow_private: bool = False, resolver: connection.Resolver = connection.lookup
    ) -> None:
        self._allow_private = allow_private
        self._resolver = resolver

    def accepts(self, url: str) -> bool:
        """Whether a URL is of the kind that is posted to at all."""
        return target.parse(url, any_port=self._allow_private) is not None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send `body` once; redirects are answers, not followed. Raises nothing."""
        hop = target.parse(url, any_port=self._allow_private)
        if hop is None:
            return Answer(0, "no address that is posted to")
        deadline = connection.Deadline(_SECONDS)
        found = connection.resolve(self._resolver, hop.host, hop.port, deadline.left())
        if not found or not (self._allow_private or all(map(addresses.is_public, found))):
            return Answer(0, "no public address")
        backend = connection.PinnedBackend(found, deadline)
        sent = {
            "Host": hop.authority,
            "User-Agent": f"roomstage/{__version__}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **headers,
        }
        try:
            return self._send(hop, body, sent, backend)
        except (OSError, ssl.SSLError, *TRANSPORT_ERRORS) as error:
            return Answer(0, type(error).__name__)

    def _send(
        self,
        hop: target.Target,
        body: bytes,
        headers: Mapping[str, str],
        backend: connection.PinnedBackend,
    ) -> Answer:
        url = httpcore2.URL(
            scheme=hop.scheme.encode(),
            host=hop.host.encode(),
            port=hop.port,
            target=hop.path.encode(),
        )
        with (
            httpcore2.ConnectionPool(ssl_context(), network_backend=backend) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
        ):
            told = {name.lower(): value for name, value in response.headers}
            read = 0
            for chunk in response.iter_stream():  # a receiver is content when it was heard out
                read += len(chunk)
                if read > _MOST_READ:
                    break
            wait = told.get(b"retry-after", b"").decode("latin-1").strip()
            seconds = float(wait) if wait.isdecimal() and len(wait) < 9 else 0.0
            return Answer(response.status, f"status {response.status}", seconds)
