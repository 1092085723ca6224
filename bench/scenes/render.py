"""Render the sample pictures: rooms, products, masks; with --truth or --realism staged rooms.

python bench/scenes/render.py --assets DIR --out samples [--only NAME ...]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import develop
import engine
import framing
import models
import product as studio
import props
import realism
import room as rooms
from geometry import family
from scenes import CASES, PRODUCTS, ROOMS
from specs import Case, Item, Product

JPEG = {"quality": 93, "subsampling": 0, "optimize": True}


class Job:
    """Where things come from and go to, and how fine."""

    def __init__(
        self, assets: str, out: Path, samples: int | None, scale: float, frames: Path | None
    ) -> None:
        self.assets, self.out, self.scale = assets, out, scale
        self._samples, self._frames = samples, frames

    def samples(self, default: int) -> int:
        """Samples per pixel."""
        return self._samples or default

    def frame(self, name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
        """A linear frame: the one kept under this name, else a new one, which is kept."""
        if self._frames is None:
            return make()
        path = self._frames / f"{name}.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, make().astype(np.float16))
        return np.load(path).astype(np.float32)

    def save(self, pixels: np.ndarray, name: str) -> None:
        """Write an 8-bit picture below the output folder."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        options = JPEG if path.suffix == ".jpg" else {"optimize": True}
        Image.fromarray(pixels).save(path, **options)
        print(f"  {name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


def render_room(name: str, job: Job) -> None:
    """An empty stage."""
    spec = ROOMS[name]

    def shoot() -> np.ndarray:
        engine.reset()
        rooms.build(spec, job.assets)
        return engine.render(job.samples(spec.samples), job.scale)

    frame = job.frame(name, shoot)
    job.save(develop.develop_room(frame, spec.look), f"rooms/{name}.jpg")


def render_product(name: str, job: Job) -> None:
    """A product photograph, with its exact mask where a keyer may err."""
    spec = PRODUCTS[name]
    engine.reset()
    samples = job.samples(spec.samples)
    if spec.style == "scene":
        render_lifestyle(name, spec, job)
    elif spec.style == "shadow":
        frame, alpha = studio.shoot_on_white(spec, job.assets, samples, job.scale)
        job.save(develop.develop_studio(frame), f"products/{name}.jpg")
        job.save(np.round(alpha * 255).astype(np.uint8), f"products/{name}_mask.png")
    else:
        frame, alpha = studio.shoot_cut_out(spec, job.assets, samples, job.scale)
        pixels = develop.develop_studio(frame)
        opaque = alpha[..., None]
        if spec.style == "alpha":
            rgba = np.concatenate([pixels * (opaque > 0), np.round(opaque * 255)], -1)
            job.save(rgba.astype(np.uint8), f"products/{name}.png")
        else:
            flat = pixels * opaque + 255 * (1 - opaque)
            job.save(np.round(flat).astype(np.uint8), f"products/{name}.png")


def render_lifestyle(name: str, spec: Product, job: Job) -> None:
    """A product in furnished surroundings, and its exact mask."""
    rooms.build(spec.room, job.assets)
    objects = family(props.place(spec.item, job.assets))
    frame = engine.render(job.samples(spec.samples), job.scale)
    alpha = engine.object_alpha(objects, 32, job.scale)
    job.save(develop.develop_room(frame, spec.room.look), f"products/{name}.jpg")
    job.save(np.round(alpha * 255).astype(np.uint8), f"products/{name}_mask.png")


def staged_item(case: Case) -> Item:
    """The case's product, standing at its stage."""
    item = PRODUCTS[case.product].item
    return Item(item.kind, case.at, case.turn, item.scale, item.options)


def render_mask(name: str, job: Job) -> None:
    """The box which a case's product fills in its room; nothing is rendered."""
    case = CASES[name]
    engine.reset()
    points = models.points_of(family(props.place(staged_item(case), job.assets)))
    job.save(framing.box_mask(points, ROOMS[case.room].camera, job.scale), f"masks/{name}.png")


def render_truth(name: str, job: Job) -> None:
    """The room with the product really in it, and the product's visible coverage."""
    case = CASES[name]
    spec = ROOMS[case.room]
    engine.reset()
    rooms.build(spec, job.assets)
    objects = family(props.place(staged_item(case), job.assets))
    frame = engine.render(job.samples(spec.samples), job.scale)
    alpha = engine.object_alpha(objects, 32, job.scale)
    job.save(develop.develop_room(frame, spec.look), f"truth/{name}.jpg")
    job.save(np.round(alpha * 255).astype(np.uint8), f"truth/{name}_mask.png")


def render_realism(name: str, job: Job) -> None:
    """A case's whole folder: with and without the product, the product's photo, masks."""
    case = CASES[name]
    room, product = ROOMS[case.room], PRODUCTS[case.product]
    shot = realism.Shot(job.out / name, job.samples(room.samples), job.scale)
    realism.render_case(case, room, product, job.assets, shot)


def tasks(truth: bool, whole: bool) -> dict[str, Callable[[str, Job], None]]:
    """Every name that can be rendered and the function that does it."""
    if whole:
        return dict.fromkeys(CASES, render_realism)
    if truth:
        return dict.fromkeys(CASES, render_truth)
    found: dict[str, Callable[[str, Job], None]] = {}
    found.update(dict.fromkeys(CASES, render_mask))
    found.update(dict.fromkeys(PRODUCTS, render_product))
    found.update(dict.fromkeys(ROOMS, render_room))
    return found


def main() -> None:
    """Parse the command line and render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", required=True, help="folder with glb/, hdri/, tex/, dtex/")
    parser.add_argument("--out", type=Path, default=Path("samples"))
    parser.add_argument("--only", nargs="+", metavar="NAME", help="default: everything")
    parser.add_argument("--samples", type=int, help="per pixel; default: as specified")
    parser.add_argument("--scale", type=float, default=1.0, help="of the pictures' size")
    parser.add_argument("--frames", type=Path, help="keep rooms' linear frames here and use them")
    parser.add_argument("--truth", action="store_true", help="staged rooms instead")
    parser.add_argument("--realism", type=Path, metavar="DIR", help="cases for the benchmark")
    arguments = parser.parse_args()
    out = arguments.realism or arguments.out
    job = Job(arguments.assets, out, arguments.samples, arguments.scale, arguments.frames)
    available = tasks(arguments.truth, arguments.realism is not None)
    for name in arguments.only or available:
        if name not in available:
            parser.error(f"no such name: {name}; there are {', '.join(available)}")
    for name in arguments.only or available:
        start = time.time()
        available[name](name, job)
        print(f"{name}: {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
