"""Text of a request field, base64 or data URI, to bytes. Opens and fetches nothing."""

from __future__ import annotations

import functools
import re
from string import hexdigits
from typing import TYPE_CHECKING

import pybase64

from roomstage.errors import ImageTooLarge, InvalidImage
from roomstage.inputs.kinds import kind_of
from roomstage.inputs.limits import Limits

if TYPE_CHECKING:
    from roomstage.image import U8

_DEFAULT = Limits()
_PATH = re.compile(
    r"^(/|\.{1,2}/|~|[A-Za-z]:[\\/]|\\\\|file:)|\.(png|jpe?g|webp|gif|bmp|avif)$", re.I
)
_URL = re.compile(r"^([a-z][a-z0-9+.-]*:)?//", re.I)
_BASE64_STARTS = (b"iVBORw0KGgo", b"/9j/", b"R0lGOD", b"UklGR", b"Qk0", b"data:")
_URL_SAFE = str.maketrans("-_", "+/")


def bytes_from_text(text: str, *, field: str, limits: Limits = _DEFAULT) -> bytes:
    """Decode base64 (any alphabet, breaks, padding) or a `data:` URI.

    Raises:
        InvalidImage: it is neither; the message says what it looks like instead.
        ImageTooLarge: more text than the limit of bytes makes.
    """
    text = text.strip()
    if not text:
        raise InvalidImage(f"{field} is empty: give base64 or a data URI", field=field)
    # A percent sign and two digits per byte is the longest way to write one.
    if len(text) > 3 * limits.bytes + 1000:
        raise ImageTooLarge(
            f"{field} is too long: give at most {limits.bytes:,} bytes", field=field
        )
    decode = _from_data_uri if text[:5].lower() == "data:" else _from_base64
    data = decode(text, field)
    if len(data) > limits.bytes:
        raise ImageTooLarge(
            f"{field} has {len(data):,} bytes: give at most {limits.bytes:,}", field=field
        )
    _refuse_wrapped(data, field)
    return data


def _from_data_uri(text: str, field: str) -> bytes:
    head, comma, payload = text.partition(",")
    if not comma or not payload.strip():
        raise InvalidImage(
            f"{field} is a data URI without data: give data:image/png;base64,...", field=field
        )
    if "base64" not in [part.strip().lower() for part in head.split(";")[1:]]:
        return _unescaped(payload)
    if "%" in payload:
        payload = _unescaped(payload).decode("ascii", "replace")
    return _from_base64(payload, field)


def _unescaped(text: str) -> bytes:
    """Percent escapes as the bytes they stand for; in bulk, as a picture may have millions."""
    import numpy as np

    digits = _digits()
    raw = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    at = np.flatnonzero(raw[:-2] == ord("%"))
    high, low = digits[raw[at + 1]], digits[raw[at + 2]]
    at, high, low = (part[(high < 16) & (low < 16)] for part in (at, high, low))
    out, kept = raw.copy(), np.ones(raw.size, bool)
    out[at] = high * 16 + low
    kept[at + 1] = kept[at + 2] = False
    return out[kept].tobytes()


@functools.cache
def _digits() -> U8:
    """What each byte [256] stands for as a hexadecimal digit; 16: none."""
    import numpy as np

    known = (int(sign, 16) if sign in hexdigits else 16 for sign in map(chr, range(256)))
    return np.fromiter(known, np.uint8, 256)


def _from_base64(text: str, field: str) -> bytes:
    data = _strict(text)
    if data is None:
        data = _strict(_normalised(text))
    looks = _looks_like(text)
    if data is None or (looks and kind_of(data) is None):
        raise InvalidImage(f"{field} is {looks or 'no valid base64'}: {_REMEDY}", field=field)
    return data


_REMEDY = "give the picture itself as base64 or data URI"


def _strict(text: str) -> bytes | None:
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error, or text that is not ASCII
        return None


def _normalised(text: str) -> str:
    """Standard alphabet, no white space, full padding; other characters stay and are refused."""
    words = text.split()
    # Forms turn "+" into a space; line breaks come in lines of one length.
    damaged = "\n" not in text and len({len(word) for word in words[:-1]}) > 1
    body = (text.replace(" ", "+") if damaged else "".join(words)).translate(_URL_SAFE)
    bare = body.rstrip("=")
    if len(body) - len(bare) > 2:
        return body
    return bare + "=" * (-len(bare) % 4)


def _looks_like(text: str) -> str | None:
    if _URL.match(text):
        return "an address, which is not fetched here"
    if len(text) < 4096 and _PATH.search(text):
        return "a file path, which is not opened here"
    return None


def _refuse_wrapped(data: bytes, field: str) -> None:
    start = data[:64].lstrip()
    if start.startswith(_BASE64_STARTS):
        raise InvalidImage(f"{field} was encoded as base64 twice: encode it once", field=field)
    if _URL.match(start.decode("latin-1")):
        raise InvalidImage(f"{field} is base64 of an address: {_REMEDY}", field=field)
