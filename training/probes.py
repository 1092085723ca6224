"""Render rooms, and the light that arrives where things could stand in them.

    python training/probes.py --assets DIR --out PROBES --first 0 --rooms 500

No product is rendered: at each place a white ball of a product's extent, which only the camera
sees, tells the light on what faces it. So a room has several views with several places each for
what one staged frame costs.

Writes one file per room, PROBES/00000.npz, with for each view v the linear frame `main_v` [H, W, 3]
(half floats) and its `about_v` (JSON: camera, and the kind and box of each place), and for each
place k of it `light_v_k` [N, 6]: the direction that a point faces (right, away from the camera, up)
and the light on it, as the radiance of white paint there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench" / "scenes"))

import bpy
import numbered
import placing
import rooms
import studio
from numbered import render_each

import engine
import materials
import props
from framing import project
from geometry import group, mesh
from specs import SENSOR_MM, Camera, Room

ALBEDO = 0.5
UNSEEN = 0.35  # share of the rooms with daylight whose window the camera misses
VIEWS, PLACES, TRIES = 3, 15, 30
POINTS = 160  # kept of a ball
LEAST, MOST = (0.35, 0.35, 0.4), (2.2, 1.0, 1.9)  # width, depth and height in metres
SMALLEST, LARGEST = 0.008, 0.5  # share of the frame that a place's box may take
MAIN_SAMPLES, BALL_SAMPLES = 4, 12

Place = tuple[str, np.ndarray, np.ndarray]  # kind, middle and half extents


def render_room(number: int, assets: str) -> dict[str, np.ndarray] | None:
    """All views of room `number`; None if nothing could be seen in them."""
    random = np.random.default_rng([2030, number])
    light = rooms.draw_light(random)
    room = rooms.draw(random, light, UNSEEN)
    studio.reset()
    taken = rooms.build(random, room, light, assets)
    wood = os.path.join(assets, "tex", props.WOOD_FILE)
    table = placing.table(random, room, taken, wood)
    places = _places(random, room, list(taken), table)
    if not places:
        return None
    if light.lamps and random.random() < 0.5:
        _, middle, half = places[0]
        rooms.lamp_beside(random, room, taken, middle - half, middle + half, assets)
    if bpy.context.scene.world is not None:  # the view lights nothing: no sampling of it either
        bpy.context.scene.world.cycles.sampling_method = "NONE"
    views = []
    for view in range(VIEWS):
        camera = room.camera
        if light.staged or view:
            _, middle, half = places[view % len(places)]
            camera = rooms.aim(random, room, middle - half, middle + half)
        engine.set_camera(camera)
        main = engine.render(MAIN_SAMPLES, denoise=True)[..., :3]
        if float(main.mean()) < 1e-5:
            return None
        views.append((camera, main))
    for obj in bpy.context.scene.objects:
        obj.visible_camera = False
    balls = [_ball(middle, half) for _, middle, half in places]
    frames: dict[str, np.ndarray] = {}
    for camera, main in views:
        seen = _seen(places, balls, camera)
        if not seen:
            continue
        engine.set_camera(camera)
        frame = engine.render(BALL_SAMPLES, denoise=False, transparent=True)
        found = _read(random, frame, places, [k for k, _ in seen], camera)
        v = sum(name.startswith("main") for name in frames)
        told = [(found[k], places[k][0], box) for k, box in seen if len(found[k]) > 25]
        if not told:
            continue
        frames[f"main_{v}"] = np.minimum(main, 60000).astype(np.float16)
        for k, (points, _, _) in enumerate(told):
            frames[f"light_{v}_{k}"] = np.minimum(points, 60000).astype(np.float16)
        about = {
            "camera": vars(camera),
            "size": (room.width, room.depth, room.height),
            "places": [{"kind": kind, "box": box} for _, kind, box in told],
            "light": vars(light),
        }
        frames[f"about_{v}"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    return frames or None


def _places(
    random: np.random.Generator, room: Room, taken: list, table: tuple | None
) -> list[Place]:
    """Where one thing or another could stand: on the floor, and one on the table."""
    found: list[Place] = []
    for _ in range(TRIES):
        if len(found) == PLACES:
            break
        size = np.exp(random.uniform(np.log(LEAST), np.log(MOST)))
        half, tall = size / 2, float(size[2])
        root = group((0, 0, 0), 0)
        corners = [
            (x, y, z) for x in (-half[0], half[0]) for y in (-half[1], half[1]) for z in (0, tall)
        ]
        mesh("extent", corners, [], materials.plain("extent", (1, 1, 1), 1.0), parent=root)
        spot = placing.stand(random, root, room, taken)
        placing.remove(root)
        if spot is not None:
            middle = [(spot[0] + spot[2]) / 2, (spot[1] + spot[3]) / 2, tall / 2 + 0.01]
            found.append(("standing", np.array(middle), half))
    if table is not None:
        (x0, y0, x1, y1), top = table
        half = np.array([random.uniform(0.05, 0.18)] * 2 + [random.uniform(0.06, 0.28)])
        at = random.uniform([x0, y0], [x1, y1])
        at = np.clip(at, [x0 + half[0], y0 + half[1]], [x1 - half[0], y1 - half[1]])
        found.insert(
            int(random.integers(len(found) + 1)),
            ("small", np.array([*at, top + 0.005 + half[2]]), half),
        )
    return found


def _ball(middle: np.ndarray, half: np.ndarray) -> bpy.types.Object:
    """A white ball stretched to the extent, which the camera sees and no light meets."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=40, ring_count=20, location=tuple(middle))
    ball = bpy.context.object
    ball.scale = tuple(half)
    bpy.ops.object.shade_smooth()
    clay = materials.plain("ball", (ALBEDO ** (1 / 2.2),) * 3, 1.0, specular=0.0)
    ball.data.materials.append(clay)
    ball.visible_diffuse = ball.visible_glossy = ball.visible_transmission = False
    ball.visible_shadow = ball.visible_volume_scatter = False
    return ball


