"""Rendered frames -> windows: what the net sees and what it should say, before development.

    PYTHONPATH=src python training/windows.py FRAMES WINDOWS.npz

Everything stays in the renderer's linear light; exposure, white balance and tone are drawn anew
for every batch (`development.py`).
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from roomstage import colour
from roomstage.image import Box, Cutout
from roomstage.light.exposure import exposure as formula_exposure
from roomstage.light.falloff import falloff
from roomstage.light.key import key_light
from roomstage.light.learned import window as windows
from roomstage.light.learned.field import _formula
from roomstage.light.learned.growth import toward
from roomstage.light.modelling import modelling
from roomstage.light.shadow import cast
from roomstage.light.thin import thin_shadow
from roomstage.placement import Placement
from roomstage.scene import Camera, Scene
from roomstage.scene.cuboid import Cuboid
from roomstage.scene.floor import floor_map
from roomstage.scene.gloss import Gloss
from roomstage.scene.glow import glow
from roomstage.scene.grain import Grain
from roomstage.scene.light import room_light
from roomstage.scene.manhattan import Directions
from roomstage.scene.planes import Planes, planes
from roomstage.scene.sharpness import Sharpness

_SHOULDER = 0.7
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
SURFACES = {"solid": "floor", "rug": "rug", "wall": "wall", "table": "table"}
KINDS = {"standing": "solid", "rug": "rug", "picture": "wall", "small": "table"}


def metered(
    main: np.ndarray, truth: np.ndarray, visible: np.ndarray, exposure: float
) -> np.ndarray:
    """Truth without the dimming that a product brings to the whole room, which no photo shows.

    As the benchmark does it: the background's median of main over truth is given back, never
    beyond main; what differs too little to be seen is main's.
    """
    free = (~ndimage.binary_dilation(visible > 0.004, iterations=1)).astype(np.float32)

    def smooth(x: np.ndarray, sigma: float) -> np.ndarray:
        weight = np.maximum(cv2.GaussianBlur(free, (0, 0), sigma), 1e-3)
        return cv2.GaussianBlur(x * free[..., None], (0, 0), sigma) / weight[..., None]

    before, after = smooth(main, 0.8), smooth(truth, 0.8)
    level = before @ LUMINANCE * exposure
    far = (ndimage.distance_transform_edt(visible <= 0.004) > 4) & (level > 0.01) & (level < 0.8)
    if far.sum() < 50:
        gain = np.ones(3, np.float32)
    else:
        gain = np.clip(np.median(before[far] / np.maximum(after[far], 1e-6), axis=0), 0.85, 1.15)
    local = np.clip(before / np.maximum(after, 1e-6), np.minimum(1, gain), np.maximum(1, gain))
    local = np.where(free[..., None] > 0, local, gain)
    given = truth * local
    outside = np.clip(given, np.minimum(main, truth), np.maximum(main, truth))
    given = np.where(visible[..., None] > 0.004, given, outside)
    encode = lambda x: np.clip(x * exposure, 0, 1) ** (1 / 2.4)  # noqa: E731
    seen = np.abs(smooth(encode(given) - encode(main), 1.3)).max(axis=2) * free
    touched = visible > 0.004
    faint = ndimage.binary_opening(seen > 2.2 / 255)
    labels, count = ndimage.label(faint | touched)
    strongest = ndimage.maximum(seen, labels, range(count + 1))
    keep = np.asarray(strongest) > 5.5 / 255
    keep[0] = False
    changed = (keep[labels] & faint) | touched
    weight = cv2.GaussianBlur(ndimage.binary_dilation(changed).astype(np.float32), (0, 0), 0.8)
    return main + (given - main) * np.maximum(weight, touched)[..., None]


def of_room(path: Path) -> list[dict[str, np.ndarray]]:
    """The windows of a room's products, two each."""
    cv2.setNumThreads(1)
    random = np.random.default_rng([7, int(path.stem)])
    with np.load(path) as frames:
        main = frames["main"].astype(np.float32)
        about = json.loads(frames["about"].tobytes())
        found = []
        exposure = usual_exposure(main)
        height, width = main.shape[:2]
        mean = main.reshape(-1, 3).mean(axis=0)
        for k, kind in enumerate(about["kinds"]):
            truth = frames[f"truth_{k}"].astype(np.float32)
            x0, y0, x1, y1 = frames[f"box_{k}"]
            whole = np.zeros((height, width, 5), np.float32)
            whole[y0:y1, x0:x1, :3] = frames[f"photo_{k}"].astype(np.float32)
            whole[y0:y1, x0:x1, 3] = frames[f"alpha_{k}"].astype(np.float32) / 255
            whole[y0:y1, x0:x1, 4] = frames[f"visible_{k}"].astype(np.float32) / 255
            truth = metered(main, truth, whole[..., 4], exposure)
            solid = whole[..., 3] > 0.5
            if not solid.any():
                continue
            rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
            box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)
            for _ in range(2):  # the place is never told to the pixel
                reach = max(box[2] - box[0], box[3] - box[1])
                shift = random.normal(0, 0.03, 2) * reach
                grow = np.exp(random.normal(0, 0.08))
                view = windows.around(*box, longest=max(width, height))
                side = view.side * grow
                middle = np.array([view.x, view.y]) + view.side / 2 + shift
                view = windows.Window(
                    float(middle[0] - side / 2), float(middle[1] - side / 2), side
                )
                found.append(
                    _sample(
                        main, truth, whole, view, box, about, KINDS[kind], exposure, mean, random
                    )
                )
        return found


