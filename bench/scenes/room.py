"""Builds a room from its spec: shell, windows, mouldings, drapes, light and furniture."""

from __future__ import annotations

import itertools
import math
import os

import bpy
import numpy as np

import engine
import materials
import props
from geometry import Vec3, box, group, mesh
from specs import Item, Room, Window

THICK = 0.26  # of the walls
FRAME_AT = 0.13  # depth of the window frame behind the wall's face


class Wall:
    """Coordinates of one wall: u along it, `out` behind its face, v up."""

    def __init__(self, name: str, room: Room) -> None:
        self.name, self.room = name, room
        self.length = room.depth if name in "LR" else room.width

    def point(self, u: float, out: float, v: float) -> Vec3:
        """World position."""
        return {
            "L": (-out, u, v),
            "R": (self.room.width + out, u, v),
            "B": (u, self.room.depth + out, v),
            "F": (u, -out, v),
        }[self.name]

    def box(
        self, low: Vec3, high: Vec3, material: bpy.types.Material, bevel: float = 0.0
    ) -> bpy.types.Object:
        """A box given by two (u, out, v) corners."""
        return box(self.point(*low), self.point(*high), material, bevel)

    def item(self, u: float, v: float, **fields: object) -> Item:
        """An item whose back is on this wall."""
        turn = {"B": 0, "R": -90, "F": 180, "L": 90}[self.name]
        return Item(at=self.point(u, 0, v), turn=turn, **fields)


def build(room: Room, assets: str) -> None:
    """Everything in the room, its light and its camera, into the current scene."""
    _floor_and_ceiling(room, assets)
    trim = materials.plain("trim", room.trim, 0.38)
    normal = os.path.join(assets, "dtex", "gypsum_normal.jpg")
    for name in "LRBF":
        wall = Wall(name, room)
        colour = room.wall_colours.get(name, room.wall_colours["*"])
        paint = materials.wall_paint("wall" + name, colour, normal)
        windows = [window for window in room.windows if window.wall == name]
        _wall_mesh(wall, windows, paint)
        _skirting(wall, room, trim)
        if room.cornice:
            _cornice(wall, room, trim)
        if name in room.panels:
            _panels(wall, room.panels[name], room, materials.wall_paint("moulding", colour, None))
        for window in windows:
            _window(wall, window, trim)
    for item in room.items:
        props.place(item, assets)
    _light(room, assets)
    engine.set_camera(room.camera)


def _floor_and_ceiling(room: Room, assets: str) -> None:
    """Two planes that run under and over the walls."""
    width, depth, edge = room.width, room.depth, THICK
    corners = [
        (-edge, -edge),
        (width + edge, -edge),
        (width + edge, depth + edge),
        (-edge, depth + edge),
    ]
    mesh("floor", [(*c, 0) for c in corners], [(0, 1, 2, 3)], floor_material(room, assets), corners)
    mesh(
        "ceiling",
        [(*c, room.height) for c in corners],
        [(3, 2, 1, 0)],
        materials.wall_paint("ceiling", room.ceiling, None),
        corners,
    )


def floor_material(room: Room, assets: str) -> bpy.types.Material:
    """Parquet or a scanned floor, from the spec."""
    options = dict(room.floor)
    kind, folder = options.pop("kind"), os.path.join(assets, "tex")
    if kind == "parquet":
        return materials.parquet(os.path.join(folder, props.WOOD_FILE), **options)
    return materials.photographed("floor", folder, **options)


def _wall_mesh(wall: Wall, windows: list[Window], paint: bpy.types.Material) -> None:
    """Both faces of a wall around its openings, and the reveals."""
    us = sorted({0.0, wall.length, *(u for w in windows for u in (w.start, w.end))})
    vs = sorted({0.0, wall.room.height, *(v for w in windows for v in (w.sill, w.head))})
    vertices, faces, uvs = [], [], []

    def quad(points: list[Vec3], flat: list[tuple[float, float]]) -> None:
        faces.append(tuple(range(len(vertices), len(vertices) + 4)))
        vertices.extend(wall.point(*p) for p in points)
        uvs.extend(flat)

    for u0, u1 in itertools.pairwise(us):
        for v0, v1 in itertools.pairwise(vs):
            if any(
                w.start <= u0 and u1 <= w.end and w.sill <= v0 and v1 <= w.head for w in windows
            ):
                continue
            flat = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
            for out in (0, THICK):
                quad([(u, out, v) for u, v in flat], flat)
    for w in windows:
        ring = [(w.start, w.sill), (w.end, w.sill), (w.end, w.head), (w.start, w.head)]
        for (ua, va), (ub, vb) in zip(ring, ring[1:] + ring[:1], strict=True):
            quad(
                [(ua, 0, va), (ub, 0, vb), (ub, THICK, vb), (ua, THICK, va)],
                [(0, 0), (1, 0), (1, THICK), (0, THICK)],
            )
    mesh("wall" + wall.name, vertices, faces, paint, uvs)


