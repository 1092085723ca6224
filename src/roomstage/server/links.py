"""Links to files: unguessable, signed, and good for a time. Who has one needs no key."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from roomstage.errors import InvalidParameter
from roomstage.service.store import Clock

_GONE = HTTPException(410, "this link has expired, or what it named is kept no more")
_TOLD_SECONDS = 86_400.0  # so long a link is told to have been one


class Links:
    """Makes and checks links.

    Args:
        secret: what they are signed with; the same for all processes of a service.
        public_url: under which callers reach the server; "" = the address they connected to.
        clock: the time of day.
    """

    def __init__(self, secret: bytes, public_url: str, clock: Clock) -> None:
        self._secret = secret
        self._public_url = check_public_url(public_url)
        self._clock = clock

    def base(self, request: Request) -> str:
        """The root of absolute URLs, never taken from the Host header, which anybody can write."""
        if self._public_url:
            return self._public_url
        host, port = request.scope.get("server") or ("127.0.0.1", None)
        host = f"[{host}]" if ":" in host else host
        default = port in (None, {"http": 80, "https": 443}.get(request.scope["scheme"]))
        return f"{request.scope['scheme']}://{host}" + ("" if default else f":{port}")

    def make(self, base: str, path: str, expires_at: float) -> str:
        """An absolute link to `path` under `base`."""
        until = str(int(expires_at))
        return f"{base}{path}?expires={until}&signature={self._sign(path, until)}"

    def check(self, path: str, expires: str, signature: str) -> None:
        """Let a request for `path` pass if its link is good.

        Raises:
            HTTPException: 404, it was not made here, or its time is over for a day; 410, its time
                is over.
        """
        if not self._is_signed(path, expires, signature):
            raise HTTPException(404)
        over = self._clock() - int(expires)
        if over >= _TOLD_SECONDS:
            raise HTTPException(404)
        if over >= 0:
            raise _GONE

    def own_path(self, url: str) -> str | None:
        """The path of a link that was made here and is good, under whatever base; else None."""
        try:
            parts = urlsplit(url.strip())
            query = parse_qs(parts.query, max_num_fields=8)
        except ValueError:
            return None
        expires, signature = (query.get(name, [""])[0] for name in ("expires", "signature"))
        if not self._is_signed(parts.path, expires, signature) or int(expires) <= self._clock():
            return None
        return parts.path

    def _is_signed(self, path: str, expires: str, signature: str) -> bool:
        if not re.fullmatch(r"\d{1,12}", expires, re.ASCII) or not signature.isascii():
            return False
        return hmac.compare_digest(signature, self._sign(path, expires))

    def _sign(self, path: str, until: str) -> str:
        message = f"{path}?{until}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:32]


def check_public_url(url: str) -> str:
    """The URL without a slash at its end.

    Raises:
        InvalidParameter: it is no http or https URL of a root.
    """
    if url and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/-]*)?", url):
        raise InvalidParameter(
            f"ROOMSTAGE_PUBLIC_URL is {url[:60]!r}: give where callers reach this server, as in "
            "https://stage.example.com",
            field="ROOMSTAGE_PUBLIC_URL",
        )
    return url.rstrip("/")


def gone() -> HTTPException:
    """410: it was here."""
    return _GONE