def usual_exposure(main: np.ndarray) -> float:
    """Factor on a room's linear light [H, W, 3] that a camera would choose."""
    return 0.21 / max(float(np.median(main @ LUMINANCE)), 1e-6)


def room_horizon(camera: dict, height: int, width: int) -> float:
    """Row where level sight lines end."""
    position, target = np.array(camera["position"]), np.array(camera["target"])
    forward = target - position
    tilt = forward[2] / np.hypot(forward[0], forward[1])
    focal = camera["lens_mm"] / 36 * width
    return height / 2 + focal * tilt + camera["shift_y"] * width


def room_planes(
    camera: dict, room: tuple, seen: Camera, size: tuple[int, int], known: bool
) -> Planes:
    """The room's planes as the analysis would find them; or none, as it does in some rooms."""
    width, height = size
    position, target = np.array(camera["position"]), np.array(camera["target"])
    ahead = target - position
    wide, deep, tall = room
    x, y, z = position
    found = Directions(
        yaw=float(np.arctan2(-ahead[0], ahead[1])),
        pitch=float(-np.arctan2(ahead[2], np.hypot(ahead[0], ahead[1]))),
        focal=seen.focal,
        principal=(width / 2, height / 2 + camera["shift_y"] * width),
        confidence=0.9 if known else 0.0,
        focal_told=known,
    )
    far = Cuboid((deep - y) / z, x / z, (wide - x) / z, (tall - z) / z, (1.0, 1.0, 1.0, 1.0), 1.0)
    return planes(found, far, seen, size)


def photographed(linear: np.ndarray) -> np.ndarray:
    """Linear light as the camera hands it over, with the shoulder of `development.py`."""
    over = np.maximum(linear - _SHOULDER, 0)
    room = 1 - _SHOULDER
    bent = _SHOULDER + room * (1 - np.exp(-over / room))
    return np.where(over > 0, bent, linear).astype(np.float32)


def room_scene(main: np.ndarray, horizon: float, about: dict, known: bool) -> Scene:
    """What the engine knows of a room [H, W, 3] that is exposed.

    Args:
        main: linear light.
        horizon: row.
        about: camera, and size of the room.
        known: whether its planes are.
    """
    height, width = main.shape[:2]
    linear = photographed(main)
    rgb = colour.encode(linear)
    floor = floor_map(rgb, cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), horizon)
    camera = about["camera"]
    seen = Camera(horizon, width / 2, camera["lens_mm"] / 36 * width, 1.35, 0.7)
    light = room_light(linear, floor)
    return Scene(
        size=(width, height),
        scale=1.0,
        linear=linear,
        floor=floor,
        camera=seen,
        planes=room_planes(camera, about["size"], seen, (width, height), known),
        light=light,
        glow=glow(linear, floor, light.sources),
        grain=Grain(0.0),
        sharpness=Sharpness(0.3, 0.3),
        gloss=Gloss(0.0, 0.0, np.full(width, np.nan, np.float32), linear),
        sun=None,
    )


