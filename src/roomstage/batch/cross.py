"""Rows from two folders: every product into every room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from roomstage.batch.rows import Given, Row, check
from roomstage.errors import InvalidParameter
from roomstage.params import Params

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif"})
_MASK = "_mask"


def read(
    rooms: Path, products: Path, schema: type[Params], defaults: Mapping[str, str]
) -> list[Row]:
    """All products in all rooms, rooms first, both by name.

    A picture NAME_mask beside a picture NAME is its mask. Without a prompt in `defaults`, a
    product's file name says what it is: side_table.jpg is "a side table".

    Raises:
        InvalidParameter: a folder is none, or has no pictures.
        ManifestWrong: something else is wrong.
    """
    given = []
    products_found = _pictures(products)
    for room, room_mask in _pictures(rooms):
        for product, product_mask in products_found:
            cells = {"prompt": _words(product), **defaults, "main_image": str(room)}
            cells["overlay_image"] = str(product)
            cells |= {"main_image_mask": str(room_mask)} if room_mask else {}
            cells |= {"overlay_image_mask": str(product_mask)} if product_mask else {}
            given.append(Given(0, cells, Path.cwd()))
    return check(given, schema, "the cross product")


def _pictures(folder: Path) -> list[tuple[Path, Path | None]]:
    """The pictures in a folder, each with its mask."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    except OSError as error:
        raise InvalidParameter(f"{str(folder)!r} can't be read: {error.strerror}") from None
    masks = {path.stem: path for path in files if path.stem.endswith(_MASK)}
    photos = [path for path in files if path.stem not in masks]
    if not photos:
        raise InvalidParameter(f"there are no pictures in {str(folder)!r}: give another folder")
    return [(path, masks.get(path.stem + _MASK)) for path in photos]


def _words(product: Path) -> str:
    words = " ".join(product.stem.replace("_", " ").replace("-", " ").split())
    return f"a {words}"
