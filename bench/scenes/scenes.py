"""The three rooms, six products and the stages in the rooms."""

from __future__ import annotations

from specs import Camera, Case, Item, Look, Product, Room, Window

PRINT_WARM = [(238, 231, 218), (196, 104, 66), (52, 74, 88), (219, 176, 104), (120, 132, 112)]
PRINT_CALM = [(236, 232, 223), (74, 84, 92), (178, 152, 124), (205, 196, 178)]
HILLS_BLUE = [(214, 222, 226), (240, 226, 208), (150, 168, 176), (104, 126, 130), (64, 84, 84)]
HILLS_DUSK = [(92, 96, 128), (236, 176, 132), (128, 96, 112), (84, 66, 88), (46, 40, 56)]
KILIM_RED = [(222, 206, 178), (150, 58, 44), (38, 56, 76), (112, 38, 34)]

LIVING_ROOM = Room(
    width=5.3,
    depth=5.1,
    height=2.75,
    camera=Camera((3.55, 0.25, 1.35), (2.15, 4.85, 1.35), 27.0, shift_y=-0.045),
    look=Look(exposure=0.70, white_balance=5750, saturation=0.95),
    floor={"kind": "parquet", "seed": 5, "block_m": 0.085, "gain": 1.22, "warm": (0.98, 0.99, 1.0)},
    wall_colours={"*": (0.91, 0.90, 0.87)},
    windows=(
        Window(
            "L",
            1.0,
            2.35,
            0.12,
            2.38,
            watts=95,
            kelvin=6900,
            columns=2,
            rows=1,
            drapes={"colour": (0.90, 0.88, 0.83), "wide": 0.42},
            railing=True,
        ),
        Window(
            "L",
            3.05,
            4.40,
            0.12,
            2.38,
            watts=95,
            kelvin=6900,
            columns=2,
            rows=1,
            drapes={"colour": (0.90, 0.88, 0.83), "wide": 0.42},
            railing=True,
        ),
    ),
    panels={"B": [(0.25, 0.95), (1.15, 3.15), (3.35, 5.05)]},
    cornice=True,
    skirting=0.13,
    items=(
        Item(
            "tree",
            (0.55, 4.62, 0),
            options={
                "height": 1.9,
                "crown": 0.50,
                "leaf": (0.20, 0.115),
                "leaves": 150,
                "branches": 11,
                "colour": (0.20, 0.31, 0.16),
                "seed": 4,
                "stem_from": 0.38,
            },
        ),
        Item("model:modern_wooden_cabinet", (4.36, 4.80, 0), scale=0.72),
        Item(
            "picture",
            (4.06, 5.10, 1.58),
            options={"size": (0.72, 0.94), "art": "shapes", "palette": PRINT_WARM, "seed": 8},
        ),
        Item("vase", (3.76, 4.78, 0.49), options={"seed": 3}),
        Item("books", (4.10, 4.78, 0.49), turn=8, options={"count": 3, "seed": 4, "flat": True}),
        Item(
            "lamp",
            (4.58, 4.80, 0.49),
            options={"tall": 0.52, "radius": 0.17, "base": "ceramic", "glaze": (0.50, 0.56, 0.55)},
        ),
        Item("outlet", (3.25, 5.10, 0.32)),
    ),
    view={"hdri": "rooitou_park_1k", "strength": 9.0, "turn": 150},
    sun={"direction": (0.62, -0.30, -0.80), "strength": 26, "kelvin": 5100},
)

