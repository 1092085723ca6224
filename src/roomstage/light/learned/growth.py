"""Where the light at the product's place grows, and of which colour.

Light is taken to first order, see `transport.py`: it grows in one direction, that of a window or a
lamp, seen or not. One net learned it from products, by what light made of them, gloss included; the
other, the mean of two, from white balls, which show more places and more sides.
"""

from __future__ import annotations

import numpy as np

from roomstage.image import F32
from roomstage.light.key import KeyLight
from roomstage.light.learned import net
from roomstage.light.learned.window import gamma, halved, spot_planes, whereabouts
from roomstage.light.probe import probe
from roomstage.placement import Placement
from roomstage.scene import Scene

_BALLS_SAY = 2 / 3  # each net as much as another
# What a mirror turns, all that tells of the right: of what the formulas tell the main light and the
# probe's three moments, of what the probe net says the growth of three colours.
_MIRRORED_KEY = np.where(np.isin(np.arange(18), (0, 3, 7, 11)), -1, 1).astype(np.float32)
_MIRRORED = np.where(np.isin(np.arange(9), (0, 3, 6)), -1, 1).astype(np.float32)
_COLUMNS_NEAR, _COLUMNS_FAR = 6, 3  # the planes that hold positions across


def available() -> bool:
    """Whether both nets' weights are here."""
    return net.available("direction") and net.available("probe")


def toward(scene: Scene, placement: Placement, key: KeyLight) -> F32:
    """Where the formulas have light come from [15]: the main light by its share, and the probe."""
    right, up, away = key.direction
    main = np.array([right, away, up], np.float32) * np.float32(key.share)
    return np.concatenate([main, probe(scene, placement)])


def near_planes(room: F32, where: F32) -> F32:
    """What the probe net sees round the place [8, SIDE / 2, SIDE / 2].

    Args:
        room: [SIDE, SIDE, 3] linear light of the window.
        where: [7, SIDE, SIDE] its `geometry`.
    """
    return np.concatenate([gamma(halved(room)).transpose(2, 0, 1) - 0.5, whereabouts(where)])


def far_planes(whole: F32, box: F32, size: tuple[int, int]) -> F32:
    """What the probe net sees of the room [6, GLANCE, GLANCE].

    Args:
        whole: [5, GLANCE, GLANCE] the `glance`.
        box: left, top, right, bottom of the product, in the picture.
        size: (width, height) of the picture.
    """
    return np.concatenate([whole[:3], spot_planes(box, size)])


def growth(window: F32, whole: F32, near: F32, far: F32, way: F32, level: F32) -> F32:
    """Growth [3, 3] to the right, away and up, of red, green and blue: see `Transport.lit`.

    Args:
        window: [CHANNELS, SIDE, SIDE] the window's `planes`, the product in it.
        whole: [5, GLANCE, GLANCE] the `glance`.
        near: see `near_planes`.
        far: see `far_planes`.
        way: see `toward`.
        level: [3] log of the formula's light.
    """
    on_product = net.run("direction", window=window, room=whole, key=way)[:3]
    green, red, blue = _on_balls(near, far, np.concatenate([way, level]))
    green = _BALLS_SAY * green + (1 - _BALLS_SAY) * on_product
    return np.stack([green + red, green, green + blue], axis=1)


def _on_balls(near: F32, far: F32, key: F32) -> F32:
    """Growth of green, and what that of red and of blue are off it; mirrored in a mirror."""
    said = net.run("probe", near=near, far=far, key=key)
    mirrored = net.run(
        "probe",
        near=_turned(near, _COLUMNS_NEAR),
        far=_turned(far, _COLUMNS_FAR),
        key=key * _MIRRORED_KEY,
    )
    return ((said + mirrored * _MIRRORED) / 2).reshape(3, 3)


def _turned(planes: F32, columns: int) -> F32:
    """Planes [C, h, w] in a mirror; that of `columns` holds positions across."""
    turned = planes[..., ::-1].copy()
    turned[columns] *= -1
    return turned