def _skirting(wall: Wall, room: Room, trim: bpy.types.Material) -> None:
    """A board with a bead on top, broken where a window reaches the floor."""
    gaps = [
        (w.start, w.end) for w in room.windows if w.wall == wall.name and w.sill < room.skirting
    ]
    edges = [0.0, *(u for gap in sorted(gaps) for u in gap), wall.length]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        wall.box((start, 0, 0), (end, -0.016, room.skirting - 0.02), trim, 0.003)
        wall.box((start, 0, room.skirting - 0.02), (end, -0.010, room.skirting), trim, 0.005)


def _cornice(wall: Wall, room: Room, trim: bpy.types.Material) -> None:
    """Two steps under the ceiling."""
    top = room.height
    wall.box((0, 0, top - 0.05), (wall.length, -0.10, top), trim, 0.02)
    wall.box((0, 0, top - 0.11), (wall.length, -0.05, top - 0.05), trim, 0.02)


def _panels(
    wall: Wall, spans: list[tuple[float, float]], room: Room, paint: bpy.types.Material
) -> None:
    """Tall framed panels over low ones, with a rail between."""
    dado = 0.82
    turn = {"L": math.pi / 2, "R": -math.pi / 2}.get(wall.name, 0.0)
    for span in spans:
        across = span if wall.name != "R" else (-span[1], -span[0])
        for low, high in [(room.skirting + 0.10, dado - 0.08), (dado + 0.10, room.height - 0.3)]:
            root = group(wall.point(0, 0, 0))
            root.rotation_euler[2] = turn
            props.panel_frame(root, across, (low, high), 0.0, paint)
    wall.box((0.0, 0.0, dado - 0.015), (wall.length, -0.018, dado + 0.02), paint, 0.006)


def _window(wall: Wall, window: Window, trim: bpy.types.Material) -> None:
    """Frame, casements, sill, architrave, drapes, railing and the light that comes in."""
    _frame(wall, window, trim)
    if window.sill > 0.25:
        wall.box(
            (window.start - 0.06, FRAME_AT, window.sill - 0.02),
            (window.end + 0.06, -0.06, window.sill + 0.012),
            trim,
            0.006,
        )
    if window.casing:
        _casing(wall, window, trim)
    if window.drapes:
        _drapes(wall, window)
    if window.railing:
        _railing(wall, window)
    if window.watts:
        middle = ((window.start + window.end) / 2, (window.sill + window.head) / 2)
        size = (window.end - window.start, window.head - window.sill)
        engine.area_light(
            wall.point(middle[0], THICK + 0.03, middle[1]),
            wall.point(middle[0], -1, middle[1]),
            size,
            window.watts * size[0] * size[1],
            window.kelvin,
        )


def _frame(wall: Wall, window: Window, trim: bpy.types.Material) -> None:
    """Outer frame, one casement per column, glazing bars between rows."""
    outer, sash = 0.035, 0.045
    near, far = FRAME_AT, FRAME_AT + 0.06

    def bar(u0: float, u1: float, v0: float, v1: float, inset: float = 0.0) -> None:
        wall.box((u0, near + inset, v0), (u1, far - inset, v1), trim, 0.004)

    def ring(u0: float, u1: float, v0: float, v1: float, wide: float, inset: float) -> None:
        bar(u0, u1, v0, v0 + wide, inset)
        bar(u0, u1, v1 - wide, v1, inset)
        bar(u0, u0 + wide, v0 + wide, v1 - wide, inset)
        bar(u1 - wide, u1, v0 + wide, v1 - wide, inset)

    ring(window.start, window.end, window.sill, window.head, outer, -0.008)
    low, high = window.sill + outer, window.head - outer
    edges = np.linspace(window.start + outer, window.end - outer, window.columns + 1)
    rows = np.linspace(low, high, window.rows + 1)
    for u0, u1 in itertools.pairwise(edges):
        ring(u0 + 0.002, u1 - 0.002, low, high, sash, 0.0)
        for v in rows[1:-1]:
            bar(u0 + sash, u1 - sash, v - 0.012, v + 0.012, 0.014)
    metal = materials.plain("window_handle", (0.75, 0.73, 0.70), 0.3, metallic=1.0)
    handle = max(low + 0.25, min(high - 0.3, 1.1))
    for u in edges[1:-1]:
        wall.box((u + 0.012, near, handle), (u + 0.030, near - 0.010, handle + 0.07), metal, 0.003)
        wall.box(
            (u + 0.014, near - 0.035, handle + 0.05),
            (u + 0.028, near - 0.022, handle - 0.06),
            metal,
            0.005,
        )
        wall.box(
            (u + 0.014, near, handle + 0.035),
            (u + 0.028, near - 0.035, handle + 0.05),
            metal,
            0.003,
        )