def _axes(camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right, forward and up of a camera."""
    forward = np.array(camera.target, float) - np.array(camera.position)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    return right, forward, np.cross(right, forward)


def _seen(
    places: list[Place], balls: list, camera: Camera
) -> list[tuple[int, tuple[int, int, int, int]]]:
    """The places that a camera sees whole, with the box of what could stand there."""
    found = []
    ahead = np.array(camera.target) - np.array(camera.position)
    for k, (ball, (_, middle, half)) in enumerate(zip(balls, places, strict=True)):
        signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        corners = middle + signs * half
        ball.hide_render = True
        if ((corners - np.array(camera.position)) @ ahead).min() < 0.3 * np.linalg.norm(ahead):
            continue
        seen = project(corners, camera)
        (x0, y0), (x1, y1) = np.floor(seen.min(0)).astype(int), np.ceil(seen.max(0)).astype(int)
        share = (x1 - x0) * (y1 - y0) / (camera.width * camera.height)
        if x0 < -2 or y0 < -2 or x1 > camera.width + 2 or y1 > camera.height + 2:
            continue
        if SMALLEST < share < LARGEST:
            ball.hide_render = False
            found.append((k, (int(x0), int(y0), int(x1), int(y1))))
    return found


def _read(
    random: np.random.Generator,
    frame: np.ndarray,
    places: list[Place],
    seen: list[int],
    camera: Camera,
) -> dict[int, np.ndarray]:
    """Of each ball that is seen, points of it: what they face, and the light there [N, 6]."""
    right, forward, up = _axes(camera)
    height, width = frame.shape[:2]
    focal = camera.lens_mm / SENSOR_MM * camera.width
    x = (np.arange(width) + 0.5 - width * (0.5 - camera.shift_x)) / focal
    y = (0.5 * height + camera.shift_y * width - np.arange(height) - 0.5) / focal
    rays = forward + x[None, :, None] * right + y[:, None, None] * up
    nearest = np.full((height, width), np.inf)
    whose, faces = np.full((height, width), -1), np.zeros((height, width, 3))
    for k in seen:
        _, middle, half = places[k]
        # A ray and an ellipsoid, in the space where that is the unit sphere.
        start, way = (np.array(camera.position) - middle) / half, rays / half
        a, b = (way**2).sum(-1), way @ start
        inside = b**2 - a * (start @ start - 1)
        t = (-b - np.sqrt(np.maximum(inside, 0))) / a
        hit = (inside > 0) & (t > 0) & (t < nearest)
        nearest[hit], whose[hit] = t[hit], k
        normal = (start + t[..., None] * way) / half
        faces[hit] = (normal / np.linalg.norm(normal, axis=-1, keepdims=True))[hit]
    away = forward * [1, 1, 0] / np.linalg.norm(forward[:2])
    turned = faces @ np.stack([right, away, [0, 0, 1]], 1)
    light = frame[..., :3] / ALBEDO
    whole = (frame[..., 3] > 0.95) & (whose >= 0)
    found = {}
    for k in seen:
        rows, columns = np.nonzero(whole & (whose == k))
        chosen = random.permutation(len(rows))[:POINTS]
        rows, columns = rows[chosen], columns[chosen]
        found[k] = np.concatenate([turned[rows, columns], light[rows, columns]], -1)
    return found


def main() -> None:
    """Parse the command line and render."""
    arguments = numbered.arguments(__doc__.split("\n")[0]).parse_args()
    render_each(
        arguments.out,
        numbered.numbers(arguments),
        lambda number: render_room(number, arguments.assets),
        lambda frames: f"{sum(name.startswith('light') for name in frames)} places",
    )


if __name__ == "__main__":
    main()
