"""Scene + cut-out + placement -> what the net says of the light there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.cutout.continuation import continued
from roomstage.image import F32, Box, Cutout
from roomstage.light.key import KeyLight
from roomstage.light.learned import growth as growing
from roomstage.light.learned import net
from roomstage.light.learned.window import (
    FRAME,
    SIDE,
    Kind,
    Window,
    around,
    geometry,
    glance,
    planes,
    sampled,
)
from roomstage.placement import Placement
from roomstage.scene import Scene

_REDUCED = 160  # long side of the cut-out before it is warped onto the window
_GAIN_BOUNDS = -3.5, 1.2  # of log gain
_SHADOW_BOUNDS = -3.0, 0.35  # of the log factor on the room; above 0 light is bounced onto it
_MOST_VEIL, _VEIL_BIAS = 0.25, 4.0  # as the net was trained
_SILENCE = 0.007  # log factors smaller than this are the net's own noise
_KINDS: dict[str, Kind] = {"rug": "rug", "wall": "wall", "table": "table"}


@dataclass(frozen=True, eq=False, slots=True)
class LightField:
    """Light on a window of the room's photo: log factors, and what the product mirrors."""

    window: Window
    gain: F32  # [SIDE, SIDE, 3] on the product's colours, continued beyond its outline
    shadow: F32  # [SIDE, SIDE, 3] on the room, continued under the product
    veil: F32  # [SIDE, SIDE, 3] linear light that the product mirrors without its own colour
    growth: F32 | None = None  # [3, 3] of the light on what is solid: see `Transport.lit`

    def on_cutout(
        self, placement: Placement, cutout: Cutout, size: tuple[int, int]
    ) -> tuple[F32, F32]:
        """Log gain and veil, [h, w, 3] each, on a grid of `size` (w, h) over the cut-out."""
        width, height = cutout.size
        from_grid = placement.to_room @ np.diag([width / size[0], height / size[1], 1.0])
        matrix = _on_centres(_to_window(self.window) @ from_grid)
        return _warped(self.gain, matrix, size), _warped(self.veil, matrix, size)

    def on_room(self, box: Box, size: tuple[int, int]) -> F32:
        """The log factor [h, w, 3] on a grid of `size` (w, h) over a box of room pixels.

        It eases to 0 at the window's rim and beyond it.
        """
        shadow = self.shadow * _rim()[..., None]
        step = np.array([[box.width / size[0], 0, box.x0], [0, box.height / size[1], box.y0]])
        matrix = _on_centres(_to_window(self.window) @ np.vstack([step, [0, 0, 1]]))
        return _warped(shadow, matrix, size, cv2.BORDER_CONSTANT)

    def box(self, size: tuple[int, int]) -> Box:
        """The room pixels that the window covers, clipped to a picture of `size` (w, h)."""
        window = self.window
        whole = Box(
            int(np.floor(window.x)),
            int(np.floor(window.y)),
            int(np.ceil(window.x + window.side)),
            int(np.ceil(window.y + window.side)),
        )
        return whole.grown(0, size)


def light_field(
    scene: Scene,
    cutout: Cutout,
    placement: Placement,
    level: F32,
    factor: F32,
    left: F32,
    box: Box,
    key: KeyLight,
) -> LightField | None:
    """What the net says of the light at the product's place; None without its weights.

    Args:
        scene: the room.
        cutout: the product.
        placement: where it goes.
        level: [3] the formula's gain on the product's colours.
        factor: [h, w, 1 or 3] the formula's modelling over the cut-out, mean 1.
        left: [h, w] the formula's share of light left over `box`.
        box: room pixels.
        key: the main light by the formula.
    """
    if not net.available("light"):
        return None
    corners = placement.corners
    spot = np.r_[corners.min(axis=0), corners.max(axis=0)].astype(np.float32)
    window = around(*(float(edge) for edge in spot), longest=max(scene.size))
    product, alpha = _product(cutout, placement, window, max(scene.size) / FRAME)
    frame, scale = _frame(scene)
    kind = _KINDS.get(placement.surface, "solid")
    where = geometry(window, scene.size, scene.camera.horizon, placement.contact, kind)
    room = sampled(frame, window, scale)
    formula = _formula(cutout, placement, window, factor, left, box)
    # A product photo that is darker than usual is brightened first: the net knows none.
    told = np.log(level * cutout.white).astype(np.float32)
    seen = planes(room, product, alpha, where, formula, told)
    whole = glance(frame, window, spot, scale)
    said = net.run("light", window=seen, room=whole).transpose(1, 2, 0)
    growth = None
    if kind in ("solid", "table") and growing.available():
        way = growing.toward(scene, placement, key)
        near = growing.near_planes(room, where)
        far = growing.far_planes(whole, spot, scene.size)
        growth = growing.growth(seen, whole, near, far, way, told)
    gain = np.clip(said[..., :3] + told, *_GAIN_BOUNDS) - np.float32(np.log(cutout.white))
    shadow = np.clip(said[..., 3:6], *_SHADOW_BOUNDS)
    veil = _MOST_VEIL / (1 + np.exp(_VEIL_BIAS - said[..., 6:]))
    shadow = np.sign(shadow) * np.maximum(np.abs(shadow) - _SILENCE, 0)
    free = np.clip(1 - 1.5 * alpha, 0, 1)
    lit, veiled = _continued(gain, alpha), _continued(veil, alpha)
    return LightField(window, lit, _continued(shadow, free), veiled, growth)