def _casing(wall: Wall, window: Window, trim: bpy.types.Material) -> None:
    """Architrave round the opening."""
    wide = window.casing
    foot = window.sill if window.sill > 0.25 else 0.0
    for u in (window.start - wide, window.end):
        wall.box((u, 0.002, foot), (u + wide, -0.018, window.head + wide), trim, 0.006)
    wall.box(
        (window.start, 0.002, window.head), (window.end, -0.018, window.head + wide), trim, 0.006
    )


def _drapes(wall: Wall, window: Window) -> None:
    """Two gathered curtains on a rod."""
    options = window.drapes
    fabric = materials.cloth("drape", options["colour"], 0.4, options.get("through", 0.35))
    wide, top = options.get("wide", 0.45), window.head + 0.17
    for number, start in enumerate((window.start - 0.25, window.end + 0.25 - wide)):
        _curtain(wall, start, wide, top - 0.02, options.get("foot", 0.015), fabric, number)
    rod = materials.plain("rod", options.get("rod", (0.10, 0.09, 0.08)), 0.35, metallic=0.7)
    wall.box(
        (window.start - 0.40, -0.085, top), (window.end + 0.40, -0.105, top + 0.02), rod, 0.009
    )
    for u in (window.start - 0.36, window.end + 0.36):
        wall.box((u - 0.008, 0.002, top + 0.002), (u + 0.008, -0.1, top + 0.018), rod, 0.004)


def _curtain(
    wall: Wall,
    start: float,
    wide: float,
    top: float,
    foot: float,
    fabric: bpy.types.Material,
    seed: int,
) -> None:
    """A sheet with folds that loosen on their way down."""
    random = np.random.default_rng(31 + seed)
    across, down, folds = 160, 14, wide / 0.085
    phase, wobble = random.uniform(0, 6), random.normal(0, 1, 4)
    vertices, uvs, faces = [], [], []
    for i in range(across + 1):
        t = i / across
        bend = t + 0.018 * math.sin(9 * t + wobble[0]) + 0.01 * math.sin(23 * t + wobble[1])
        wave = 2 * math.pi * folds * bend + phase
        for j in range(down + 1):
            s = j / down
            depth = (0.020 + 0.018 * s) * math.sin(wave + 0.35 * s * math.sin(5 * t + wobble[2]))
            depth += 0.010 * s * math.sin(17 * t + wobble[3])
            u = start + wide * (t + 0.02 * s * math.sin(6 * t + wobble[2]))
            vertices.append(wall.point(u, -0.095 + depth, top + (foot - top) * s))
            uvs.append((t * wide * 2, (1 - s) * (top - foot)))
    for i in range(across):
        for j in range(down):
            a = i * (down + 1) + j
            faces.append((a, a + down + 1, a + down + 2, a + 1))
    mesh("curtain", vertices, faces, fabric, uvs, smooth=True)


def _railing(wall: Wall, window: Window) -> None:
    """Bars before a window that opens to the floor."""
    iron = materials.plain("iron", (0.07, 0.07, 0.075), 0.5)
    out, low, high = THICK + 0.07, window.sill + 0.08, window.sill + 0.95
    for v in (low, high):
        wall.box((window.start - 0.1, out, v), (window.end + 0.1, out + 0.03, v + 0.03), iron)
    count = int((window.end - window.start + 0.2) / 0.11)
    for number in range(count + 1):
        u = window.start - 0.1 + number * (window.end - window.start + 0.2) / count
        wall.box((u - 0.006, out + 0.009, low), (u + 0.006, out + 0.021, high), iron)


def _light(room: Room, assets: str) -> None:
    """The view outside, the sun and extra lights."""
    if room.view:
        path = os.path.join(assets, "hdri", room.view["hdri"] + ".hdr")
        engine.world_view(
            path,
            room.view["strength"],
            room.view.get("turn", 0.0),
            room.view.get("tint", (1.0, 1.0, 1.0)),
        )
    else:
        engine.world_colour((0.01, 0.012, 0.02), 1.0)
    if room.sun:
        engine.sun_light(**room.sun)
    for light in room.lights:
        engine.area_light(**light)
