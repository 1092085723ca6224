"""Rooms made up at random: shell, floor, windows, lamps, furniture, camera."""

from __future__ import annotations

import itertools
import math
import os
from dataclasses import dataclass, replace

import bpy
import furniture
import numpy as np
import placing

import engine
import materials
import props
import room as shells
from specs import Camera, Item, Look, Room, Window

Random = np.random.Generator
HDRIS = ("kiara_1_dawn_1k", "lebombo_1k", "rooitou_park_1k", "venice_sunset_1k")
FLOOR_SCANS = ("brown_floor_tiles", "wood_floor")


@dataclass(frozen=True)
class Light:
    """What lights a room, drawn first since exposure and windows depend on it."""

    daylight: bool
    sun: bool
    lamps: bool
    dusk: bool
    staged: bool  # as people photograph: the place in the middle, a wide window beside it


def draw_light(random: Random) -> Light:
    """Daylight in four rooms of five, a third of them with sun; lamps at night and some by day."""
    kind = random.choice(["sky", "sun", "night", "dusk", "mixed"], p=[0.24, 0.24, 0.22, 0.12, 0.18])
    return Light(
        kind in {"sky", "sun", "mixed", "dusk"},
        kind == "sun",
        kind in {"night", "dusk", "mixed"},
        kind == "dusk",
        bool(random.random() < 0.8),
    )


def draw(random: Random, light: Light, unseen: float = 0.0) -> Room:
    """Shell, windows, sun and camera; in a share `unseen` of them the camera misses the window."""
    width, depth = random.uniform(3.2, 6.2), random.uniform(3.6, 6.0)
    height = random.uniform(2.4, 3.0)
    camera = _camera(random, width, depth)
    windows = (
        _windows(random, light, width, depth, height)
        if light.daylight or random.random() < 0.4
        else ()
    )
    if windows and unseen and random.random() < unseen:
        windows = _out_of_sight(random, windows, width)
    sun = _sun(random, windows) if light.sun and windows else None
    wall = _wall_colour(random)
    colours = {"*": wall}
    for name in "LRB":
        if random.random() < 0.25:
            colours[name] = _wall_colour(random)
    view = {
        "hdri": str(random.choice(HDRIS)),
        "strength": random.uniform(6, 22),
        "turn": random.uniform(0, 360),
    }
    if not light.daylight:
        view = None
    elif light.dusk:
        view = {**view, "strength": random.uniform(0.1, 1.5), "tint": (0.45, 0.62, 1.0)}
    return Room(
        width,
        depth,
        height,
        camera,
        Look(1.0),
        {"kind": "none"},
        colours,
        windows,
        (),
        view=view,
        sun=sun,
        skirting=random.uniform(0.05, 0.15),
        cornice=bool(random.random() < 0.25),
        ceiling=(0.94, 0.94, 0.93) if random.random() < 0.8 else _wall_colour(random),
    )


def _camera(random: Random, width: float, depth: float) -> Camera:
    frame = ((144, 96), (144, 108), (144, 81), (102, 144))
    size = frame[random.choice(4, p=[0.6, 0.2, 0.12, 0.08])]
    eye = random.uniform(1.0, 1.7)
    x, y = random.uniform(0.25, 0.75) * width, random.uniform(0.2, 0.6)
    level = random.random() < 0.45
    target = (
        random.uniform(0.15, 0.85) * width,
        random.uniform(0.65, 1.0) * depth,
        eye if level else random.uniform(0.35, 1.1),
    )
    lens = random.uniform(20, 34) * (0.72 if size[1] > size[0] else 1)
    shift = random.uniform(-0.1, -0.02) if level else 0.0
    return Camera((x, y, eye), target, lens, *size, shift_y=shift)