SUNNY_CORNER = Room(
    width=4.6,
    depth=4.6,
    height=2.65,
    camera=Camera((1.40, 0.25, 1.32), (2.42, 4.4, 1.32), 28.0, shift_y=-0.06),
    look=Look(exposure=1.0, white_balance=5700),
    floor={
        "kind": "scan",
        "tile_m": 2.1,
        "rough": (0.25, 0.95),
        "files": (
            "brown_floor_tiles_diff.jpg",
            "brown_floor_tiles_rough.jpg",
            "brown_floor_tiles_nor_gl.jpg",
        ),
        "tint": (1.0, 0.96, 0.93),
    },
    wall_colours={"*": (0.88, 0.85, 0.79), "B": (0.60, 0.65, 0.57)},
    windows=(Window("R", 2.15, 3.95, 0.78, 2.25, watts=85, kelvin=8200, columns=3, rows=2),),
    skirting=0.09,
    items=(
        Item("model:painted_wooden_cabinet", (0.62, 4.22, 0), scale=0.80),
        Item("model:ornate_mirror_01", (0.72, 4.585, 1.60), scale=1.0),
        Item("model:brass_pot_01", (0.38, 4.20, 0.944), scale=0.7),
        Item("vase", (0.88, 4.20, 0.944), options={"seed": 5, "colour": (0.62, 0.36, 0.26)}),
        Item("radiator", (4.60, 3.05, 0), turn=-90, options={"wide": 1.3, "tall": 0.52}),
        Item("model:chinese_stool", (4.05, 4.12, 0), turn=12, scale=0.75),
        Item(
            "picture",
            (3.35, 4.60, 1.58),
            options={
                "size": (0.62, 0.80),
                "art": "hills",
                "palette": HILLS_BLUE,
                "seed": 2,
                "frame": (1.1, 1.0, 0.9),
            },
        ),
        Item("books", (4.05, 4.12, 0.474), turn=20, options={"count": 3, "seed": 9, "flat": True}),
        Item("outlet", (2.75, 4.60, 0.30)),
    ),
    view={"hdri": "rooitou_park_1k", "strength": 10.0, "turn": 40},
    sun={"direction": (-0.80, -0.02, -0.70), "strength": 46, "kelvin": 4700},
)

EVENING_ROOM = Room(
    width=5.0,
    depth=4.7,
    height=2.6,
    camera=Camera((2.05, 0.25, 1.28), (2.65, 4.5, 1.28), 28.0, shift_y=-0.06),
    look=Look(exposure=2.5, white_balance=3250, grain=2.4, glow=0.05),
    floor={
        "kind": "scan",
        "tile_m": 1.9,
        "rough": (0.22, 0.85),
        "turn": 1.5708,
        "files": ("wood_floor_diff.jpg", "wood_floor_rough.jpg", "wood_floor_nor_gl.jpg"),
        "tint": (0.80, 0.74, 0.70),
    },
    wall_colours={"*": (0.45, 0.49, 0.56), "L": (0.80, 0.78, 0.75), "R": (0.80, 0.78, 0.75)},
    windows=(
        Window(
            "B",
            2.95,
            4.05,
            0.78,
            2.15,
            watts=0.9,
            kelvin=8200,
            columns=2,
            drapes={"colour": (0.66, 0.58, 0.49), "through": 0.12, "wide": 0.42},
        ),
    ),
    skirting=0.11,
    items=(
        Item(
            "lamp",
            (0.52, 4.30, 0),
            options={"watts": 42, "kelvin": 2700, "brass": True, "tall": 1.55, "radius": 0.23},
        ),
        Item(
            "picture",
            (1.75, 4.70, 1.60),
            options={
                "size": (1.1, 0.8),
                "art": "hills",
                "palette": HILLS_BLUE,
                "seed": 5,
                "frame": (0.5, 0.42, 0.36),
            },
        ),
        Item("radiator", (3.5, 4.70, 0), options={"wide": 0.64, "tall": 0.50}),
        Item("model:round_wooden_table_01", (4.52, 4.20, 0), scale=0.54),
        Item(
            "lamp",
            (4.55, 4.22, 0.545),
            options={
                "watts": 13,
                "kelvin": 2600,
                "tall": 0.50,
                "radius": 0.16,
                "base": "ceramic",
                "glaze": (0.64, 0.40, 0.28),
            },
        ),
        Item("books", (4.32, 4.12, 0.545), turn=25, options={"seed": 6, "count": 2, "flat": True}),
        Item("model:modern_arm_chair_01", (4.05, 3.45, 0), turn=-38, scale=0.84),
        Item("outlet", (2.72, 4.70, 0.30)),
    ),
    lights=(
        {
            "position": (2.4, 1.0, 2.5),
            "toward": (2.4, 1.6, 0),
            "size": (0.5, 0.5),
            "watts": 26,
            "kelvin": 2850,
        },
    ),
    view={"hdri": "venice_sunset_1k", "strength": 0.07, "turn": 12, "tint": (0.5, 0.64, 1.0)},
)

