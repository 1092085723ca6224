"""Furniture made up at random: boxes on legs, tables, chairs, sofas, turned things, plants.

Every builder returns the root of an object that stands on z = 0 about the origin, its front to -y.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import bpy
import numpy as np

import foliage
import materials
from geometry import box, cylinder, group, lathe, tube

Random = np.random.Generator
Root = bpy.types.Object


def surface(random: Random, wood_photo: str | None = None) -> bpy.types.Material:
    """A material: wood, cloth, paint, lacquer, leather or metal of any usual colour."""
    kind = random.choice(
        ["wood", "cloth", "paint", "gloss", "metal"], p=[0.3, 0.3, 0.2, 0.14, 0.06]
    )
    colour = paint(random)
    if kind == "wood" and wood_photo:
        shade = random.uniform(0.35, 1.25)
        tint = tuple(float(np.clip(shade * c, 0, 1)) for c in random.uniform(0.85, 1.0, 3))
        return materials.wood(f"wood{random.integers(1 << 30)}", wood_photo, tint)
    if kind == "cloth":
        return materials.cloth("cloth", colour, 0.4)
    if kind == "metal":
        return materials.plain("metal", colour, random.uniform(0.2, 0.5), metallic=1.0)
    rough = random.uniform(0.12, 0.35) if kind == "gloss" else random.uniform(0.4, 0.9)
    return materials.plain("paint", colour, rough)


def paint(random: Random) -> tuple[float, float, float]:
    """An sRGB colour: mostly muted, now and then black, white or strong."""
    level = random.choice(
        [random.uniform(0.05, 0.3), random.uniform(0.25, 0.75), 0.9], p=[0.3, 0.5, 0.2]
    )
    hue = random.normal(0, 1, 3)
    strength = random.choice([0.02, 0.08, 0.25], p=[0.4, 0.4, 0.2])
    warm = np.array([0.06, 0.0, -0.06]) * random.uniform(0, 1)
    return tuple(float(c) for c in np.clip(level * (1 + strength * hue + warm), 0.02, 0.95))


def _legs(
    root: Root, random: Random, half: tuple[float, float], high: float, what: bpy.types.Material
) -> None:
    thick, inset = random.uniform(0.012, 0.035), random.uniform(0.02, 0.08)
    square = random.random() < 0.5
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * (half[0] - inset - thick), sy * (half[1] - inset - thick)
            if square:
                box((x - thick, y - thick, 0), (x + thick, y + thick, high), what, 0.003, root)
            else:
                cylinder(0.7 * thick, 0, high, what, (x, y), root, thick)


def cabinet(random: Random, wood: str) -> Root:
    """A chest, sideboard, wardrobe or bedside table."""
    root, body, trim = group(), surface(random, wood), surface(random, wood)
    w, d, h = random.uniform(0.35, 1.9), random.uniform(0.3, 0.55), random.uniform(0.4, 1.7)
    low = random.choice([0.0, 0.06, random.uniform(0.1, 0.25)])
    if low > 0.08:
        _legs(root, random, (w / 2, d / 2), low, trim)
    elif low:
        box((-w / 2 + 0.03, -d / 2 + 0.04, 0), (w / 2 - 0.03, d / 2, low), trim, 0, root)
    box((-w / 2, -d / 2, low), (w / 2, d / 2, low + h), body, 0.006, root)
    columns, rows = int(random.integers(1, 4)), int(random.integers(1, 5))
    front = body if random.random() < 0.6 else trim
    for i in range(columns):
        for j in range(rows):
            x0, x1 = -w / 2 + w * i / columns + 0.012, -w / 2 + w * (i + 1) / columns - 0.012
            z0, z1 = low + h * j / rows + 0.012, low + h * (j + 1) / rows - 0.012
            box((x0, -d / 2 - 0.014, z0), (x1, -d / 2, z1), front, 0.003, root)
    return root


def table(random: Random, wood: str) -> Root:
    """A dining, coffee or side table, square or round."""
    root, top, leg = group(), surface(random, wood), surface(random, wood)
    h, thick = (
        random.choice([random.uniform(0.3, 0.5), random.uniform(0.55, 0.8)]),
        random.uniform(0.015, 0.06),
    )
    if random.random() < 0.45:
        r = random.uniform(0.2, 0.65)
        cylinder(r, h - thick, h, top, parent=root)
        if random.random() < 0.5:
            cylinder(random.uniform(0.02, 0.07), 0, h - thick, leg, parent=root)
            cylinder(random.uniform(0.3, 0.7) * r, 0, 0.03, leg, parent=root)
        else:
            _legs(root, random, (0.7 * r, 0.7 * r), h - thick, leg)
        return root
    w, d = random.uniform(0.4, 1.8), random.uniform(0.35, 0.95)
    box((-w / 2, -d / 2, h - thick), (w / 2, d / 2, h), top, 0.005, root)
    _legs(root, random, (w / 2, d / 2), h - thick, leg)
    if random.random() < 0.35:
        low = random.uniform(0.08, 0.5 * h)
        box(
            (-w / 2 + 0.06, -d / 2 + 0.06, low),
            (w / 2 - 0.06, d / 2 - 0.06, low + 0.02),
            leg,
            0,
            root,
        )
    return root


def chair(random: Random, wood: str) -> Root:
    """A chair, a bar stool or a bench, with or without arms and back."""
    root, seat, frame = group(), surface(random, wood), surface(random, wood)
    w, d, h = random.uniform(0.38, 0.6), random.uniform(0.4, 0.55), random.uniform(0.38, 0.7)
    thick = random.choice([0.03, 0.07, 0.12])
    box((-w / 2, -d / 2, h - thick), (w / 2, d / 2, h), seat, min(0.03, thick / 3), root)
    _legs(root, random, (w / 2, d / 2), h - thick, frame)
    if random.random() < 0.8:
        tall, lean = random.uniform(0.3, 0.6), random.uniform(0.0, 0.25)
        if random.random() < 0.5:
            box(
                (-w / 2, d / 2 - 0.05, h), (w / 2, d / 2, h + tall), seat, 0.02, root, (-lean, 0, 0)
            )
        else:
            for x in np.linspace(-w / 2 + 0.03, w / 2 - 0.03, int(random.integers(2, 7))):
                tube(
                    [(x, d / 2 - 0.02, h - 0.02), (x, d / 2 + lean * tall, h + tall)],
                    0.012,
                    frame,
                    root,
                )
            top = d / 2 + lean * tall
            box(
                (-w / 2, top - 0.02, h + tall - 0.07),
                (w / 2, top + 0.02, h + tall),
                frame,
                0.006,
                root,
            )
    if random.random() < 0.4:
        for sx in (-1, 1):
            x = sx * (w / 2 + 0.02)
            box((x - 0.025, -d / 2, h + 0.2), (x + 0.025, d / 2, h + 0.23), frame, 0.006, root)
            box(
                (x - 0.02, -d / 2 + 0.03, 0.1),
                (x + 0.02, -d / 2 + 0.07, h + 0.2),
                frame,
                0.004,
                root,
            )
    return root


def sofa(random: Random, wood: str) -> Root:
    """An armchair or a sofa."""
    root, cloth, leg = (
        group(),
        surface(random, wood if random.random() < 0.1 else None),
        surface(random, wood),
    )
    w, d = (
        random.choice([random.uniform(0.7, 1.0), random.uniform(1.5, 2.4)]),
        random.uniform(0.75, 1.0),
    )
    low, seat, back, arm = (
        random.uniform(0.04, 0.2),
        0.44,
        random.uniform(0.65, 1.0),
        random.uniform(0.08, 0.25),
    )
    soft = random.uniform(0.02, 0.08)
    _legs(root, random, (w / 2, d / 2), low + 0.05, leg)
    box((-w / 2, -d / 2, low), (w / 2, d / 2, seat - 0.14), cloth, 0.02, root)
    box((-w / 2, d / 2 - 0.2, low), (w / 2, d / 2, back), cloth, soft, root)
    for sx in (-1, 1):
        box(
            (sx * w / 2, -d / 2, low),
            (sx * (w / 2 - arm), d / 2, random.uniform(0.52, 0.66)),
            cloth,
            soft,
            root,
        )
    inner, count = w - 2 * arm, max(1, round((w - 2 * arm) / 0.75))
    for i in range(count):
        a, b = -inner / 2 + inner * i / count + 0.005, -inner / 2 + inner * (i + 1) / count - 0.005
        box((a, -d / 2 - 0.02, seat - 0.15), (b, d / 2 - 0.2, seat), cloth, soft, root)
        box(
            (a, d / 2 - 0.36, seat),
            (b, d / 2 - 0.18, back - 0.05),
            cloth,
            soft,
            root,
            (-0.15, 0, 0),
        )
    return root


def shelves(random: Random, wood: str) -> Root:
    """An open shelf with some things on it."""
    root, board, what = group(), surface(random, wood), surface(random, wood)
    w, d, h, count = (
        random.uniform(0.4, 1.4),
        random.uniform(0.25, 0.4),
        random.uniform(0.7, 2.0),
        int(random.integers(2, 6)),
    )
    for i in range(count + 1):
        z = 0.05 + (h - 0.05) * i / count
        box((-w / 2, -d / 2, z - 0.025), (w / 2, d / 2, z), board, 0.002, root)
        if i < count and random.random() < 0.6:
            a = random.uniform(-w / 2 + 0.05, w / 4 - 0.05)
            box(
                (a, -d / 3, z),
                (a + random.uniform(0.1, w / 4), d / 3, z + 0.6 * h / count),
                what,
                0.01,
                root,
            )
    for x in (-w / 2, w / 2 - 0.025):
        box((x, -d / 2, 0), (x + 0.025, d / 2, h), board, 0.002, root)
    if random.random() < 0.5:
        box((-w / 2, d / 2 - 0.012, 0.05), (w / 2, d / 2, h), board, 0, root)
    return root


def turned(random: Random, wood: str) -> Root:
    """A vase, pouf, drum table, planter or bin: a profile turned on the lathe."""
    root = group()
    h, r = random.uniform(0.25, 0.7), random.uniform(0.12, 0.38)
    heights = np.linspace(0, h, 9)
    radii = r * np.clip(1 + 0.35 * np.cumsum(random.normal(0, 0.45, 9)), 0.35, 1.5)
    profile = [
        (0.0, 0.0),
        *((float(a), float(b)) for a, b in zip(radii, heights, strict=True)),
        (0.0, h),
    ]
    lathe(profile, surface(random, wood), parent=root)
    return root


def lamp(random: Random, wood: str) -> Root:
    """A floor lamp that is off."""
    root, metal = group(), surface(random, wood)
    h, r = random.uniform(1.2, 1.8), random.uniform(0.14, 0.26)
    cylinder(0.15, 0, 0.02, metal, parent=root)
    cylinder(0.01, 0.02, h, metal, parent=root)
    shade = materials.plain("shade", paint(random), 0.9)
    lathe(
        [(r, h - 1.3 * r), (0.75 * r, h), (0.74 * r, h), (r - 0.004, h - 1.3 * r)],
        shade,
        parent=root,
    )
    return root


def plant(random: Random, wood: str) -> Root:
    """A plant in a pot."""
    green = random.uniform(0.1, 0.35)
    return foliage.tree(
        (0, 0, 0),
        height=random.uniform(0.7, 1.8),
        crown=random.uniform(0.2, 0.5),
        leaf=(random.uniform(0.08, 0.24), random.uniform(0.03, 0.12)),
        leaves=int(random.integers(60, 220)),
        branches=int(random.integers(6, 14)),
        colour=(0.6 * green + 0.05, green + 0.08, 0.4 * green),
        seed=int(random.integers(1 << 30)),
        stem_from=random.uniform(0.2, 0.5),
        pot=paint(random),
        pot_size=random.uniform(0.12, 0.22),
    )


def small(random: Random, wood: str) -> Root:
    """Something for a table top."""
    root = turned(random, wood) if random.random() < 0.6 else lamp(random, wood)
    high = 0.5 if root.children and len(root.children) > 2 else 1.0
    root.scale = (random.uniform(0.3, 0.6) * high,) * 3
    return root


STANDING: list[tuple[Callable[[Random, str], Root], float]] = [
    (cabinet, 0.2),
    (table, 0.2),
    (chair, 0.16),
    (sofa, 0.18),
    (shelves, 0.06),
    (turned, 0.08),
    (lamp, 0.03),
    (plant, 0.09),
]


def standing(random: Random, wood: str) -> Root:
    """Any piece that stands on the floor."""
    builders, weights = zip(*STANDING, strict=True)
    chosen = builders[random.choice(len(builders), p=np.array(weights) / sum(weights))]
    root = chosen(random, wood)
    root.rotation_euler[2] = math.radians(
        float(
            random.choice(
                [0, random.uniform(-40, 40), random.uniform(-180, 180)], p=[0.3, 0.5, 0.2]
            )
        )
    )
    root.scale = tuple(s * random.uniform(0.85, 1.2) for s in root.scale)
    return root
