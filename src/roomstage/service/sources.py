"""From a picture field's value (bytes, URL, base64, data URI) to the bytes of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from roomstage import inputs
from roomstage.errors import FetchRefused
from roomstage.params import Params

_URL = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]{1,20}):/", re.ASCII)
_WEB = ("http", "https")


class Fetches(Protocol):
    """What is asked of a fetcher."""

    def fetch(self, url: str, *, field: str) -> bytes:
        """The body behind `url`; raises FetchRefused."""
        ...


class NoFetching:
    """A fetcher for services that are not to open connections."""

    def fetch(self, url: str, *, field: str) -> bytes:
        """Refuse."""
        raise FetchRefused(
            f"{field} is a URL, and this service fetches none: send the picture as base64",
            field=field,
        )


def read(value: str | bytes, fetcher: Fetches, *, field: str) -> bytes:
    """The encoded picture that `value` is, names or contains.

    Raises:
        InvalidImage: the text is no base64 and no data URI.
        FetchRefused: the URL is not fetched, or gave nothing.
    """
    if isinstance(value, bytes):
        return value
    scheme = _URL.match(value[:64])
    if scheme is None:
        return inputs.bytes_from_text(value, field=field)
    if scheme[1].lower() not in _WEB:
        raise FetchRefused(
            f"{field} is a URL of a kind that is not fetched: give one that starts with http:// "
            "or https://, or send the picture as base64",
            field=field,
        )
    return fetcher.fetch(value.strip(), field=field)


def is_url(value: str | bytes) -> bool:
    """Whether a picture field's value names an address rather than holding the picture."""
    return isinstance(value, str) and _URL.match(value[:64]) is not None


def read_all(params: Params, fetcher: Fetches) -> Mapping[str, bytes]:
    """The encoded pictures of a request by field; several URLs are fetched at once.

    Raises:
        InvalidImage: a text is no base64 and no data URI.
        FetchRefused: a URL is not fetched, or gave nothing.
    """
    given = {
        name: value for name in params.image_roles() if (value := getattr(params, name)) is not None
    }
    with ThreadPoolExecutor(max_workers=max(1, len(given))) as threads:
        reads = {
            name: threads.submit(read, value, fetcher, field=name)
            for name, value in given.items()
            if _is_url(value)  # a thread costs more than decoding what is here
        }
        return {
            name: reads[name].result() if name in reads else read(value, fetcher, field=name)
            for name, value in given.items()
        }


def _is_url(value: str | bytes) -> bool:
    return isinstance(value, str) and _URL.match(value[:64]) is not None
