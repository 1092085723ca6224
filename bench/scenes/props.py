"""Things that stand in rooms: imported models by name and simple pieces built here."""

from __future__ import annotations

import math
import os
from collections.abc import Callable

import bpy
import numpy as np

import engine
import foliage
import materials
import models
import textures
from geometry import box, cylinder, group, lathe, mesh, tube
from specs import Item

Root = bpy.types.Object
WOOD_FILE = "wood_floor_diff.jpg"


def place(item: Item, assets: str) -> Root:
    """Build one item at its place; returns its root."""
    if item.kind.startswith("model:"):
        return models.place_model(item, assets)
    return _BUILDERS[item.kind](item, assets)


def oak(name: str, assets: str, tint: tuple[float, float, float] = (1, 1, 1)) -> bpy.types.Material:
    """Oiled furniture oak."""
    return materials.wood(name, os.path.join(assets, "tex", WOOD_FILE), tint)


def _picture(item: Item, assets: str) -> Root:
    """A framed print with a mount; hangs on a wall behind it (+y), `at` is its centre."""
    width, height = item.options["size"]
    frame = oak("frame", assets, item.options.get("frame", (1, 1, 1)))
    root = group(item.at, item.turn)
    if "tilt" in item.options:
        root.rotation_euler[0] = math.radians(item.options["tilt"])
    edge, depth, mount = 0.022, 0.03, item.options.get("mount", 0.09)
    x, z = width / 2, height / 2
    for low, high in [
        ((-x, -depth, -z), (x, 0, edge - z)),
        ((-x, -depth, z - edge), (x, 0, z)),
        ((-x, -depth, edge - z), (edge - x, 0, z - edge)),
        ((x - edge, -depth, edge - z), (x, 0, z - edge)),
    ]:
        box(low, high, frame, 0.002, root)
    paper = materials.plain("mount", (0.94, 0.93, 0.90), 0.9)
    box((edge - x, -0.012, edge - z), (x - edge, 0, z - edge), paper, 0, root)
    a, c = x - edge - mount, z - edge - mount
    draw = getattr(textures, item.options["art"])
    print_ = materials.art("print", draw(item.options["palette"], item.options["seed"]))
    mesh(
        "print",
        [(-a, -0.013, -c), (a, -0.013, -c), (a, -0.013, c), (-a, -0.013, c)],
        [(0, 1, 2, 3)],
        print_,
        [(0, 0), (1, 0), (1, 1), (0, 1)],
        parent=root,
    )
    return root


def _lamp(item: Item, assets: str) -> Root:
    """Floor or table lamp with a cloth shade; `watts` 0 is off."""
    options = item.options
    root = group(item.at, item.turn, item.scale)
    tall, radius = options.get("tall", 1.5), options.get("radius", 0.21)
    brass = materials.plain("brass", (0.80, 0.62, 0.36), 0.28, metallic=1.0)
    dark = materials.plain("black_metal", (0.06, 0.06, 0.06), 0.4)
    metal = brass if options.get("brass") else dark
    shade_height = radius * 1.35
    if options.get("base") == "ceramic":
        glaze = materials.plain("glaze", options.get("glaze", (0.30, 0.40, 0.42)), 0.25)
        body = tall - shade_height - 0.03
        lathe(
            [
                (0, 0),
                (0.06, 0),
                (0.075, 0.02),
                (0.105, 0.4 * body),
                (0.09, 0.7 * body),
                (0.03, 0.93 * body),
                (0.022, body),
                (0, body),
            ],
            glaze,
            parent=root,
        )
        cylinder(0.008, body, tall - 0.1, metal, parent=root)
    else:
        cylinder(0.14, 0, 0.018, metal, parent=root)
        cylinder(0.009, 0.018, tall - 0.05, metal, parent=root)
    shade = materials.lampshade(options.get("shade", (0.93, 0.87, 0.76)))
    low = tall - shade_height
    lathe(
        [(radius, low), (0.78 * radius, tall), (0.775 * radius, tall), (radius - 0.003, low)],
        shade,
        parent=root,
    )
    if options.get("watts"):
        x, y, z = item.at
        engine.point_light(
            (x, y, z + item.scale * (tall - 0.55 * shade_height)),
            options["watts"],
            options.get("kelvin", 2700),
            0.035,
        )
    return root


