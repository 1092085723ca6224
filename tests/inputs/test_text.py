"""Text of requests: every honest way of writing base64 works, everything else is named."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from urllib.parse import quote_from_bytes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from roomstage.errors import ImageTooLarge, InvalidImage
from roomstage.inputs import Limits, bytes_from_text

FIELD = "overlay_image"


def picture(size: int = 40) -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(2).integers(0, 256, (size, size, 3)).astype(np.uint8)
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()


DATA = picture()
PLAIN = base64.b64encode(DATA).decode()


def lines(text: str, end: str) -> str:
    return end.join(text[at : at + 76] for at in range(0, len(text), 76))


FORMS = {
    "plain": PLAIN,
    "lines": lines(PLAIN, "\n"),
    "windows lines": lines(PLAIN, "\r\n") + "\r\n",
    "spaced lines": lines(PLAIN, " "),
    "blanks around": f"  {PLAIN}\n",
    "no padding": PLAIN.rstrip("="),
    "url-safe": base64.urlsafe_b64encode(DATA).decode().rstrip("="),
    "plus became space": PLAIN.replace("+", " "),
    "data uri": f"data:image/png;base64,{PLAIN}",
    "data uri, upper case": f"DATA:IMAGE/PNG;BASE64,{PLAIN}",
    "data uri with charset": f"data:image/png;charset=utf-8;base64,{PLAIN}",
    "data uri of wrong type": f"data:text/plain;base64,{PLAIN}",
    "data uri without type": f"data:;base64,{PLAIN}",
    "data uri, percent in base64": f"data:image/png;base64,{PLAIN}".replace("+", "%2B"),
    "data uri without base64": f"data:image/png,{quote_from_bytes(DATA)}",
    "data uri in lines": f"data:image/png;base64,{lines(PLAIN, chr(10))}",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_bytes(form: str) -> None:
    assert bytes_from_text(FORMS[form], field=FIELD) == DATA


@given(st.binary(min_size=1, max_size=200), st.booleans(), st.booleans())
def test_any_bytes_come_back(tail: bytes, url_safe: bool, padded: bool) -> None:
    data = b"\x89PNG\r\n\x1a\n" + tail
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()
    assert bytes_from_text(text if padded else text.rstrip("="), field=FIELD) == data


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_come_back_from_percent_escapes(tail: bytes) -> None:
    data = b"GIF89a" + tail
    uri = f"data:application/octet-stream,{quote_from_bytes(data)}"
    assert bytes_from_text(uri, field=FIELD) == data


def outcome(text: str) -> bytes | InvalidImage:
    try:
        return bytes_from_text(text, field=FIELD)
    except InvalidImage as error:
        return error


@given(st.text(max_size=80), st.sampled_from(["", "data:,", "data:;base64,", "data:image/png,%"]))
def test_any_text_gives_bytes_or_a_typed_error(text: str, head: str) -> None:
    assert isinstance(outcome(head + text), bytes | InvalidImage)


@pytest.mark.parametrize("head", ["", "data:,", "data:;base64,%"])
def test_half_characters_are_no_crash(head: str) -> None:
    assert isinstance(outcome(f"{head}abcd\ud800"), bytes | InvalidImage)


WRONG = {
    "": "is empty",
    " \n ": "is empty",
    "https://example.com/room.jpg": "address",
    "//example.com/room.jpg": "address",
    "file:///etc/passwd": "address",
    "/etc/passwd": "file path",
    "./room.png": "file path",
    "~/room.png": "file path",
    "C:\\pictures\\room.png": "file path",
    "room.jpeg": "file path",
    "data:image/png;base64,": "without data",
    "data:image/png;base64": "without data",
    f"data:image/png;base64,data:image/png;base64,{PLAIN}": "base64",
    PLAIN[:20] + "=" + PLAIN[20:]: "no valid base64",
    PLAIN.rstrip("=")[: len(PLAIN) // 4 * 4 - 3]: "no valid base64",
    PLAIN[:20] + "é" + PLAIN[20:]: "no valid base64",
    PLAIN[:20] + "\U0001f6cb" + PLAIN[20:]: "no valid base64",
    PLAIN[:20] + "\ud800" + PLAIN[20:]: "no valid base64",
    PLAIN + "!!!": "no valid base64",
    PLAIN + "====": "no valid base64",
    base64.b64encode(PLAIN.encode()).decode(): "twice",
    base64.b64encode(b"https://example.com/a.png").decode(): "base64 of an address",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_picture_is_named(text: str) -> None:
    with pytest.raises(InvalidImage, match=WRONG[text]) as caught:
        bytes_from_text(text, field=FIELD)
    assert caught.value.field == FIELD
    assert len(caught.value.message) < 200


def test_no_path_is_ever_opened(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(DATA)
    with pytest.raises(InvalidImage, match="not opened here"):
        bytes_from_text(str(path), field=FIELD)


def test_pad_bits_that_are_not_zero_are_forgiven() -> None:
    data = b"\x89PNG\r\n\x1a\n" + b"ab"
    text = base64.b64encode(data).decode()
    assert text.endswith("g==")
    assert bytes_from_text(text[:-3] + "h==", field=FIELD)[:-1] == data[:-1]


def test_the_limit_counts_decoded_bytes() -> None:
    assert bytes_from_text(PLAIN, field=FIELD, limits=Limits(bytes=len(DATA))) == DATA
    with pytest.raises(ImageTooLarge, match=f"{len(DATA):,} bytes"):
        bytes_from_text(PLAIN, field=FIELD, limits=Limits(bytes=len(DATA) - 1))
    with pytest.raises(ImageTooLarge, match="too long"):
        bytes_from_text("A" * 10_000, field=FIELD, limits=Limits(bytes=1000))
