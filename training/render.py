"""Render rooms without and with products, and the products in a studio, for training.

    python training/render.py --assets DIR --out FRAMES --first 0 --rooms 500

Writes one file per room, FRAMES/00000.npz, with linear frames (half floats): `main` [H, W, 3] and,
for each product k, `truth_k` [H, W, 3] and, over the box `box_k` (x0, y0, x1, y1), `photo_k`
[h, w, 3] (the product on its own in a white studio, seen by the room's camera), `alpha_k` [h, w]
(its coverage), `visible_k` [h, w] (what of it the room leaves visible) and, of what is solid,
`solid_k` [h, w, 6] (how it takes light in clay: see `transport.py`); `about` is JSON.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench" / "scenes"))

import bpy
import flat
import furniture
import numbered
import placing
import rooms
import studio
from numbered import render_each

import engine
import props
from framing import project
from geometry import family
from models import points_of
from specs import Camera, Room

KINDS = {"standing": 0.62, "rug": 0.1, "picture": 0.1, "small": 0.18}
STANDING = {"standing": 0.78, "small": 0.22}  # what is solid: only it has a transport
TRIES = 12
SMALLEST, LARGEST = 0.014, 0.5  # share of the frame a product's box may take


def render_room(
    number: int,
    assets: str,
    samples: int,
    most: int = 2,
    kinds: dict[str, float] = KINDS,
    together: bool = False,
) -> dict[str, np.ndarray] | None:
    """All frames of room `number`, with up to `most` products; None if none could be staged.

    Staged together they share one frame: cheaper where only the light on them is learned.
    """
    random = np.random.default_rng([2028, number])
    light = rooms.draw_light(random)
    room = rooms.draw(random, light)
    studio.reset()
    taken = rooms.build(random, room, light, assets)
    wood = os.path.join(assets, "tex", props.WOOD_FILE)
    table = placing.table(random, room, taken, wood)
    waiting = None
    if light.staged:  # the camera looks where the first product will stand
        kind = _kind(random, kinds)
        root = _product(random, kind, room, list(taken), table, assets, wood)
        if root is not None:
            low, high = placing.extent(root)
            room = replace(room, camera=rooms.aim(random, room, low, high))
            if light.lamps and random.random() < 0.5:
                rooms.lamp_beside(random, room, taken, low, high, assets)
            engine.set_camera(room.camera)
            _hide(root, True)
            waiting = kind, root
    if bpy.context.scene.world is not None:  # the view lights nothing: no sampling of it either
        bpy.context.scene.world.cycles.sampling_method = "NONE"
    frames: dict[str, np.ndarray] = {"main": _half(engine.render(samples, denoise=True)[..., :3])}
    if float(frames["main"].astype(np.float32).mean()) < 1e-5:
        return None
    # All truths before all studio photos: Cycles loads a scene anew after much was hidden.
    products: list[tuple] = []
    for _ in range(TRIES):
        if len(products) == most:
            break
        if waiting is not None:
            (kind, root), waiting = waiting, None
            _hide(root, False)
        else:
            kind = _kind(random, kinds)
            if together and kind == "small" and any(p[0] == kind for p in products):
                continue  # the table is taken
            root = _product(random, kind, room, list(taken), table, assets, wood)
        box = None if root is None else _box(root, room.camera)
        if root is not None and box is None:
            placing.remove(root)
        elif root is not None and together:
            low, high = placing.extent(root)
            taken.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
            products.append((kind, root, box, None, None))
        elif root is not None:
            truth = _half(engine.render(samples, denoise=True)[..., :3])
            products.append((kind, root, box, truth, _visible(root, room.camera, box)))
            _hide(root, True)
    if together and products:
        truth = _half(engine.render(samples, denoise=True)[..., :3])
        products = [(*p[:3], truth, _visible(p[1], room.camera, p[2])) for p in products]
        for _, root, *_ in products:
            _hide(root, True)
    staged = []
    for kind, root, box, truth, visible in products:
        _hide(root, False)
        shot = _shoot(random, root, kind, room, box, visible)
        _hide(root, True)
        if shot is not None:
            frames |= {
                f"{name}_{len(staged)}": values
                for name, values in (shot | {"truth": truth}).items()
            }
            staged.append(kind)
    if not staged:
        return None
    about = {
        "kinds": staged,
        "camera": vars(room.camera),
        "size": (room.width, room.depth, room.height),
        "light": vars(light),
    }
    frames["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    return frames


def _kind(random: np.random.Generator, shares: dict[str, float]) -> str:
    return str(random.choice(list(shares), p=list(shares.values())))


def _product(
    random: np.random.Generator,
    kind: str,
    room: Room,
    taken: list,
    table: tuple | None,
    assets: str,
    wood: str,
) -> bpy.types.Object | None:
    if kind == "picture":
        return placing.hang(random, room, assets)
    if kind == "rug":
        return placing.lay_rug(random, room, assets)
    if kind == "small" and table is not None:
        (x0, y0, x1, y1), top = table
        root = furniture.small(random, wood)
        low, high = placing.extent(root)
        half = (high - low)[:2] / 2
        x = random.uniform(min(x0 + half[0], (x0 + x1) / 2), max(x1 - half[0], (x0 + x1) / 2))
        y = random.uniform(min(y0 + half[1], (y0 + y1) / 2), max(y1 - half[1], (y0 + y1) / 2))
        root.location = (x, y, top + 0.001)
        bpy.context.view_layer.update()
        return root
    root = placing.piece(random, assets, wood)
    if placing.stand(random, root, room, taken) is None:
        placing.remove(root)
        return None
    return root


def _hide(root: bpy.types.Object, hidden: bool) -> None:
    for obj in family(root):
        obj.hide_render = hidden


def _box(root: bpy.types.Object, camera) -> tuple[int, int, int, int] | None:
    """The product's box in the frame; None when it is cut by it, too near, too small or too big."""
    points = points_of(family(root))
    ahead = (points - np.array(camera.position)) @ (
        np.array(camera.target) - np.array(camera.position)
    )
    if ahead.min() < 0.3:
        return None
    seen = project(points, camera)
    (x0, y0), (x1, y1) = np.floor(seen.min(0)).astype(int) - 2, np.ceil(seen.max(0)).astype(int) + 2
    share = (x1 - x0) * (y1 - y0) / (camera.width * camera.height)
    if (
        x0 < 0
        or y0 < 0
        or x1 > camera.width
        or y1 > camera.height
        or not SMALLEST < share < LARGEST
    ):
        return None
    return int(x0), int(y0), int(x1), int(y1)


