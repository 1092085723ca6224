"""Puts furniture, pictures and rugs into a room at random places."""

from __future__ import annotations

import bpy
import furniture
import numpy as np

import materials
import props
import room as shells
from geometry import family, group, mesh
from models import points_of
from specs import Item, Room

Random = np.random.Generator
Footprint = tuple[float, float, float, float]  # least x and y, greatest x and y
MODELS = (  # of the CC0 models; what the benchmark's dev set stages is left out
    "brass_pot_01",
    "chinese_stool",
    "dining_chair_02",
    "modern_coffee_table_02",
    "modern_wooden_cabinet",
    "potted_plant_04",
    "round_wooden_table_01",
    "steel_frame_shelves_02",
    "wooden_table_02",
)


def piece(random: Random, assets: str, wood: str) -> bpy.types.Object:
    """A standing piece: made up, or one of the models."""
    if random.random() < 0.72:
        return furniture.standing(random, wood)
    name = str(random.choice(MODELS))
    scale = {"potted_plant_04": 2.6, "brass_pot_01": 1.6}.get(name, 1.0) * random.uniform(0.8, 1.15)
    return props.place(Item("model:" + name, turn=random.uniform(-60, 60), scale=scale), assets)


def extent(root: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner of an object and all that hangs on it."""
    bpy.context.view_layer.update()
    points = points_of(family(root))
    return points.min(0), points.max(0)


def is_free(spot: Footprint, taken: list[Footprint]) -> bool:
    """Whether nothing stands there yet."""
    return not any(
        spot[0] < t[2] and t[0] < spot[2] and spot[1] < t[3] and t[1] < spot[3] for t in taken
    )


def stand(
    random: Random,
    root: bpy.types.Object,
    room: Room,
    taken: list,
    tries: int = 30,
    ahead: float = 1.3,
) -> tuple[float, float, float, float] | None:
    """Move a piece to a free spot; along a wall in every second try."""
    low, high = extent(root)
    half = (high - low)[:2] / 2
    middle = (high + low)[:2] / 2 - np.array(root.location)[:2]
    for attempt in range(tries):
        free = (room.width - 2 * half[0], room.depth - ahead - 2 * half[1])
        if min(free) <= 0.05:
            return None
        x = half[0] + 0.02 + random.random() * (free[0] - 0.04)
        y = ahead + half[1] + random.random() * (free[1] - 0.04)
        if attempt % 2 == 0:
            side = random.choice(["B", "L", "R"], p=[0.6, 0.2, 0.2])
            gap = 0.03 + 0.1 * random.random() ** 2
            x, y = {
                "B": (x, room.depth - half[1] - gap),
                "L": (half[0] + gap, y),
                "R": (room.width - half[0] - gap, y),
            }[side]
        spot = (x - half[0], y - half[1], x + half[0], y + half[1])
        if is_free(spot, taken):
            root.location = (x - middle[0], y - middle[1], root.location[2] - float(low[2]))
            bpy.context.view_layer.update()
            return spot
    return None


def table(random: Random, room: Room, taken: list, wood: str) -> tuple | None:
    """A table that things can stand on: its footprint and the height of its top."""
    if random.random() > 0.55:
        return None
    builder = furniture.table if random.random() < 0.6 else furniture.cabinet
    root = builder(random, wood)
    low, high = extent(root)
    if high[2] - low[2] > 1.1:
        remove(root)
        return None
    spot = stand(random, root, room, taken)
    if spot is None:
        remove(root)
        return None
    taken.append(spot)
    return spot, float(extent(root)[1][2])


def hang(random: Random, room: Room, assets: str) -> bpy.types.Object:
    """A picture on a wall."""
    name = str(random.choice(list("BLR"), p=[0.5, 0.25, 0.25]))
    wall = shells.Wall(name, room)
    windows = [w for w in room.windows if w.wall == name]
    size = (random.uniform(0.4, 1.3), random.uniform(0.4, 1.1))
    for _ in range(20):
        u = random.uniform(
            size[0] / 2 + 0.1 + (1.0 if name in "LR" else 0), wall.length - size[0] / 2 - 0.1
        )
        if not any(
            w.start - 0.2 < u + size[0] / 2 and u - size[0] / 2 < w.end + 0.2 for w in windows
        ):
            break
    palette = [tuple(int(255 * c) for c in furniture.paint(random)) for _ in range(5)]
    options = {
        "size": size,
        "art": str(random.choice(["hills", "shapes"])),
        "palette": palette,
        "seed": int(random.integers(1000)),
        "frame": (random.uniform(0.2, 1.2),) * 3,
    }
    return props.place(
        wall.item(u, random.uniform(1.3, 1.75), kind="picture", options=options), assets
    )


def lay_rug(random: Random, room: Room, assets: str) -> bpy.types.Object:
    """A flat rug, patterned with bands."""
    w, long = random.uniform(1.0, 2.2), random.uniform(1.2, 2.6)
    x = random.uniform(w / 2, max(w / 2 + 0.1, room.width - w / 2))
    nearest = 1.7 + long / 2
    y = random.uniform(nearest, max(nearest + 0.1, room.depth - long / 2))
    root = group((x, y, 0.001), random.uniform(-20, 20))
    build = materials.Builder(
        "rug",
        furniture.paint(random),
        random.uniform(0.85, 1.0),
        specular=random.uniform(0.05, 0.25),
        sheen=random.uniform(0.0, 0.3),
    )
    build.map_uv(random.uniform(0.2, 0.6), random.uniform(0, 1.5))
    node = build.node("ShaderNodeTexBrick")
    build.link(build.mapping.outputs[0], node.inputs["Vector"])
    for name in ("Color1", "Color2", "Mortar"):
        node.inputs[name].default_value = materials.linear(furniture.paint(random))
    build.link(node.outputs["Color"], "Base Color")
    a, b = w / 2, long / 2
    top = [(-a, -b, 0.012), (a, -b, 0.012), (a, b, 0.012), (-a, b, 0.012)]
    mesh("rug", top, [(0, 1, 2, 3)], build.material, [(p[0], p[1]) for p in top], parent=root)
    return root


def remove(root: bpy.types.Object) -> None:
    """Take an object and all that hangs on it out of the scene."""
    for obj in list(family(root)):
        bpy.data.objects.remove(obj, do_unlink=True)
