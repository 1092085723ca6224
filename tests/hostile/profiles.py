"""ICC profiles made byte by byte: of wide colour spaces, and of a printer's inks."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from itertools import product

import numpy as np
from PIL import Image, ImageCms

_D50 = (0.9642, 1.0, 0.8249)
# Red, green and blue in XYZ under D50, as the specifications give them.
_SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
SPACES = {
    "Display P3": (
        (0.51512, 0.24120, -0.00105),
        (0.29198, 0.69225, 0.04189),
        (0.15710, 0.06657, 0.78407),
        0.0,  # its curve is that of sRGB
    ),
    "Adobe RGB": (
        (0.60974, 0.31111, 0.01947),
        (0.20528, 0.62567, 0.06087),
        (0.14919, 0.06322, 0.74457),
        2.19921875,
    ),
    "ProPhoto": (
        (0.79767, 0.28804, 0.0),
        (0.13519, 0.71188, 0.0),
        (0.03134, 0.00009, 0.82491),
        1.8,
    ),
}


def wide(space: str) -> bytes:
    """The profile of one of `SPACES`."""
    red, green, blue, gamma = SPACES[space]
    curve = _curve(gamma)
    tags = {b"rXYZ": _xyz(red), b"gXYZ": _xyz(green), b"bXYZ": _xyz(blue)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def to_srgb(levels: np.ndarray, space: str) -> np.ndarray:
    """By formula, what levels [H, W, 3] of a space are in sRGB."""
    *primaries, gamma = SPACES[space]
    share = levels / 255
    light = share**gamma if gamma else _srgb_light(share)
    light = light @ np.array(primaries) @ np.linalg.inv(np.array(_SRGB))
    light = np.clip(light, 0, 1)
    shown = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(shown * 255).astype(np.uint8)


def inks() -> bytes:
    """Four inks that darken as filters do, on a grid of two levels each."""
    grid = bytearray()
    for cyan, magenta, yellow, black in product((0, 1), repeat=4):
        paper = np.array([1 - 0.9 * cyan, 1 - 0.8 * magenta, 1 - 0.85 * yellow]) * (
            1 - 0.95 * black
        )
        grid += bytes(_lab(paper))
    straight = bytes(range(256))
    table = b"mft1" + bytes(4) + struct.pack(">BBBx", 4, 3, 2)
    table += struct.pack(">9i", *(65536 * one for one in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    table += straight * 4 + bytes(grid) + straight * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})


def printed(cmyk: Image.Image, profile: bytes) -> np.ndarray:
    """What littleCMS makes of inks under a profile: RGB levels [H, W, 3]."""
    shown = ImageCms.profileToProfile(
        cmyk, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    return np.asarray(shown)


def _lab(light: np.ndarray) -> Sequence[int]:
    xyz = light @ np.array(_SRGB) / np.array(_D50)
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    lab = (116 * y - 16) * 2.55, 500 * (x - y) + 128, 200 * (y - z) + 128
    return [int(np.clip(round(float(value)), 0, 255)) for value in lab]


def _srgb_light(share: np.ndarray) -> np.ndarray:
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _curve(gamma: float) -> bytes:
    share = np.linspace(0, 1, 1024)
    light = share**gamma if gamma else _srgb_light(share)
    levels = np.rint(light * 65535).astype(">u2").tobytes()
    return b"curv" + struct.pack(">4xI", 1024) + levels


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(value * 65536) for value in values))


def _profile(kind: bytes, space: bytes, between: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"text" + bytes(4) + b"none\0"
    name = b"desc" + struct.pack(">4xI", 5) + b"test\0" + bytes(78)
    tags = {b"desc": name, b"cprt": text, b"wtpt": _xyz(_D50), **tags}
    at = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        value += bytes(-len(value) % 4)
        table += tag + struct.pack(">II", at + len(content), len(value))
        content += value
    head = struct.pack(
        ">I4xI4s4s4s6H4s24x4x3i48x",
        at + len(content),
        0x02400000,
        kind,
        space,
        between,
        *(2026, 1, 1, 0, 0, 0),
        b"acsp",
        *(round(value * 65536) for value in _D50),
    )
    assert len(head) == 128
    return head + table + content
