"""Stage products into real photos and lay the results out, for looking at.

    .venv/bin/python bench/photos.py PHOTOS OUT [--only PART-OF-NAME]

PHOTOS holds rooms/ and furniture/ (real photos, not part of this repository); further products are
the samples. No score: a person looks for what floats, for shadows toward the window, for white
fringes and for products that were repainted.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

import roomstage

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "products"
# room, product, box (left, top, right, bottom in per cent of the room), prompt
PAIRS = (
    ("01_HouseIndoor.jpg", "instantmesh_chair_armed.png", (50, 58, 62, 95), "a wooden chair"),
    ("01_HouseIndoor.jpg", "instantmesh_chair_comfort.jpg", (60, 55, 80, 97), "a teal armchair"),
    ("01_HouseIndoor.jpg", "uno_clock.png", (54, 25, 59, 33), "a wall clock on the wall"),
    ("bay_room_sun_patches.jpg", "triposr_chair.png", (38, 52, 58, 76), "a dining chair"),
    ("bay_room_sun_patches.jpg", "instantmesh_chair_wood.jpg", (10, 56, 34, 80), "a rocking chair"),
    ("bay_room_sun_patches.jpg", "lounge_chair.jpg", (50, 60, 86, 88), "a lounge chair"),
    ("bay_room_sun_patches.jpg", "plant.png", (70, 48, 92, 74), "a potted plant"),
    ("bay_room_sun_patches.jpg", "rug", (12, 68, 78, 84), "a red rug on the floor"),
    ("controlnet_room.png", "triposr_chair.png", (55, 62, 80, 95), "a chair"),
    ("controlnet_room.png", "side_table.jpg", (62, 76, 82, 94), "a wooden side table"),
    ("controlnet_room.png", "picture", (4, 24, 13, 40), "a framed picture on the wall"),
    ("depthanything_demo10.jpg", "boutique_mug.jpg", (55, 76, 61, 84), "a mug on the table"),
    ("depthanything_demo10.jpg", "boutique_candle-holder.jpg", (40, 80, 47, 90), "a candle holder"),
    (
        "jonathan-borba-CnthDZXCdoY-unsplash.jpg",
        "instantmesh_chair_armed.png",
        (28, 72, 50, 92),
        "a wooden armchair",
    ),
    ("jonathan-borba-CnthDZXCdoY-unsplash.jpg", "white_chair.jpg", (30, 76, 52, 95), "a chair"),
    ("room_red_armchair.png", "side_table.jpg", (66, 62, 90, 92), "a wooden side table"),
    (
        "room_red_armchair.png",
        "boutique_candle-holder.jpg",
        (84, 2, 93, 12),
        "a candle on the table",
    ),
    ("storyteller_living_room_empty.jpg", "sofa.png", (8, 58, 52, 88), "a teal sofa"),
    (
        "storyteller_living_room_empty.jpg",
        "instantmesh_chair_comfort.jpg",
        (40, 55, 60, 88),
        "a turquoise armchair",
    ),
    ("storyteller_living_room_empty.jpg", "picture", (12, 18, 26, 44), "a picture on the wall"),
    ("storyteller_living_room_empty.jpg", "rug", (28, 74, 82, 94), "a persian rug on the floor"),
    ("storyteller_living_room_empty.jpg", "cabinet.jpg", (44, 50, 58, 72), "a cabinet"),
    ("storyteller_living_room_empty.jpg", "plant.png", (86, 50, 97, 86), "a potted plant"),
    ("emptied_after.jpg", "sofa.png", (30, 62, 76, 94), "a sofa"),
    ("emptied_after.jpg", "instantmesh_chair_wood.jpg", (8, 58, 26, 92), "a rocking chair"),
    ("emptied_after.jpg", "lounge_chair.jpg", (70, 56, 92, 92), "a lounge chair"),
    ("emptied_after.jpg", "triposr_chair.png", (52, 56, 64, 84), "a white chair"),
)


def _found(name: str, *folders: Path) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def _label(rgb: np.ndarray, text: str, width: int) -> np.ndarray:
    tall = round(rgb.shape[0] * width / rgb.shape[1])
    small = cv2.resize(rgb, (width, tall), interpolation=cv2.INTER_AREA)
    line = np.full((24, width, 3), 255, np.uint8)
    cv2.putText(line, text, (4, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (40, 40, 40), 1, cv2.LINE_AA)
    return np.vstack([line, small])


def main() -> None:
    """Parse the command line, stage and lay out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="part of a room's or product's name")
    parser.add_argument("--flat", type=Path, help="folder with rug.png and picture.png")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rooms: dict[Path, roomstage.Room] = {}
    for number, (room_name, product_name, box, prompt) in enumerate(PAIRS):
        if arguments.only not in room_name + product_name:
            continue
        photos = arguments.photos
        room_path = _found(room_name, photos / "rooms", photos / "pairs")
        flat = f"{product_name}.png"
        product = _found(product_name, photos / "furniture", SAMPLES) or (
            _found(flat, arguments.flat) if arguments.flat else None
        )
        if room_path is None or product is None:
            print(f"{room_name} + {product_name}: not here, passed over")
            continue
        if room_path not in rooms:
            rooms[room_path] = roomstage.Room(room_path)
        room = rooms[room_path]
        width, height = room.size
        mask = np.zeros((height, width), np.uint8)
        left, top, right, bottom = box
        mask[
            height * top // 100 : height * bottom // 100, width * left // 100 : width * right // 100
        ] = 255
        cover = _found(f"{Path(product_name).stem}_mask.png", SAMPLES)
        try:
            staging = room.stage(
                product, prompt=prompt, main_image_mask=mask, overlay_image_mask=cover
            )
        except roomstage.RoomstageError as error:
            print(f"{room_name} + {product_name}: {error}")
            continue
        rgb = staging.image.rgb
        name = f"{number:02d}_{Path(room_name).stem[:14]}_{Path(product_name).stem}"
        cv2.imwrite(str(arguments.out / f"{name}.png"), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        print(name, staging.light.get("gain"), *staging.warnings, sep="; ")


if __name__ == "__main__":
    main()
