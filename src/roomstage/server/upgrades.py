"""Requests that offer another protocol are answered in HTTP/1.1, body and all.

Java's HttpClient and `curl --http2` send `Upgrade: h2c` with their first request. A server may go
on as if it had not been said; but uvicorn's parser stops after such a head and takes the body that
follows for another request.
"""

from __future__ import annotations

import sys

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_FRAMING = (b"content-length", b"transfer-encoding")


class NoUpgrades(HttpToolsProtocol):
    """Goes on with a fresh parser after a head that offers an upgrade."""

    _received = b""
    _repeating = False  # the fresh parser is told how long the body is

    def data_received(self, data: bytes) -> None:
        """A client sent something."""
        self._received = data
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A head begins; the parser calls this, as those below."""
        if not self._repeating:
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the path."""
        if not self._repeating:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head."""
        if not self._repeating:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if not self._repeating:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole, says the parser; of a request that offers an upgrade it knows none."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """uvicorn calls this, while it handles the parser's exception, where it would ignore it."""
        _, stopped, _ = sys.exc_info()
        rest = self._received[stopped.args[0] :] if stopped is not None else b""
        framing = [name + b": " + value for name, value in self.headers if name in _FRAMING]
        self.parser = httptools.HttpRequestParser(self)
        self._repeating = True
        self.parser.feed_data(b"\r\n".join((b"POST / HTTP/1.1", *framing, b"", b"")))
        self._repeating = False
        if rest:
            self._received = rest
            HttpToolsProtocol.data_received(self, rest)  # it was counted when it came