def _pendant(item: Item, assets: str) -> Root:
    """Opal glass ball on a cord; `at` is the ball's centre, `drop` the cord."""
    options = item.options
    root, radius = group(item.at), options.get("radius", 0.14)
    glass = materials.Builder("opal", (0.93, 0.92, 0.90), 0.25)
    glass.shader.inputs["Emission Color"].default_value = (
        *engine.planckian(options.get("kelvin", 2700)),
        1,
    )
    glass.shader.inputs["Emission Strength"].default_value = options.get("emit", 0.0)
    arcs = [i * math.pi / 24 for i in range(25)]
    lathe(
        [(radius * math.sin(a), -radius * math.cos(a)) for a in arcs], glass.material, parent=root
    )
    dark = materials.plain("cord", (0.08, 0.08, 0.08), 0.5)
    cylinder(0.03, radius - 0.01, radius + 0.05, dark, parent=root)
    cylinder(0.003, radius, options["drop"], dark, parent=root)
    return root


def _books(item: Item, assets: str) -> Root:
    """A row (or, with `flat`, a stack) of books."""
    random = np.random.default_rng(item.options.get("seed", 0))
    root, run = group(item.at, item.turn), 0.0
    covers = [
        (0.55, 0.20, 0.15),
        (0.16, 0.25, 0.36),
        (0.82, 0.78, 0.68),
        (0.22, 0.33, 0.27),
        (0.80, 0.58, 0.28),
        (0.23, 0.22, 0.23),
        (0.88, 0.86, 0.82),
        (0.62, 0.42, 0.33),
    ]
    paper = materials.plain("paper", (0.90, 0.87, 0.79), 0.9)
    for number in range(item.options.get("count", 8)):
        thick, tall = random.uniform(0.016, 0.042), random.uniform(0.19, 0.27)
        deep = random.uniform(0.14, 0.19)
        cover = materials.plain(f"cover{number}", covers[random.integers(len(covers))], 0.6)
        turn = random.normal(0, 4) if item.options.get("flat") else 0
        book = group((0, 0, run) if item.options.get("flat") else (run, 0, 0), turn)
        book.parent = root
        if item.options.get("flat"):
            book.rotation_euler[1] = -math.pi / 2
            book.location[2] = run
        half = deep / 2
        box((0, -half, 0), (thick, -half + 0.004, tall), cover, 0.0015, book)
        for x in (0, thick - 0.003):
            box((x, -half, 0), (x + 0.003, half, tall), cover, 0.0008, book)
        box(
            (0.003, -half + 0.003, 0.003),
            (thick - 0.003, half - 0.004, tall - 0.003),
            paper,
            0,
            book,
        )
        run += thick + 0.0015
    return root


def _rug(item: Item, assets: str) -> Root:
    """A flat-woven rug, `size` metres."""
    width, length = item.options["size"]
    colour, height = textures.woven_rug(item.options["palette"], item.options.get("seed", 0))
    wool = materials.rug("rug", colour, height)
    root, x, y, top = group(item.at, item.turn), width / 2, length / 2, 0.011
    corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
    mesh(
        "rug",
        [(*c, top) for c in corners],
        [(0, 1, 2, 3)],
        wool,
        [(0, 0), (1, 0), (1, 1), (0, 1)],
        parent=root,
    )
    hem = materials.plain("hem", (0.80, 0.76, 0.68), 0.95)
    box((-x, -y, 0.0005), (x, y, top - 0.0005), hem, 0.004, root)
    return root


def _vase(item: Item, assets: str) -> Root:
    """A stoneware vase with sprigs."""
    options, root = item.options, group(item.at, item.turn, item.scale)
    clay = materials.plain("stoneware", options.get("colour", (0.78, 0.73, 0.66)), 0.55)
    lathe(
        [
            (0, 0),
            (0.05, 0),
            (0.085, 0.05),
            (0.10, 0.12),
            (0.075, 0.2),
            (0.032, 0.245),
            (0.036, 0.27),
            (0.03, 0.27),
            (0.026, 0.245),
        ],
        clay,
        parent=root,
    )
    foliage.bouquet(
        root,
        (0, 0, 0.2),
        options.get("tall", 0.42),
        options.get("seed", 1),
        options.get("stems", 7),
    )
    return root


def _tree(item: Item, assets: str) -> Root:
    """An indoor tree."""
    return foliage.tree(item.at, **item.options)


