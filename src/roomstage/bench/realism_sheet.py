"""The realism measurement as one picture: a row a case, what went in, came out and should have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from roomstage import encode
from roomstage.bench.realism import OURS, Result
from roomstage.errors import InvalidInput, InvalidParameter
from roomstage.image import F32, U8, Image

MOST_BYTES = 1_500_000
_WIDTHS = (384, 320, 256, 192, 128, 96)  # of a panel in pixels, the widest that fits is taken
_TITLES = ("room", "product", "roomstage", "truth", "FLIP error")
_LINE, _GAP = 22, 6  # pixels: a line of text, and between panels
_PAPER, _INK = 255, (40, 40, 40)
_QUALITY = 88


def write(results: Sequence[Result], path: Path) -> None:
    """Write the sheet as the JPEG or PNG that the suffix names, under 1.5 MB if it can be.

    Raises:
        InvalidParameter: the suffix names no format that is written.
        InvalidInput: the file can't be written.
    """
    image_format = encode.format_of(path.name)
    data = b""
    for width in _WIDTHS:
        data = encode.encode(Image(draw(results, width)), image_format, _QUALITY)
        if len(data) <= MOST_BYTES:
            break
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise InvalidInput(f"{path} can't be written: give another --sheet") from error


def check(path: Path) -> None:
    """Refuse, before any work, a path whose suffix names no format.

    Raises:
        InvalidParameter: it names none.
    """
    try:
        encode.format_of(path.name)
    except InvalidParameter as error:
        raise InvalidParameter(f"{path}: give a sheet that ends in .jpg or .png") from error


def draw(results: Sequence[Result], width: int) -> U8:
    """The sheet [H, W, 3], its panels `width` pixels wide."""
    rows = [_row(result, width) for result in results]
    return np.concatenate([_titles(width), *rows])


def _titles(width: int) -> U8:
    line = np.full((_LINE, len(_TITLES) * (width + _GAP), 3), _PAPER, np.uint8)
    for column, title in enumerate(_TITLES):
        _write(line, title, column * (width + _GAP))
    return line


def _row(result: Result, width: int) -> U8:
    case, ours = result.case, result.scores[OURS]
    height = round(width * case.room.size[1] / case.room.size[0])
    pictures = (case.room.rgb, case.product.rgb, result.staged, case.truth, _heat(ours.flip))
    row = np.full((height + _LINE, len(_TITLES) * (width + _GAP), 3), _PAPER, np.uint8)
    for column, picture in enumerate(pictures):
        panel = _fitted(picture, width, height)
        left = column * (width + _GAP) + (width - panel.shape[1]) // 2
        top = (height - panel.shape[0]) // 2
        row[top : top + panel.shape[0], left : left + panel.shape[1]] = panel
    values = ours.values
    _write(
        row[height:],
        f"{case.name}  flip_box {values['flip_box']:.3f}  dE_obj "
        f"{values['dE_obj']:.1f}  shadow_lf {values['shadow_lf']:.2f}",
        0,
    )
    return row


def _heat(errors: F32) -> U8:
    """FLIP errors 0..1 from black by violet to yellow."""
    levels = np.rint(errors.clip(0, 1) * 255).astype(np.uint8)
    heat = cv2.applyColorMap(levels, cv2.COLORMAP_MAGMA)
    return np.asarray(heat, np.uint8)[..., ::-1]


def _fitted(picture: U8, width: int, height: int) -> U8:
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def _write(line: U8, text: str, left: int) -> None:
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(line, text, (left + 2, _LINE - 7), font, 0.45, _INK, 1, cv2.LINE_AA)