def aim(random: Random, room: Room, low: np.ndarray, high: np.ndarray) -> Camera:
    """The camera of somebody who photographs the place of a piece, given by its extent."""
    eye = random.uniform(1.15, 1.7)
    position = (random.uniform(0.33, 0.67) * room.width, random.uniform(0.3, 0.75), eye)
    level = random.random() < 0.2
    x, y = (float(v) for v in (low + high)[:2] / 2)
    if high[2] < 0.1:  # a rug needs all of the frame's depth
        position = (x + random.uniform(-0.5, 0.5), 0.25, random.uniform(1.5, 1.8))
        target = (x + random.uniform(-0.2, 0.2), y, random.uniform(0.0, 0.3))
        return Camera(position, target, random.uniform(22, 27), 144, 96)
    target = (
        x + random.uniform(-0.5, 0.5),
        y + random.uniform(0.0, 0.5),
        eye if level else random.uniform(0.35, 1.0) + 0.4 * max(0.0, float(low[2]) - 0.6),
    )
    shift = random.uniform(-0.12, -0.05) if level else 0.0
    away = math.dist((x, y), position[:2])
    lens = random.uniform(25, 34) * min(1.5, max(1.0, away / 3.0))
    return Camera(position, target, lens, 144, 96, shift_y=shift)


def _wall_colour(random: Random) -> tuple[float, float, float]:
    if random.random() < 0.55:
        level = random.uniform(0.78, 0.94)
        return tuple(
            float(c)
            for c in np.clip(
                level * np.array([1.0, 0.985, 0.955]) ** random.uniform(-0.4, 1.6), 0, 0.96
            )
        )
    return furniture.paint(random)


def _windows(
    random: Random, light: Light, width: float, depth: float, height: float
) -> tuple[Window, ...]:
    found = []
    walls = random.permutation(list("LRB"))[: random.choice([1, 2], p=[0.75, 0.25])]
    if light.staged:
        walls = random.choice(["L", "R", "B"], p=[0.4, 0.4, 0.2], size=1)
    watts = random.uniform(50, 170) * (0.12 if light.dusk else 1.0) if light.daylight else 0.0
    kelvin = random.uniform(6000, 9500)
    for wall in walls:
        length = depth if wall in "LR" else width
        count = int(random.choice([1, 2], p=[0.7, 0.3])) if length > 3.4 else 1
        if light.staged:
            count = 1
        sill = float(random.choice([0.08, random.uniform(0.3, 1.0)]))
        head = min(height - 0.2, random.uniform(2.0, 2.5))
        edges = np.linspace(0.35 if wall == "B" else 0.8, length - 0.35, count + 1)
        for a, b in itertools.pairwise(edges):
            span = min(b - a - 0.3, random.uniform(0.8, 2.2))
            start = random.uniform(a + 0.1, b - 0.1 - span)
            if light.staged:
                span = min(length - 1.6, random.uniform(1.1, 2.4))
                start = random.uniform(1.2 if wall in "LR" else 0.4, length - 0.3 - span)
            drapes = (
                {"colour": furniture.paint(random), "wide": 0.35, "through": 0.2}
                if random.random() < 0.3
                else None
            )
            found.append(
                Window(
                    str(wall),
                    start,
                    start + span,
                    sill,
                    head,
                    int(random.integers(1, 4)),
                    int(random.integers(1, 4)),
                    watts,
                    kelvin,
                    drapes=drapes,
                )
            )
    return tuple(found)


def _out_of_sight(random: Random, windows: tuple[Window, ...], width: float) -> tuple[Window, ...]:
    """The first window beside or behind the camera; the others where that leaves them room."""
    first, wall = windows[0], str(random.choice(["L", "R", "F"], p=[0.4, 0.4, 0.2]))
    span = min(first.end - first.start, width - 0.5)
    start = random.uniform(0.1, 1.0) if wall in "LR" else random.uniform(0.2, width - 0.2 - span)
    moved = replace(first, wall=wall, start=start, end=start + span)
    return moved, *(window for window in windows[1:] if window.wall != wall)


def _sun(random: Random, windows: tuple[Window, ...]) -> dict:
    wall = windows[0].wall
    inward = {"L": (1, 0), "R": (-1, 0), "B": (0, -1), "F": (0, 1)}[wall]
    turn = math.radians(random.uniform(-50, 50))
    x = inward[0] * math.cos(turn) - inward[1] * math.sin(turn)
    y = inward[0] * math.sin(turn) + inward[1] * math.cos(turn)
    z = -random.uniform(0.35, 1.1)
    return {
        "direction": (x, y, z),
        "strength": random.uniform(20, 160),
        "kelvin": random.uniform(4000, 5600),
        "size_deg": float(random.choice([0.55, random.uniform(1, 5)])),
    }


