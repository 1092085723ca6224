"""A case of `bench/realism`: a room without and with a product, and the product's photograph.

Both frames have one camera, light, seed and grain, so they differ only where the product changes
something. The product is photographed from where the room's camera stands.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

import develop
import engine
import framing
import models
import product as studio
import props
import room as rooms
from geometry import family
from specs import Camera, Case, Item, Product, Room

OVERLAY_SIDE = 600  # pixels of the product photo's longer side
NOTICEABLE, CERTAIN = 2.0, 5.0  # levels of 255: an influence spreads at one and reaches the other
FEATHER = 7  # pixels over which the staged frame passes into the empty one
JPEG = {"quality": 95, "subsampling": 0, "optimize": True}


def render_case(case: Case, room: Room, product: Product, assets: str, job: Shot) -> None:
    """Render and write all files of a case."""
    item = Item(product.item.kind, case.at, case.turn, product.item.scale, product.item.options)
    empty, staged, coverage, points = _frames(room, item, assets, job)
    main = develop.develop_room(empty, room.look)
    truth, influence = united(main, develop.develop_room(remetered(staged, empty), room.look))
    photo, alpha = _photograph(item, room.camera, product, assets, job.samples)
    job.save("main.jpg", main)
    job.save("truth.jpg", truth)
    job.save("main_mask.png", framing.box_mask(points, room.camera, job.scale))
    job.save("object_mask.png", _eight_bit(coverage))
    job.save("influence.png", np.where(influence & (coverage < 0.5), 255, 0).astype(np.uint8))
    job.save("overlay.jpg", photo)
    job.save("overlay_mask.png", _eight_bit(alpha))
    facts = {"prompt": case.prompt, "room": case.room, "product": case.product, "light": case.light}
    (job.folder / "case.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


class Shot:
    """Where a case is written, and how fine it is rendered."""

    def __init__(self, folder: Path, samples: int, scale: float) -> None:
        self.folder, self.samples, self.scale = folder, samples, scale

    def save(self, name: str, pixels: np.ndarray) -> None:
        """Write an 8-bit picture into the case's folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = JPEG if name.endswith(".jpg") else {"optimize": True}
        Image.fromarray(pixels).save(self.folder / name, **options)


def _frames(
    room: Room, item: Item, assets: str, job: Shot
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Linear frames without and with the item, its visible coverage and its vertices."""
    engine.reset()
    rooms.build(room, assets)
    empty = engine.render(job.samples, job.scale)
    objects = family(props.place(item, assets))
    staged = engine.render(job.samples, job.scale)
    coverage = engine.object_alpha(objects, 32, job.scale)
    return empty[..., :3], staged[..., :3], coverage, models.points_of(objects)


def remetered(staged: np.ndarray, empty: np.ndarray) -> np.ndarray:
    """`staged` without the dimming of the whole room by the product, as a meter would correct it.

    No pixel is made brighter than it is in `empty`; shadows keep their depth but for that share.
    """
    ratio = empty / np.maximum(staged, 1e-6)
    usual = np.median(ratio.reshape(-1, 3), axis=0)
    return staged * np.clip(ratio, 1, np.maximum(usual, 1))


def united(main: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`truth` where the product changed something and `main` elsewhere; and where that is."""
    difference = truth.astype(np.float32) - main
    change = np.abs(develop.blur(difference, 2.0)).max(-1)
    areas, _ = ndimage.label(change > NOTICEABLE)
    certain = np.unique(areas[change > CERTAIN])
    influence = np.isin(areas, certain[certain > 0])
    distance = ndimage.distance_transform_edt(~influence)
    share = np.clip(1 - distance / FEATHER, 0, 1)[..., None]
    return np.rint(main + share * difference).astype(np.uint8), influence


def _photograph(
    item: Item, camera: Camera, product: Product, assets: str, samples: int
) -> tuple[np.ndarray, np.ndarray]:
    """The product on white, seen as the room's camera sees it, 8-bit; and its coverage."""
    away = np.subtract(camera.position, item.at)
    bearing = np.arctan2(away[0], -away[1])  # of the camera, seen from the product
    spec = replace(
        product,
        item=replace(item, at=(0.0, 0.0, 0.0), turn=item.turn - float(np.degrees(bearing))),
        view=(turned(away, -bearing), turned(np.subtract(camera.target, item.at), -bearing)),
        long_side=OVERLAY_SIDE,
    )
    engine.reset()
    if product.style == "shadow":
        frame, alpha = studio.shoot_on_white(spec, assets, samples, 1.0)
        return develop.develop_studio(frame), alpha
    frame, alpha = studio.shoot_cut_out(spec, assets, samples, 1.0)
    opaque = alpha[..., None]
    return _eight_bit(develop.develop_studio(frame) / 255 * opaque + 1 - opaque), alpha


def turned(vector: np.ndarray, angle: float) -> tuple[float, float, float]:
    """`vector` turned about the vertical, counter-clockwise from above, in radians."""
    x, y, z = (float(value) for value in vector)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    return x * cos - y * sin, x * sin + y * cos, z


def _eight_bit(values: np.ndarray) -> np.ndarray:
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