def _radiator(item: Item, assets: str) -> Root:
    """A column radiator along x, its back at +y, `wide` metres."""
    root = group(item.at, item.turn)
    paint = materials.plain("radiator", (0.91, 0.90, 0.87), 0.35)
    wide, tall = item.options.get("wide", 1.1), item.options.get("tall", 0.6)
    count = round(wide / 0.05)
    for number in range(count):
        x = (number + 0.5) * wide / count - wide / 2
        for y in (-0.10, -0.04):
            box((x - 0.014, y - 0.014, 0.1), (x + 0.014, y + 0.014, 0.1 + tall), paint, 0.012, root)
    for z in (0.1, 0.07 + tall):
        box((-wide / 2, -0.115, z), (wide / 2, -0.025, z + 0.035), paint, 0.012, root)
    for x in (-wide / 2 + 0.06, wide / 2 - 0.06):
        cylinder(0.012, 0, 0.12, paint, (x, -0.07), root)
    return root


def _outlet(item: Item, assets: str) -> Root:
    """A wall socket."""
    root = group(item.at, item.turn)
    plate = materials.plain("plate", (0.93, 0.93, 0.91), 0.35)
    shade = materials.plain("recess", (0.55, 0.55, 0.53), 0.5)
    box((-0.04, -0.010, -0.04), (0.04, 0, 0.04), plate, 0.004, root)
    disc = lathe([(0, 0), (0.019, 0)], shade, (0, -0.0105, 0), root)
    disc.rotation_euler[0] = math.pi / 2
    return root


def _door(item: Item, assets: str) -> Root:
    """A closed two-panel door in its architrave, on a wall at +y; `at` is its foot's middle."""
    root = group(item.at, item.turn)
    paint = materials.plain("door", item.options.get("colour", (0.91, 0.90, 0.87)), 0.35)
    brass = materials.plain("handle", (0.72, 0.58, 0.36), 0.3, metallic=1.0)
    wide, tall, trim = 0.82, 2.05, 0.075
    for x in (-wide / 2 - trim, wide / 2):
        box((x, -0.03, 0), (x + trim, 0, tall + trim), paint, 0.006, root)
    box((-wide / 2, -0.03, tall), (wide / 2, 0, tall + trim), paint, 0.006, root)
    box((-wide / 2 + 0.003, -0.012, 0.006), (wide / 2 - 0.003, 0, tall - 0.003), paint, 0.002, root)
    for low, high in [(0.2, 0.85), (1.0, 1.9)]:
        panel_frame(root, (-0.26, 0.26), (low, high), -0.012, paint)
    box((-0.36, -0.016, 0.98), (-0.32, -0.011, 1.16), brass, 0.002, root)
    tube(
        [(-0.34, -0.012, 1.06), (-0.34, -0.05, 1.06), (-0.33, -0.06, 1.06), (-0.23, -0.06, 1.06)],
        0.008,
        brass,
        root,
    )
    return root


def panel_frame(
    parent: Root,
    across: tuple[float, float],
    up: tuple[float, float],
    y: float,
    paint: bpy.types.Material,
    wide: float = 0.032,
    proud: float = 0.014,
) -> None:
    """A moulding in the shape of a frame on a vertical face at `y`."""
    (x0, x1), (z0, z1) = across, up
    for low, high in [
        ((x0, z0), (x1, z0 + wide)),
        ((x0, z1 - wide), (x1, z1)),
        ((x0, z0 + wide), (x0 + wide, z1 - wide)),
        ((x1 - wide, z0 + wide), (x1, z1 - wide)),
    ]:
        box((low[0], y - proud, low[1]), (high[0], y + 0.002, high[1]), paint, 0.007, parent)


def _throw_box(item: Item, assets: str) -> Root:
    """A plain box; `size` metres, `colour`."""
    root, (x, y, z) = group(item.at, item.turn), item.options["size"]
    paint = materials.plain("box", item.options["colour"], 0.6)
    box((-x / 2, -y / 2, 0), (x / 2, y / 2, z), paint, 0.004, root)
    return root


_BUILDERS: dict[str, Callable[[Item, str], Root]] = {
    "picture": _picture,
    "lamp": _lamp,
    "pendant": _pendant,
    "books": _books,
    "rug": _rug,
    "vase": _vase,
    "tree": _tree,
    "radiator": _radiator,
    "outlet": _outlet,
    "door": _door,
    "box": _throw_box,
}