CABINET_CORNER = Room(
    width=4.4,
    depth=4.0,
    height=2.6,
    camera=Camera((1.55, 0.35, 1.30), (2.0, 3.6, 1.30), 38.0, 1200, 900, shift_y=-0.17),
    look=Look(exposure=1.0, white_balance=6000, grain=1.4),
    floor={"kind": "parquet", "seed": 9, "block_m": 0.07, "gain": 1.2},
    wall_colours={"*": (0.90, 0.88, 0.84), "B": (0.45, 0.53, 0.55)},
    windows=(Window("L", 1.0, 2.7, 0.3, 2.3, watts=100, kelvin=6700),),
    skirting=0.11,
    items=(
        Item(
            "picture",
            (1.72, 4.0, 1.50),
            options={"size": (0.58, 0.76), "art": "shapes", "palette": PRINT_CALM, "seed": 3},
        ),
        Item(
            "picture",
            (2.42, 4.0, 1.42),
            options={"size": (0.42, 0.54), "art": "hills", "palette": HILLS_DUSK, "seed": 9},
        ),
        Item(
            "tree",
            (0.92, 3.55, 0),
            options={
                "height": 1.75,
                "crown": 0.42,
                "leaf": (0.075, 0.022),
                "leaves": 750,
                "branches": 16,
                "colour": (0.36, 0.42, 0.28),
                "seed": 12,
                "stem_from": 0.42,
                "pot": (0.66, 0.42, 0.30),
            },
        ),
        Item("model:GreenChair_01", (3.22, 3.30, 0), turn=-32),
        Item("rug", (2.0, 2.15, 0), turn=4, options={"size": (2.3, 1.5), "palette": KILIM_RED}),
    ),
    view={"hdri": "rooitou_park_1k", "strength": 9.0},
)

ROOMS = {"living_room": LIVING_ROOM, "sunny_corner": SUNNY_CORNER, "evening_room": EVENING_ROOM}

PRODUCTS = {
    "lounge_chair": Product(Item("model:mid_century_lounge_chair", turn=-32), "shadow"),
    "sofa": Product(
        Item(
            "model:sofa_02",
            turn=-14,
            options={
                "smooth": 2,
                "recolour": (0.10, 0.31, 0.33),
                "gain": 14.0,
                "roughness": (0.5, 0.8),
                "sheen": 0.25,
            },
        ),
        "white",
        distance=4.0,
    ),
    "side_table": Product(Item("model:side_table_01", turn=28), "shadow", distance=3.6, eye=1.2),
    "plant": Product(
        Item("model:potted_plant_04", turn=15, scale=2.7), "alpha", distance=3.4, eye=1.2
    ),
    "cabinet": Product(
        Item("model:vintage_wooden_drawer_01", (1.98, 3.62, 0), turn=-4, scale=1.35),
        "scene",
        room=CABINET_CORNER,
    ),
    "white_chair": Product(
        Item("model:painted_wooden_chair_01", turn=-30), "shadow", exposure=1.04
    ),
}

_DAYLIGHT = "tall windows on the left, patches of sun"

CASES = {
    "living_room_stage": Case(
        "living_room", "lounge_chair", (2.60, 3.65, 0), -38, "a leather lounge chair", _DAYLIGHT
    ),
    "living_room_sofa": Case(
        "living_room", "sofa", (2.15, 4.45, 0), 0, "a teal velvet sofa", _DAYLIGHT
    ),
    "sunny_corner_stage": Case(
        "sunny_corner",
        "white_chair",
        (2.25, 3.45, 0),
        -28,
        "a white wooden chair",
        "hard sun from the right",
    ),
    "evening_room_stage": Case(
        "evening_room", "sofa", (1.85, 4.0, 0), 0, "a teal velvet sofa", "lamps at dusk"
    ),
}
