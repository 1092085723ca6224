"""Render products on a sweep of plain paper: what a cut-out without a mask has to tell apart.

    python training/keyed.py --assets DIR --out KEYED --first 0 --pieces 400

Writes one file per piece, KEYED/00000.npz, with a view k of it as `photo_k` [h, w, 3] (half floats,
linear, the ground and its shadow included) and the product's coverage `alpha_k` [h, w].
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
import materials
import props
from framing import studio_camera
from geometry import family, mesh
from models import points_of

VIEWS = 2
LONG_SIDE = 288
Random = np.random.Generator


def sweep(random: Random, size: float, behind: float) -> None:
    """Paper that lies under the product and rises behind it in a bow."""
    light, dark = random.uniform(0.75, 0.93), random.uniform(0.15, 0.75)
    level = float(light if random.random() < 0.8 else dark)
    colour = np.full(3, level)
    if random.random() < 0.2:
        colour = np.clip(level * (1 + 0.25 * random.normal(0, 1, 3)), 0.02, 0.95)
    bow = random.uniform(0.3, 1.2) * size
    turns = np.linspace(0, math.pi / 2, 16)
    line = [(-30 * size, 0.0)]
    line += [(behind + bow * math.sin(t), bow * (1 - math.cos(t))) for t in turns]
    line += [(behind + bow, 30 * size)]
    half = 30 * size
    points = [(x, y, z) for y, z in line for x in (-half, half)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(line) - 1)]
    paper = materials.plain("paper", tuple(float(c) for c in colour), 0.9, specular=0.1)
    mesh("sweep", points, faces, paper, smooth=True)


def repaint(random: Random, root: bpy.types.Object) -> None:
    """Now and then the whole piece in one white, black or metal: what is hard to tell apart."""
    kind = random.choice(["as it is", "white", "black", "metal"], p=[0.55, 0.25, 0.12, 0.08])
    if kind == "as it is":
        return
    low, high = {"white": (0.6, 0.9), "black": (0.01, 0.06), "metal": (0.4, 0.8)}[str(kind)]
    colour = np.clip(random.uniform(low, high) * (1 + 0.04 * random.normal(0, 1, 3)), 0, 0.95)
    what = materials.plain(
        "repainted",
        tuple(float(c) for c in colour),
        float(random.uniform(0.1, 0.8)),
        metallic=float(kind == "metal"),
    )
    for obj in family(root):
        for slot in getattr(obj, "material_slots", []):
            slot.material = what


def light(random: Random, size: float, middle: np.ndarray) -> None:
    """A key light, small or large, now and then a second, and even light from around."""
    engine.world_colour((1.0, 1.0, 1.0), float(random.uniform(0.05, 0.7)))
    reach = max(1.0, 3 * size)
    for power in [1.0, 0.4][: int(random.integers(1, 3))]:
        turn, rise = random.uniform(-2.2, 2.2), random.uniform(0.35, 1.4)
        way = np.array(
            [math.sin(turn) * math.cos(rise), -math.cos(turn) * math.cos(rise), math.sin(rise)]
        )
        softness = float(random.choice([0.1, 0.4, 1.0])) * random.uniform(0.6, 1.2)
        engine.area_light(
            tuple(middle + reach * way),
            tuple(middle),
            (softness * reach,) * 2,
            float(11 * random.uniform(0.5, 1.3) * power * reach**2),
            float(random.uniform(4600, 6800)),
        )


def render_view(number: int, view: int, assets: str) -> tuple[np.ndarray, np.ndarray]:
    """The photo, linear RGB [h, w, 3], and the coverage of the product [h, w]."""
    random = np.random.default_rng([2030, number])
    studio.reset()
    wood = os.path.join(assets, "tex", props.WOOD_FILE)
    small = random.random() < 0.25
    root = furniture.small(random, wood) if small else placing.piece(random, assets, wood)
    random = np.random.default_rng([2031, number, view])
    repaint(random, root)
    root.rotation_euler[2] += math.radians(random.uniform(-60, 60))
    bpy.context.view_layer.update()
    points = points_of(family(root))
    low, high = points.min(0), points.max(0)
    middle, size = (low + high) / 2, float((high - low).max())
    away, above = random.uniform(2.2, 5) * size, random.uniform(0.2, 1.6) * size
    position = (random.uniform(-0.8, 0.8) * size, low[1] - away, above + low[2])
    margin = float(random.choice([0.06, random.uniform(0.03, 0.6)]))
    engine.set_camera(studio_camera(points, position, tuple(middle), LONG_SIDE, margin))
    product = {obj for obj in family(root) if obj.type in {"MESH", "CURVE"}}
    sweep(random, size, float(high[1] + random.uniform(0.3, 2.5) * size))
    light(random, size, middle)
    photo = engine.render(24, denoise=True)[..., :3]
    return photo, engine.object_alpha(product, 12, 1.0)


def render_piece(number: int, assets: str) -> dict[str, np.ndarray]:
    """All views of piece `number`."""
    found: dict[str, np.ndarray] = {}
    for view in range(VIEWS):
        photo, alpha = render_view(number, view, assets)
        found[f"photo_{view}"] = np.minimum(photo, 60000).astype(np.float16)
        found[f"alpha_{view}"] = np.round(alpha * 255).astype(np.uint8)
    return found


def main() -> None:
    """Parse the command line and render."""
    given = numbered.arguments((__doc__ or "").split("\n")[0], "pieces").parse_args()
    render_each(
        given.out,
        numbered.numbers(given),
        lambda number: render_piece(number, given.assets),
        lambda frames: f"{sum(name.startswith('photo') for name in frames)} views",
    )


if __name__ == "__main__":
    main()