def build(
    random: Random, room: Room, light: Light, assets: str
) -> list[tuple[float, float, float, float]]:
    """Lamps and furniture into an empty scene; footprints of what stands on the floor."""
    wood = os.path.join(assets, "tex", props.WOOD_FILE)
    shells.floor_material = lambda _room, _assets: floor(random, assets)
    shells.build(room, assets)
    taken = []
    if light.lamps:
        taken += lamps(random, room, assets)
    for _ in range(int(random.integers(0, 6))):
        root = placing.piece(random, assets, wood)
        spot = placing.stand(random, root, room, taken, tries=12)
        if spot is None:
            placing.remove(root)
        else:
            taken.append(spot)
    if random.random() < 0.55:
        placing.hang(random, room, assets)
    if random.random() < 0.2:
        placing.lay_rug(random, room, assets)
    return taken


def floor(random: Random, assets: str) -> bpy.types.Material:
    """Planks, tiles, carpet, screed or a scan, matt to polished."""
    kind = random.choice(["brick", "plain", "scan"], p=[0.5, 0.2, 0.3])
    if kind == "scan":
        name = str(random.choice(FLOOR_SCANS))
        files = (f"{name}_diff.jpg", f"{name}_rough.jpg", f"{name}_nor_gl.jpg")
        shade = random.uniform(0.6, 1.0)
        return materials.photographed(
            "floor",
            os.path.join(assets, "tex"),
            files,
            random.uniform(1.5, 2.4),
            float(random.choice([0, math.pi / 2])),
            (shade, shade * 0.98, shade * 0.96),
            (random.uniform(0.1, 0.35), random.uniform(0.6, 0.95)),
        )
    colour = _floor_colour(random)
    rough = float(
        random.choice(
            [random.uniform(0.06, 0.2), random.uniform(0.25, 0.5), random.uniform(0.6, 0.95)]
        )
    )
    build = materials.Builder("floor", colour, rough, specular=0.5 if rough < 0.6 else 0.2)
    if kind == "plain":
        return build.material
    planks = random.random() < 0.6
    build.map_uv(
        1.0, float(random.choice([0, math.pi / 2, random.uniform(0, 1.5)], p=[0.45, 0.45, 0.1]))
    )
    node = build.node("ShaderNodeTexBrick")
    build.link(build.mapping.outputs[0], node.inputs["Vector"])
    size = (
        (random.uniform(0.8, 1.6), random.uniform(0.09, 0.2))
        if planks
        else (random.uniform(0.3, 0.9),) * 2
    )
    node.offset = 0.37 if planks else float(random.choice([0, 0.5]))
    vary = random.uniform(0.02, 0.25) if planks else random.uniform(0.0, 0.06)
    for name, factor in (("Color1", 1 + vary), ("Color2", 1 - vary)):
        node.inputs[name].default_value = materials.linear(
            tuple(min(1, c * factor) for c in colour)
        )
    node.inputs["Mortar"].default_value = materials.linear(
        tuple(c * random.uniform(0.5, 1.0) for c in colour)
    )
    node.inputs["Scale"].default_value = 1.0
    node.inputs["Brick Width"].default_value, node.inputs["Row Height"].default_value = size
    node.inputs["Mortar Size"].default_value = 0.002 if planks else 0.004
    build.link(node.outputs["Color"], "Base Color")
    return build.material


def _floor_colour(random: Random) -> tuple[float, float, float]:
    if random.random() < 0.6:
        level = random.uniform(0.2, 0.8)
        return tuple(
            float(c)
            for c in np.clip(
                level * np.array([1.15, 0.92, 0.7]) ** random.uniform(0.2, 1.2), 0.02, 0.95
            )
        )
    level = random.uniform(0.15, 0.92)
    return tuple(float(c) for c in np.clip(level * (1 + 0.04 * random.normal(0, 1, 3)), 0.02, 0.95))