def _frame(scene: Scene) -> tuple[F32, float]:
    """The room [h, w, 3] as finely as the net saw rooms, and its scale to the photo."""
    height, width = scene.linear.shape[:2]
    shrink = min(1.0, FRAME / max(width, height))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    frame = cv2.resize(scene.linear, size, interpolation=cv2.INTER_AREA)
    return np.asarray(frame, np.float32), size[0] / scene.size[0]


def _product(
    cutout: Cutout, placement: Placement, window: Window, finest: float
) -> tuple[F32, F32]:
    """Premultiplied linear studio colours [S, S, 3] and coverage [S, S] on the window's grid.

    Nothing finer than `finest` room pixels is kept.
    """
    width, height = cutout.size
    shrink = min(1.0, _REDUCED / max(width, height))
    size = max(2, round(width * shrink)), max(2, round(height * shrink))
    alpha = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    rgb = np.asarray(cv2.resize(cutout.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    layer = np.empty((size[1], size[0], 4), np.float32)
    layer[..., :3] = np.minimum(colour.decode(rgb) / cutout.white, 1) * alpha[..., None]
    layer[..., 3] = alpha
    from_cut = placement.to_room @ np.diag([width / size[0], height / size[1], 1.0])
    matrix = np.linalg.inv(_on_centres(_to_window(window) @ from_cut))
    # How many pixels of the reduced cut-out a cell of the window gathers, at its middle.
    step = max(window.side / SIDE, finest) / max(_span(placement) / max(size), 1e-6)
    if step > 1.2:
        layer = np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.42 * step), np.float32)
    warped = _warped(layer, matrix, (SIDE, SIDE), cv2.BORDER_CONSTANT)
    return warped[..., :3], np.ascontiguousarray(warped[..., 3])


def _formula(
    cutout: Cutout, placement: Placement, window: Window, factor: F32, left: F32, box: Box
) -> F32:
    """Log factors [2, S, S] of the formulas on the window's grid: modelling and shadow."""
    width, height = cutout.size
    rows, columns = factor.shape[:2]
    from_grid = placement.to_room @ np.diag([width / columns, height / rows, 1.0])
    matrix = np.linalg.inv(_on_centres(_to_window(window) @ from_grid))
    modelled = _warped(np.log(factor.mean(axis=2)), matrix, (SIDE, SIDE), cv2.BORDER_CONSTANT)
    rows, columns = left.shape
    dark = np.log(np.maximum(left, 1e-2)).astype(np.float32)
    step = window.side / SIDE / (box.width / columns)
    if step > 1.2:
        dark = np.asarray(cv2.GaussianBlur(dark, (0, 0), 0.42 * step), np.float32)
    over = np.array([[box.width / columns, 0, box.x0], [0, box.height / rows, box.y0], [0, 0, 1.0]])
    matrix = np.linalg.inv(_on_centres(_to_window(window) @ over))
    return np.stack([modelled, _warped(dark, matrix, (SIDE, SIDE), cv2.BORDER_CONSTANT)])


def _span(placement: Placement) -> float:
    """The longest side of the product as seen, in room pixels."""
    corners = placement.corners
    return float(np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1).max())


def _to_window(window: Window) -> NDArray[np.float64]:
    """Map [3, 3] from the room's pixel edges to the window's cell edges."""
    a = SIDE / window.side
    return np.array([[a, 0, -window.x * a], [0, a, -window.y * a], [0, 0, 1]])


def _on_centres(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """A map between pixel edges as a map between pixel centres."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.linalg.inv(half) @ edges @ half


def _warped(
    picture: F32,
    matrix: NDArray[np.floating],
    size: tuple[int, int],
    border: int = cv2.BORDER_REPLICATE,
) -> F32:
    """`picture` sampled where `matrix` sends the pixel centres of the result."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = np.ascontiguousarray(picture, np.float32)
    found = cv2.warpPerspective(picture, matrix, size, flags=flags, borderMode=border)
    return np.asarray(found, np.float32)


def _continued(values: F32, weight: F32) -> F32:
    """Values [S, S, C], beyond where `weight` [S, S] is most of 1 those of what lies next."""
    known = weight > 0.5 * min(1.0, float(weight.max()))
    beyond = continued(np.ascontiguousarray(values, np.float32), known)
    return np.where(known[..., None], values, beyond).astype(np.float32)


def _rim() -> F32:
    """[SIDE, SIDE] 1 inside, falling to 0 at the window's rim."""
    edge = np.minimum(np.arange(SIDE) + 0.5, SIDE - np.arange(SIDE) - 0.5) / (0.08 * SIDE)
    ease = np.clip(edge, 0, 1)
    ease = ease * ease * (3 - 2 * ease)
    return np.minimum(ease[:, None], ease[None]).astype(np.float32)
