"""Fetching a picture from an address that a stranger gave.

Each hop is parsed, resolved once, checked and connected to by number, so that no second look-up
can lead elsewhere. Whatever is wrong with an address (scheme, port, name, network, silence) gets
one and the same message: a caller can't use it to map the network behind the server.
"""

from __future__ import annotations

import functools
import ssl
from dataclasses import dataclass

import httpcore2

from roomstage.errors import FetchRefused
from roomstage.service import addresses, connection, target
from roomstage.service.target import Target
from roomstage.version import __version__

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": f"roomstage/{__version__}",
    "Accept": "image/*, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a fetch may go."""

    max_bytes: int = 20_000_000
    max_redirects: int = 3
    connect_seconds: float = 3.0
    total_seconds: float = 10.0


class Fetcher:
    """Fetches pictures from public addresses.

    Args:
        limits: bytes, hops and seconds.
        allow_private: also fetch from loopback and private networks, on any port; for tests and
            for services that nobody else can reach.
        resolver: turns (host, port) into numeric addresses.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        allow_private: bool = False,
        resolver: connection.Resolver = connection.lookup,
    ) -> None:
        self._limits = limits or Limits()
        self._allow_private = allow_private
        self._resolver = resolver

    def fetch(self, url: str, *, field: str) -> bytes:
        """The body behind `url`.

        Raises:
            FetchRefused: the address is not fetched, or gave no picture within the limits.
        """
        deadline = connection.Deadline(self._limits.total_seconds)
        hop = target.parse(url, any_port=self._allow_private)
        for _ in range(self._limits.max_redirects + 1):
            if hop is None:
                raise _refused(field)
            try:
                answer = self._get(hop, deadline, field)
            except (OSError, *TRANSPORT_ERRORS):
                raise _refused(field) from None
            if isinstance(answer, bytes):
                return answer
            hop = target.follow(hop, answer, any_port=self._allow_private)
        raise FetchRefused(
            f"{field} was redirected more than {self._limits.max_redirects} times: "
            "give the picture's final address",
            field=field,
        )

    def _get(self, hop: Target, deadline: connection.Deadline, field: str) -> bytes | str:
        """The body, or the location of a redirect."""
        backend = connection.PinnedBackend(self._checked(hop, deadline, field), deadline)
        timeout = {"connect": min(self._limits.connect_seconds, deadline.left())}
        with (
            httpcore2.ConnectionPool(ssl_context(), network_backend=backend) as pool,
            pool.stream(
                "GET",
                _wire_url(hop),
                headers={"Host": hop.authority, **_HEADERS},
                extensions={"timeout": timeout},
            ) as response,
        ):
            if response.status in _REDIRECTS:
                return _header(response, b"location").decode("utf-8", "replace")
            return self._body(response, field)

    def _checked(self, hop: Target, deadline: connection.Deadline, field: str) -> list[str]:
        wait = min(self._limits.connect_seconds, deadline.left())
        found = connection.resolve(self._resolver, hop.host, hop.port, wait)
        allowed = self._allow_private or all(addresses.is_public(one) for one in found)
        if not found or not allowed:  # one private address among public ones is an attack
            raise _refused(field)
        return found

    def _body(self, response: httpcore2.Response, field: str) -> bytes:
        if response.status != 200:
            raise FetchRefused(
                f"{field} could not be fetched: its address answered with status "
                f"{response.status}; give an address that answers 200 with the picture",
                field=field,
            )
        if _header(response, b"content-encoding").lower() not in (b"", b"identity"):
            raise FetchRefused(
                f"{field} came compressed though that was not asked for: give an address that "
                "answers with the plain picture",
                field=field,
            )
        self._check_size(int(_header(response, b"content-length") or 0), field)
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            self._check_size(len(body), field)
        if not body:
            raise FetchRefused(f"{field} is empty at its address: give a picture", field=field)
        return bytes(body)

    def _check_size(self, size: int, field: str) -> None:
        if size > self._limits.max_bytes:
            raise FetchRefused(
                f"{field} has more than {self._limits.max_bytes // 1_000_000} MB at its address: "
                "give a smaller file",
                field=field,
            )


TRANSPORT_ERRORS = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)


@functools.cache
def ssl_context() -> ssl.SSLContext:
    """The system's trusted certificates, loaded once."""
    return httpcore2.default_ssl_context()


def _wire_url(hop: Target) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=hop.scheme.encode(),
        host=hop.host.encode(),
        port=hop.port,
        target=hop.path.encode(),
    )


def _header(response: httpcore2.Response, name: bytes) -> bytes:
    return next((value for key, value in response.headers if key.lower() == name), b"")


def _refused(field: str) -> FetchRefused:
    return FetchRefused(
        f"{field} could not be fetched from that address: give a public http or https URL of the "
        "picture itself, or send the picture as base64",
        field=field,
    )