def lamps(random: Random, room: Room, assets: str) -> list[tuple[float, float, float, float]]:
    """Floor lamps, pendants or downlights that are on."""
    taken, kelvin = [], random.uniform(2500, 3400)
    kind = random.choice(["floor", "pendant", "down", "floor+pendant"], p=[0.4, 0.2, 0.2, 0.2])
    if "floor" in kind:
        for _ in range(int(random.integers(1, 3))):
            x = float(
                random.choice([random.uniform(0.3, 0.9), room.width - random.uniform(0.3, 0.9)])
            )
            y = random.uniform(0.45 * room.depth, room.depth - 0.35)
            _floor_lamp(random, (x, y, 0.0), kelvin, assets)
            taken.append((x - 0.25, y - 0.25, x + 0.25, y + 0.25))
    if "pendant" in kind:
        x, y = random.uniform(0.25, 0.75) * room.width, random.uniform(0.4, 0.85) * room.depth
        high = random.uniform(1.5, room.height - 0.3)
        _pendant(random, room, (x, y, high), kelvin, assets)
    if kind == "down":
        for x in np.linspace(0.25, 0.75, int(random.integers(1, 4))) * room.width:
            for y in np.linspace(0.3, 0.8, 2) * room.depth:
                engine.area_light(
                    (x, y, room.height - 0.02),
                    (x, y, 0),
                    (0.12, 0.12),
                    random.uniform(12, 30),
                    kelvin,
                )
    return taken


def lamp_beside(
    random: Random,
    room: Room,
    taken: list[placing.Footprint],
    low: np.ndarray,
    high: np.ndarray,
    assets: str,
) -> None:
    """A lamp that is on near a piece, given by its extent: what lights the wall may not light it.

    Over what stands on a table hangs a pendant; what stands on the floor has a floor lamp to its
    left or right, a little before or behind it, or a pendant over it. A floor lamp takes its place.
    """
    kelvin = random.uniform(2500, 3400)
    middle, reach = (low + high)[:2] / 2, float((high - low)[:2].max()) / 2
    if low[2] > 0.2 or random.random() < 0.3:
        x, y = middle + random.uniform(-0.6, 0.6, 2)
        least = float(high[2]) + 0.3
        x, y = np.clip([x, y], 0.3, [room.width - 0.3, room.depth - 0.3])
        if least < room.height - 0.3:
            tall = random.uniform(least, room.height - 0.25)
            _pendant(random, room, (float(x), float(y), float(tall)), kelvin, assets)
        return
    for _ in range(12):
        side = random.choice([-1, 1]) * (reach + random.uniform(0.25, 1.0))
        x, y = middle[0] + side, middle[1] + random.uniform(-0.4, 1.0)
        spot = float(x) - 0.2, float(y) - 0.2, float(x) + 0.2, float(y) + 0.2
        inside = 0.25 < x < room.width - 0.25 and 0.8 < y < room.depth - 0.25
        if inside and placing.is_free(spot, taken):
            _floor_lamp(random, (float(x), float(y), 0.0), kelvin, assets)
            taken.append(spot)
            return


def _floor_lamp(random: Random, at: tuple[float, float, float], kelvin: float, assets: str) -> None:
    options = {
        "watts": random.uniform(20, 60),
        "kelvin": kelvin,
        "tall": random.uniform(1.2, 1.7),
        "radius": random.uniform(0.15, 0.25),
    }
    props.place(Item("lamp", at, options=options), assets)


def _pendant(
    random: Random, room: Room, at: tuple[float, float, float], kelvin: float, assets: str
) -> None:
    options = {
        "drop": room.height - at[2],
        "kelvin": kelvin,
        "emit": 2.0,
        "radius": random.uniform(0.08, 0.2),
    }
    props.place(Item("pendant", at, options=options), assets)
    engine.point_light((at[0], at[1], at[2] - 0.25), random.uniform(40, 120), kelvin, 0.12)
