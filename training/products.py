"""Render products alone, in a studio and in clay: what tells a photo's transport needs no room.

    python training/products.py --assets DIR --out PRODUCTS --first 0 --pieces 500

Writes one file per piece, PRODUCTS/00000.npz, with a view k of it cropped to `photo_k` [h, w, 3]
(half floats, linear), `alpha_k` [h, w] and `solid_k` [h, w, 6] as in `render.py`.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench" / "scenes"))

import bpy
import furniture
import numbered
import placing
import studio
from numbered import render_each

import engine
import props
from framing import studio_camera
from geometry import family
from models import points_of

VIEWS = 3
LONG_SIDE = 84


def render_piece(number: int, assets: str) -> dict[str, np.ndarray]:
    """All views of piece `number`."""
    random = np.random.default_rng([2029, number])
    studio.reset()
    wood = os.path.join(assets, "tex", props.WOOD_FILE)
    small = random.random() < 0.2
    root = furniture.small(random, wood) if small else placing.piece(random, assets, wood)
    turned = root.rotation_euler[2]
    found: dict[str, np.ndarray] = {}
    for view in range(VIEWS):
        root.rotation_euler[2] = turned + math.radians(random.uniform(-60, 60))
        bpy.context.view_layer.update()
        points = points_of(family(root))
        away, above = random.uniform(1.8, 4.5), random.uniform(0.3, 1.75)
        if small:
            above = random.uniform(0.1, 0.9)
        position = (random.uniform(-1.2, 1.2), -away - float(np.ptp(points[:, 1])) / 2, above)
        middle = tuple((points.min(0) + points.max(0)) / 2)
        engine.set_camera(studio_camera(points, position, middle, LONG_SIDE, 0.04))
        product = {obj for obj in family(root) if obj.type in {"MESH", "CURVE"}}
        photo, solid = studio.shoot(random, product, points, clay=True)
        alpha = np.clip(photo[..., 3], 0, 1)
        rgb = photo[..., :3] / np.maximum(alpha, 1e-3)[..., None] * (alpha > 0.02)[..., None]
        found |= {
            f"photo_{view}": np.minimum(rgb, 60000).astype(np.float16),
            f"alpha_{view}": np.round(alpha * 255).astype(np.uint8),
            f"solid_{view}": solid.astype(np.float16),
        }
    return found


def main() -> None:
    """Parse the command line and render."""
    given = numbered.arguments(__doc__.split("\n")[0], "pieces").parse_args()
    render_each(
        given.out,
        numbered.numbers(given),
        lambda number: render_piece(number, given.assets),
        lambda frames: f"{sum(name.startswith('photo') for name in frames)} sides",
    )


if __name__ == "__main__":
    main()
