"""A set of staging cases with their truth: one folder a case.

    main.png        the room                    truth.png        the room with the product in it
    overlay.png     the product's photo         object_mask.png  the product's coverage in truth
    main_mask.png   white where it goes         influence.png    white where the product changes
    case.json       at least "prompt"                            the room outside itself

overlay_mask.png, white = product, may be missing; photos may be .jpg. All but the two pictures
of the product have the room's size.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomstage import inputs
from roomstage.errors import InvalidImage, InvalidInput, InvalidMask
from roomstage.image import U8, Box, Image

_SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """One staging and what it should come to."""

    name: str
    prompt: str
    main: bytes  # files as they would be sent
    overlay: bytes
    main_mask: bytes
    overlay_mask: bytes | None
    room: Image
    product: Image  # its photo
    spot: U8  # [H, W] 255 = where the product goes
    product_cover: U8 | None  # [h, w] 255 = product, in its photo
    truth: U8  # [H, W, 3] sRGB
    coverage: U8  # [H, W] 255 = product visible in `truth`
    influence: NDArray[np.bool_]  # [H, W] `truth` differs from the room, outside the product

    @property
    def box(self) -> Box:
        """The rectangle that the product is asked to fill."""
        found = Box.around(self.spot > 127)
        if found is None:
            raise InvalidMask(
                f"{self.name}: main_mask is empty: paint white where the product goes",
                field="main_mask",
            )
        return found


def load_set(folder: Path) -> list[Case]:
    """The cases of a folder by name; folders without truth are passed over.

    Raises:
        InvalidInput: the folder holds no case, or a case lacks a file or has a wrong one.
    """
    folders = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = [load_case(path) for path in folders if _file(path, "truth") is not None]
    if not found:
        raise InvalidInput(
            f"{folder} holds no cases: give a folder of folders with main.png, overlay.png, "
            "main_mask.png, object_mask.png, influence.png, truth.png and case.json"
        )
    return found


def load_case(folder: Path) -> Case:
    """The case in a folder.

    Raises:
        InvalidInput: a file is missing, no picture, or not of the room's size.
    """
    main, overlay = _needed(folder, "main"), _needed(folder, "overlay")
    cover = _file(folder, "overlay_mask")
    room, product = _picture(main), _picture(overlay)
    spot = _needed(folder, "main_mask")
    case = Case(
        name=folder.name,
        prompt=_prompt(folder / "case.json"),
        main=main.read_bytes(),
        overlay=overlay.read_bytes(),
        main_mask=spot.read_bytes(),
        overlay_mask=None if cover is None else cover.read_bytes(),
        room=room,
        product=product,
        spot=_levels(spot, room),
        product_cover=None if cover is None else _levels(cover, product),
        truth=_of_size(_needed(folder, "truth"), room),
        coverage=_levels(_needed(folder, "object_mask"), room),
        influence=_levels(_needed(folder, "influence"), room) > 127,
    )
    if not (case.coverage > 127).any():
        raise InvalidMask(
            f"{folder.name}: object_mask is empty: mark the product that truth shows",
            field="object_mask",
        )
    _ = case.box  # an empty spot is refused here, not after the work
    return case


def _file(folder: Path, stem: str) -> Path | None:
    return next((p for s in _SUFFIXES if (p := folder / f"{stem}{s}").is_file()), None)


def _needed(folder: Path, stem: str) -> Path:
    path = _file(folder, stem)
    if path is None:
        raise InvalidImage(f"{folder} has no {stem}.png: add it", field=stem)
    return path


def _picture(path: Path) -> Image:
    return inputs.read_image(path, field=f"{path.parent.name}/{path.name}")


def _of_size(path: Path, of: Image) -> U8:
    picture = _picture(path)
    if picture.size != of.size:
        (width, height), (wide, tall) = picture.size, of.size
        raise InvalidImage(
            f"{path} is {width} x {height} and its photo {wide} x {tall}: give both one size",
            field=path.stem,
        )
    return picture.rgb


def _levels(path: Path, of: Image) -> U8:
    return np.ascontiguousarray(_of_size(path, of)[..., 0])


def _prompt(path: Path) -> str:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = None
    prompt = facts.get("prompt") if isinstance(facts, dict) else None
    if not isinstance(prompt, str) or not prompt.strip():
        raise InvalidInput(f'{path} tells no prompt: write {{"prompt": "a grey sofa"}} there')
    return prompt
