"""The sample scenes as data. Metres, degrees; a room spans x 0..width, y 0..depth, z 0..height,
with its camera near y = 0 looking to +y. Walls are named L, R, B (back) and F (front)."""

from __future__ import annotations

from dataclasses import dataclass, field

Vec3 = tuple[float, float, float]
SENSOR_MM = 36.0


@dataclass(frozen=True)
class Camera:
    """A full-frame camera."""

    position: Vec3
    target: Vec3
    lens_mm: float
    width: int = 1536
    height: int = 1024
    shift_x: float = 0.0  # of the frame's width; keeps verticals upright
    shift_y: float = 0.0


@dataclass(frozen=True)
class Look:
    """How a room's linear light is developed."""

    exposure: float
    white_balance: float = 6000.0
    shoulder: float = 0.5
    contrast: float = 0.25
    saturation: float = 1.0
    glow: float = 0.06
    vignette: float = 0.10
    grain: float = 1.6


@dataclass(frozen=True)
class Item:
    """A thing and where it stands; `kind` is "model:NAME" or a builder in props.py."""

    kind: str
    at: Vec3 = (0.0, 0.0, 0.0)
    turn: float = 0.0
    scale: float = 1.0
    options: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Window:
    """An opening in a wall, from `start` to `end` along it."""

    wall: str
    start: float
    end: float
    sill: float
    head: float
    columns: int = 2
    rows: int = 1
    watts: float = 0.0  # of sky light per square metre
    kelvin: float = 6800.0
    casing: float = 0.08
    drapes: dict | None = None
    railing: bool = False


@dataclass(frozen=True)
class Room:
    """A furnished room with its light and camera."""

    width: float
    depth: float
    height: float
    camera: Camera
    look: Look
    floor: dict
    wall_colours: dict[str, Vec3]
    windows: tuple[Window, ...]
    items: tuple[Item, ...]
    view: dict | None = None
    sun: dict | None = None
    lights: tuple[dict, ...] = ()
    panels: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    skirting: float = 0.10
    cornice: bool = False
    trim: Vec3 = (0.92, 0.91, 0.89)
    ceiling: Vec3 = (0.94, 0.94, 0.93)
    samples: int = 64


@dataclass(frozen=True)
class Product:
    """A product and how it is photographed.

    `style`: "shadow" (JPEG, contact shadow on white, and a mask), "white" (PNG, nothing but white),
    "alpha" (RGBA PNG) or "scene" (JPEG of `room` with the product in it, and a mask)."""

    item: Item
    style: str
    long_side: int = 1200
    distance: float = 3.6
    eye: float = 1.3
    exposure: float = 1.0
    ambient: float = 0.55
    margin: float = 0.07
    room: Room | None = None
    samples: int = 64
    view: tuple[Vec3, Vec3] | None = None  # camera's position and target, instead of the usual


@dataclass(frozen=True)
class Case:
    """A product staged in a room: where the mask goes, and the picture to compare with."""

    room: str
    product: str
    at: Vec3
    turn: float
    prompt: str = ""
    light: str = ""