def placed(box: tuple[float, float, float, float], kind: str) -> Placement:
    """A product of a kind that fills a box of the picture."""
    x0, y0, x1, y1 = box
    return Placement(
        left=x0,
        top=y0,
        scale_x=1.0,
        scale_y=1.0,
        box=Box(int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1))),
        corners=np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32),
        contact=float(y1),
        surface=SURFACES[kind],
        kind=None,
        depth_ratio=0.7,
        chosen_by="region",
    )


def _by_formula(
    main, whole, box, kind, horizon, about, known
) -> tuple[Cutout, Placement, np.ndarray, np.ndarray, Box, np.ndarray, np.ndarray]:
    """What the engine's formulas say of a frame: modelling and shadow, as at inference."""
    scene = room_scene(main, horizon, about, known)
    x0, y0, x1, y1 = (int(v) for v in box)
    part = whole[y0:y1, x0:x1]
    photo = colour.encode(np.clip(part[..., :3], 0, 1).astype(np.float32))
    alpha = np.rint(part[..., 3] * 255).astype(np.uint8)
    cutout = Cutout(photo, alpha, Box(0, 0, x1 - x0, y1 - y0), "alpha")
    placement = placed((x0, y0, x1, y1), kind)
    key = key_light(scene, placement)
    if kind in ("solid", "table"):
        factor = modelling(cutout, placement, key)[..., None]
        left, reach = cast(scene, cutout, placement, key, 25, 7)
    else:
        factor = falloff(scene, cutout, placement)
        left, reach = thin_shadow(scene, placement, key)
    level = np.log(formula_exposure(scene, placement).rgb)
    return cutout, placement, factor, left, reach, level, toward(scene, placement, key)


def _sample(
    main, truth, whole, view, box, about, kind, exposure, mean, random
) -> dict[str, np.ndarray]:
    height, width = main.shape[:2]
    horizon = room_horizon(about["camera"], height, width) + random.normal(0, 0.025) * height
    cutout, placement, factor, left, reach, level, key = _by_formula(
        main * exposure, whole, box, kind, horizon, about, random.random() < 0.7
    )
    # In units of the usual exposure. Burnt windows would swamp the cells that they share.
    main, truth = np.minimum(main * exposure, 4.0), np.minimum(truth * exposure, 4.0)
    photo = whole[..., :3] * whole[..., 3:4]
    return {
        "main": windows.sampled(main, view),
        "truth": windows.sampled(truth, view),
        "photo": windows.sampled(photo, view, border=0.0),
        "alpha": windows.sampled(whole[..., 3], view, border=0.0),
        "visible": windows.sampled(whole[..., 4], view, border=0.0),
        "where": windows.geometry(view, (width, height), horizon, float(box[3]), kind),
        "level": level.astype(np.float32),
        "key": key,
        "formula": _formula(cutout, placement, view, factor, left, reach),
        "room": cv2.resize(main, (windows.GLANCE, windows.GLANCE), interpolation=cv2.INTER_AREA),
        "spots": windows.glance(main, view, box)[3:],
        "mean": (mean * exposure).astype(np.float32),
    }


def gather(of_room: Callable[[Path], list[dict[str, np.ndarray]]], what: str) -> None:
    """Write what `of_room` tells of each file of a folder; both by the command line."""
    frames, out = Path(sys.argv[1]), Path(sys.argv[2])
    paths = [path for path in sorted(frames.glob("[0-9]*.npz")) if path.name.count(".") == 1]
    samples, rooms = [], []
    with multiprocessing.Pool() as pool:
        for path, new in zip(paths, pool.imap(of_room, paths, chunksize=8), strict=True):
            samples += [
                {k: v.astype(np.float16) if v.ndim > 1 else v for k, v in one.items()}
                for one in new
            ]
            rooms += [int(path.stem)] * len(new)
    arrays = {name: np.stack([sample[name] for sample in samples]) for name in samples[0]}
    np.savez(out, room_number=np.array(rooms), **arrays)
    print(f"{len(samples)} {what} of {len(set(rooms))} rooms")


if __name__ == "__main__":
    gather(of_room, "windows")
