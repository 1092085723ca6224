"""Groups 1, 64, 80 to 91 and 107: what stands in a picture's field when it is text."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

from .pictures import photo, saved

OK, BAD, LARGE, REFUSED = "ok", "invalid_image", "image_too_large", "fetch_refused"
DATA = saved(photo())
PLAIN = base64.b64encode(DATA).decode()


@dataclass(frozen=True)
class Text:
    """One value of main_image; "ok" means that the bytes of `DATA` come out."""

    group: int
    name: str
    value: Any
    expect: str
    heavy: bool = False


def lines(text: str, end: str) -> str:
    return end.join(text[at : at + 76] for at in range(0, len(text), 76))


def texts() -> Iterator[Text]:
    """Every value; what is no str can be sent in JSON alone."""
    yield Text(1, "empty", "", BAD)
    yield Text(1, "blanks", " \t\n", BAD)
    yield from _data_uris()
    yield from _base64()
    yield from _paths()
    for name, value in (("object", {"url": "x"}), ("list", [PLAIN]), ("number", 5), ("true", True)):
        yield Text(107, name, value, BAD)


def _data_uris() -> Iterator[Text]:
    forms = {
        "data uri": f"data:image/png;base64,{PLAIN}",
        "data uri in capitals": f"DATA:IMAGE/PNG;BASE64,{PLAIN}",
        "data uri with charset": f"data:image/png;charset=utf-8;base64,{PLAIN}",
        "data uri of a wrong type": f"data:text/plain;base64,{PLAIN}",
        "data uri without type": f"data:;base64,{PLAIN}",
        "data uri with percent in base64": f"data:image/png;base64,{PLAIN}".replace("+", "%2B"),
        "data uri without base64": f"data:image/png,{quote_from_bytes(DATA)}",
        "data uri in lines": f"data:image/png;base64,{lines(PLAIN, chr(10))}",
    }
    for name, value in forms.items():
        yield Text(80, name, value, OK)
    yield Text(80, "data uri that is empty", "data:image/png;base64,", BAD)
    yield Text(80, "data uri without comma", "data:image/png;base64", BAD)
    yield Text(80, "data uri in a data uri", f"data:;base64,data:image/png;base64,{PLAIN}", BAD)
    yield Text(80, "data uri of 48 MB", "data:image/png;base64," + "A" * 48_000_000, LARGE, True)


def _base64() -> Iterator[Text]:
    forms = {
        (81, "base64"): PLAIN,
        (82, "base64 in lines"): lines(PLAIN, "\n"),
        (82, "base64 in lines of Windows"): lines(PLAIN, "\r\n") + "\r\n",
        (83, "base64 in blanks"): lines(PLAIN, " "),
        (83, "base64 whose plus became blank"): PLAIN.replace("+", " "),
        (84, "base64 without padding"): PLAIN.rstrip("="),
        (85, "base64 of URLs"): base64.urlsafe_b64encode(DATA).decode(),
        (91, "base64 with pad bits"): _with_pad_bits(),
    }
    for (group, name), value in forms.items():
        yield Text(group, name, value, OK)
    middle = len(PLAIN) // 2
    bare = PLAIN.rstrip("=")
    broken = {
        (86, "base64 with an inner ="): PLAIN[:middle] + "=" + PLAIN[middle:],
        (86, "base64 of 4n + 1"): bare[: len(bare) // 4 * 4 + 1],
        (86, "base64 with é"): PLAIN[:middle] + "é" + PLAIN[middle:],
        (86, "base64 with a sofa"): PLAIN[:middle] + "\U0001f6cb" + PLAIN[middle:],
        (86, "base64 with half a character"): PLAIN[:middle] + "\ud800" + PLAIN[middle:],
        (86, "base64 with a NUL"): PLAIN[:middle] + "\0" + PLAIN[middle:],
        (87, "base64 with a tail"): PLAIN + "!!!",
        (87, "base64 with a long pad"): PLAIN + "====",
        (88, "base64 of base64"): base64.b64encode(PLAIN.encode()).decode(),
        (89, "base64 of a URL"): base64.b64encode(b"https://example.com/a.png").decode(),
    }
    for (group, name), value in broken.items():
        yield Text(group, name, value, BAD)


def _with_pad_bits() -> str:
    bare = PLAIN.rstrip("=")
    assert bare != PLAIN  # else there are no bits to spare
    return bare[:-1] + chr(ord(bare[-1]) + 1) + "=" * (len(PLAIN) - len(bare))


def _paths() -> Iterator[Text]:
    for path in ("/etc/passwd", "./room.png", "~/room.png", "room.jpeg", "C:\\a\\room.png"):
        yield Text(90, f"path {path}", path, BAD)
    yield Text(90, "path of Windows", "\\\\host\\share\\a.png", BAD)
    yield Text(90, "address of a file", "file:///etc/passwd", REFUSED)
