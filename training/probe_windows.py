"""Rendered light probes -> what the probe net sees of each place, and the light there.

    PYTHONPATH=src python training/probe_windows.py PROBES PLACES.npz

The light is told over that of the studio in which products are photographed, whose shading their
photos keep. Everything stays in the renderer's linear light, as in `windows.py`.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from pathlib import Path

import cv2
import numpy as np
from windows import LUMINANCE, SURFACES, photographed, room_horizon, room_planes

from roomstage import colour
from roomstage.image import Box
from roomstage.light.exposure import exposure as formula_exposure
from roomstage.light.key import key_light
from roomstage.light.learned import window as windows
from roomstage.light.learned.growth import toward
from roomstage.placement import Placement
from roomstage.scene import Camera, Scene
from roomstage.scene.floor import floor_map
from roomstage.scene.gloss import Gloss
from roomstage.scene.grain import Grain
from roomstage.scene.light import room_light
from roomstage.scene.sharpness import Sharpness

POINTS = 48  # of the light at a place
# The studio of `studio.py` on the mean: the world's light, and what white paint under each softbox
# gives back. Its scale is that at which balls get as bright as products that were rendered in both.
STUDIO_WORLD, STUDIO_BOX = 0.455, 0.88
STUDIO_BOXES = (  # right (and as often left), up, away; power
    (1.0, 0.9, -0.7, 1.0),
    (-1.1, 0.35, -0.8, 0.35),
    (-0.3, 1.5, 0.6, 0.45),
)
KINDS = {"standing": "solid", "small": "table"}


def of_room(path: Path) -> list[dict[str, np.ndarray]]:
    """All places of a room's views."""
    cv2.setNumThreads(1)
    random = np.random.default_rng([9, int(path.stem)])
    found = []
    with np.load(path) as frames:
        views = [int(name[6:]) for name in frames.files if name.startswith("about_")]
        for v in views:
            about = json.loads(frames[f"about_{v}"].tobytes())
            main = frames[f"main_{v}"].astype(np.float32)
            exposure = 0.21 / max(float(np.median(main @ LUMINANCE)), 1e-6)
            horizon = room_horizon(about["camera"], *main.shape[:2])
            horizon += random.normal(0, 0.025) * main.shape[0]
            scene = _scene(main * exposure, horizon, about, random.random() < 0.7)
            room = np.minimum(main * exposure, 4.0)
            for k, place in enumerate(about["places"]):
                light = frames[f"light_{v}_{k}"].astype(np.float32)
                if len(light) < POINTS // 2:
                    continue
                light = light[random.integers(len(light), size=POINTS)]
                light[:, 3:] *= exposure / studio(light[:, :3])[:, None]
                found.append(_sample(scene, room, place, light, random) | {"view": np.array(v)})
    return found


def studio(faces: np.ndarray) -> np.ndarray:
    """The studio's light [N] on what faces [N, 3] (right, away, up)."""
    light = np.full(len(faces), STUDIO_WORLD)
    for right, up, away, power in STUDIO_BOXES:
        for side in (-1, 1):
            way = np.array([side * right, away, up])
            met = np.maximum(faces @ way / np.linalg.norm(way), 0)
            light += STUDIO_BOX * power / 2 * met
    return light


def _scene(main: np.ndarray, horizon: float, about: dict, known: bool) -> Scene:
    """What the engine knows of a rendered room."""
    height, width = main.shape[:2]
    linear = photographed(main)
    rgb = colour.encode(linear)
    floor = floor_map(rgb, cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), horizon)
    camera = about["camera"]
    seen = Camera(horizon, width / 2, camera["lens_mm"] / 36 * width, 1.35, 0.7)
    return Scene(
        size=(width, height),
        scale=1.0,
        linear=linear,
        floor=floor,
        camera=seen,
        planes=room_planes(camera, about["size"], seen, (width, height), known),
        light=room_light(linear, floor),
        grain=Grain(0.0),
        sharpness=Sharpness(0.3, 0.3),
        gloss=Gloss(0.0, 0.0, np.full(width, np.nan, np.float32), linear),
        sun=None,
    )


def _sample(
    scene: Scene, room: np.ndarray, place: dict, light: np.ndarray, random: np.random.Generator
) -> dict[str, np.ndarray]:
    width, height = scene.size
    # Things fill the extent by more or less, and their place is never told to the pixel.
    box = np.array(place["box"], np.float32)
    slack = (box[2:] - box[:2]) * random.normal(0, 0.04, (2, 2))
    box += slack.ravel().astype(np.float32)
    box = np.clip(box, 0, [width, height, width, height]).astype(np.float32)
    x0, y0, x1, y1 = (float(edge) for edge in box)
    kind = KINDS[place["kind"]]
    placement = Placement(
        left=x0,
        top=y0,
        scale_x=1.0,
        scale_y=1.0,
        box=Box(int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1))),
        corners=np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32),
        contact=y1,
        surface=SURFACES[kind],
        kind=None,
        depth_ratio=0.7,
        chosen_by="region",
    )
    view = windows.around(x0, y0, x1, y1, longest=max(width, height))
    key = key_light(scene, placement)
    where = windows.geometry(view, (width, height), scene.camera.horizon, y1, kind)
    return {
        "main": windows.halved(windows.sampled(room, view)),
        "where": windows.whereabouts(where),
        "room": cv2.resize(room, (windows.GLANCE,) * 2, interpolation=cv2.INTER_AREA),
        "spot": windows.spot_planes(box, (width, height)),
        "level": np.log(formula_exposure(scene, placement).rgb).astype(np.float32),
        "key": toward(scene, placement, key),
        "mean": room.reshape(-1, 3).mean(axis=0),
        "light": light,
    }


def main() -> None:
    """Parse the command line and write the places."""
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
    print(f"{len(samples)} places of {len(set(rooms))} rooms")


if __name__ == "__main__":
    main()
