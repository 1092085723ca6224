"""Where a URL points, checked before anything is resolved or opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

_MAX_LENGTH = 8192
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")  # parsers disagree about these, so none is asked
_SAFE = "/%:@!$&'()*+,;=~-._?[]|"


@dataclass(frozen=True, slots=True)
class Target:
    """One hop of a fetch, in ASCII."""

    scheme: str  # "http" or "https"
    host: str  # a name or a numeric address, without brackets
    port: int
    path: str  # path and query, percent-encoded

    @property
    def authority(self) -> str:
        """Host and port as a Host header has them; a default port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL in its normal form."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(url: str, *, any_port: bool = False) -> Target | None:
    """The target of an http or https URL, or None if it is not one that is fetched.

    Refused are other schemes, user names, ports other than 80, 443 and those above 1023 (unless
    `any_port`), control characters, backslashes and what is too long.
    """
    url = url.strip(" ")
    if len(url) > _MAX_LENGTH or _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError:  # UnicodeError from the IDNA codec among them
        return None
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc or host is None:
        return None
    if port is None:
        port = _DEFAULT_PORTS[parts.scheme]
    if not (any_port or port in (80, 443) or port > 1023):
        return None
    query = "?" + quote(parts.query, safe=_SAFE) if parts.query else ""
    return Target(parts.scheme, host, port, (quote(parts.path, safe=_SAFE) or "/") + query)


def follow(target: Target, location: str, *, any_port: bool = False) -> Target | None:
    """The target that a redirect's `location` names, seen from `target`.

    None if it is not fetched, or leads from https to http, where anyone on the way may change it.
    """
    try:
        joined = urljoin(target.url, location)
    except ValueError:
        return None
    found = parse(joined, any_port=any_port)
    if found is not None and (target.scheme, found.scheme) == ("https", "http"):
        return None
    return found


def _ascii_host(host: str) -> str | None:
    if len(host) > 253:  # the IDNA codec is slow on long input
        return None
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    bracketed = f"[{host}]" if ":" in host else host
    return host if _HOST.fullmatch(bracketed) else None
