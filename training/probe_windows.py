"""Rendered light probes -> what the probe net sees of each place, and the light there.

    PYTHONPATH=src python training/probe_windows.py PROBES PLACES.npz

The light is told over that of the studio in which products are photographed, whose shading their
photos keep. Everything stays in the renderer's linear light, as in `windows.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from windows import (
    KINDS,
    gather,
    placed,
    room_horizon,
    room_scene,
    usual_exposure,
)

from roomstage.light.exposure import exposure as formula_exposure
from roomstage.light.key import key_light
from roomstage.light.learned import window as windows
from roomstage.light.learned.growth import toward
from roomstage.scene import Scene

POINTS = 48  # of the light at a place
# The studio of `studio.py` on the mean: the world's light, and what white paint under each softbox
# gives back. Its scale is that at which balls get as bright as products that were rendered in both.
STUDIO_WORLD, STUDIO_BOX = 0.455, 0.88
STUDIO_BOXES = (  # right (and as often left), up, away; power
    (1.0, 0.9, -0.7, 1.0),
    (-1.1, 0.35, -0.8, 0.35),
    (-0.3, 1.5, 0.6, 0.45),
)


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
            exposure = usual_exposure(main)
            horizon = room_horizon(about["camera"], *main.shape[:2])
            horizon += random.normal(0, 0.025) * main.shape[0]
            scene = room_scene(main * exposure, horizon, about, random.random() < 0.7)
            room = np.minimum(main * exposure, 4.0)
            for k, place in enumerate(about["places"]):
                light = frames[f"light_{v}_{k}"].astype(np.float32)
                if len(light) < POINTS // 2:
                    continue
                light = light[random.integers(len(light), size=POINTS)]
                light[:, 3:] *= exposure / studio(light[:, :3])[:, None]
                found.append(_sample(scene, room, place, light, random))
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
    placement = placed((x0, y0, x1, y1), kind)
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


if __name__ == "__main__":
    gather(of_room, "places")