def _visible(root: bpy.types.Object, camera: Camera, box: tuple[int, int, int, int]) -> np.ndarray:
    """What of a product is seen over its box, [h, w]."""
    x0, y0, x1, y1 = box
    _border(camera, box)
    product = {obj for obj in family(root) if obj.type in {"MESH", "CURVE"}}
    visible = engine.object_alpha(product, 8, 1.0)[y0:y1, x0:x1]
    bpy.context.scene.render.use_border = False
    return visible


def _shoot(
    random: np.random.Generator,
    root: bpy.types.Object,
    kind: str,
    room: Room,
    box: tuple[int, int, int, int],
    visible: np.ndarray,
) -> dict[str, np.ndarray] | None:
    """Studio photo and coverages of a product that stands in the room; None if it is hidden."""
    x0, y0, x1, y1 = box
    solid = None
    product = {obj for obj in family(root) if obj.type in {"MESH", "CURVE"}}
    part = np.s_[y0:y1, x0:x1]
    _border(room.camera, box)
    points = points_of(family(root))
    if kind in flat.FRONTS:
        bpy.context.scene.render.use_border = False
        front = flat.frontal(kind, root, points)
        engine.set_camera(front)
        photo = flat.laid(
            studio.shoot(random, product, points)[0],
            flat.corners(kind, root, points, front),
            flat.corners(kind, root, points, room.camera),
            (room.camera.height, room.camera.width),
        )[part]
        engine.set_camera(room.camera)
    else:
        photo, solid = (frame[part] for frame in studio.shoot(random, product, points, clay=True))
    bpy.context.scene.render.use_border = False
    alpha = np.clip(photo[..., 3], 0, 1)
    if visible.sum() < 0.6 * alpha.sum() or alpha.sum() < 40:
        return None
    rgb = photo[..., :3] / np.maximum(alpha, 1e-3)[..., None] * (alpha > 0.02)[..., None]
    shot = {
        "box": np.array(box),
        "photo": _half(rgb),
        "alpha": np.round(alpha * 255).astype(np.uint8),
        "visible": np.round(visible * 255).astype(np.uint8),
    }
    return shot if solid is None else shot | {"solid": _half(solid)}


def _border(camera, box: tuple[int, int, int, int]) -> None:
    render = bpy.context.scene.render
    x0, y0, x1, y1 = box
    render.use_border, render.use_crop_to_border = True, False
    render.border_min_x, render.border_max_x = x0 / camera.width, x1 / camera.width
    render.border_min_y, render.border_max_y = 1 - y1 / camera.height, 1 - y0 / camera.height


def _half(values: np.ndarray) -> np.ndarray:
    return np.minimum(values, 60000).astype(np.float16)


def main() -> None:
    """Parse the command line and render."""
    parser = numbered.arguments(__doc__.split("\n")[0])
    parser.add_argument("--samples", type=int, default=10, help="per pixel")
    parser.add_argument("--products", type=int, default=2, help="in a room, one after the other")
    parser.add_argument("--standing", action="store_true", help="no rugs and pictures")
    parser.add_argument("--together", action="store_true", help="all products in one frame")
    arguments = parser.parse_args()
    kinds = STANDING if arguments.standing else KINDS

    def render(number: int) -> dict[str, np.ndarray] | None:
        together, products = arguments.together, arguments.products
        return render_room(number, arguments.assets, arguments.samples, products, kinds, together)

    def told(frames: dict[str, np.ndarray]) -> str:
        return ", ".join(json.loads(frames["about"].tobytes())["kinds"])

    render_each(arguments.out, numbered.numbers(arguments), render, told)


if __name__ == "__main__":
    main()
