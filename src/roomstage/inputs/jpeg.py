"""The segments of a JPEG file: walked and bounded before a decoder sees them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAX_SCANS = 100  # progressive encoders write about 10; every scan costs a pass over the picture
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # tables among the SOF markers


@dataclass(frozen=True, slots=True)
class Frame:
    """The start-of-frame segment."""

    size: tuple[int, int]
    components: int
    depth: int  # bits per sample
    marker: int  # 0xC0 baseline, 0xC2 progressive, 0xC9 and above arithmetic
    end: int  # offset behind the segment


def read_frame(data: bytes) -> Frame:
    """Walk the segments to the start of frame.

    Raises:
        ValueError, struct.error, IndexError: there is none, or the file is cut before it.
    """
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker where one must be")
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a segment
            at += 2
            continue
        if marker in (0xD9, 0xDA):
            raise ValueError("pixels before a frame header")
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2:
            raise ValueError("a segment shorter than its own length")
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            depth, height, width, components = struct.unpack_from(">BHHB", data, at + 4)
            return Frame((width, height), components, depth, marker, at + 2 + length)
        at += 2 + length
