from __future__ import annotations

import hashlib
import io

import numpy as np
import PIL.Image
import pytest

import roomstage
from library import samples
from removal import drawn
from roomstage.errors import InvalidMask, InvalidParameter

CHAIR = {"overlay_image": samples.CHAIR, "prompt": "a leather lounge chair"}


@pytest.fixture(scope="module")
def furnished() -> drawn.Furnished:
    return drawn.furnished()


@pytest.fixture(scope="module")
def room(furnished: drawn.Furnished) -> roomstage.Room:
    return roomstage.Room(furnished.image.rgb)


def box_around(furnished: drawn.Furnished) -> np.ndarray:
    x0, y0, x1, y1 = furnished.box
    return drawn.box_mask(x0 - 30, y0 - 20, x1 + 30, y1 + 10).values


def staged(room: roomstage.Room, mask: np.ndarray | None, **fields) -> roomstage.Staging:
    return room.stage(**CHAIR, main_image_mask=mask, **fields)


def test_erase_takes_a_piece_out(furnished: drawn.Furnished) -> None:
    erasure = roomstage.erase(furnished.image.rgb, box_around(furnished))
    report = erasure.report()
    assert report["removal"]["removed"]
    assert report["removal"]["confidence"] >= 0.5
    x0, y0, x1, y1 = furnished.box
    assert (x1 - x0) * (y1 - y0) <= report["removal"]["pixels"] < 1.4 * (x1 - x0) * (y1 - y0)
    inside = furnished.piece.values > 0
    off = np.abs(erasure.image.rgb.astype(int) - furnished.empty.rgb)[inside]
    assert off.mean() < 10
    untouched = erasure.changed.values == 0
    assert (erasure.image.rgb[untouched] == furnished.image.rgb[untouched]).all()
    assert report["pixels_identical"] == int(untouched.sum())
    assert set(report["timings_ms"]) == {"analyse", "remove"}


def test_a_box_over_nothing_clear_is_erased_as_it_is(furnished: drawn.Furnished) -> None:
    mask = drawn.box_mask(430, 120, 500, 220).values  # a piece of wall
    erasure = roomstage.erase(furnished.image.rgb, mask)
    assert (erasure.changed.values[mask > 0] == 255).all()


def test_a_room_can_be_erased_and_staged(room: roomstage.Room, furnished: drawn.Furnished) -> None:
    erasure = room.erase(furnished.piece.values, seed=-1)
    assert erasure.seed >= 0
    again = room.erase(furnished.piece.values, seed=erasure.seed)
    assert again.image.rgb.tobytes() == erasure.image.rgb.tobytes()
    assert PIL.Image.open(io.BytesIO(erasure.encoded("jpeg", 90))).size == drawn.SIZE


def test_what_stands_in_the_place_gives_way_to_the_product(
    room: roomstage.Room, furnished: drawn.Furnished
) -> None:
    kept, cleared = (staged(room, box_around(furnished), remove=r) for r in (False, None))
    assert not kept.report()["removal"]["removed"]
    assert cleared.report()["removal"]["removed"]
    bare = (cleared.cutout.alpha < 5).mean() > 0.05
    assert bare  # the product leaves something of the place open
    inside = (furnished.piece.values > 0) & (kept.image.rgb == furnished.image.rgb).all(axis=2)
    assert inside.sum() > 200  # the old piece shows beside the new one
    off = np.abs(cleared.image.rgb.astype(int) - furnished.empty.rgb)[inside]
    assert off.mean() < 30
    untouched = cleared.changed.values == 0
    assert (cleared.image.rgb[untouched] == furnished.image.rgb[untouched]).all()
    assert (cleared.changed.values[furnished.piece.values > 0] == 255).all()
    assert (cleared.room.rgb == furnished.image.rgb).all()


def test_the_report_proves_what_was_left_alone(
    room: roomstage.Room, furnished: drawn.Furnished
) -> None:
    for done in (room.erase(furnished.piece.values), staged(room, box_around(furnished))):
        report, untouched = done.report(), done.changed.values == 0
        assert report["removal"]["removed"]
        before = furnished.image.rgb[untouched]
        assert report["outside_sha256"] == hashlib.sha256(before.tobytes()).hexdigest()
        assert report["pixels_identical"] == len(before)


@pytest.mark.parametrize("remove", [None, True])
def test_what_stands_before_the_old_piece_stands_before_the_new_one(
    furnished: drawn.Furnished, remove: bool | None
) -> None:
    x0, y0, x1, y1 = furnished.box
    front = np.s_[y0 + 134 : y1 + 12, x0 - 20 : x0 + 35]
    rgb, mask = furnished.image.rgb.copy(), drawn.box_mask(x0 - 25, y0 - 15, x1 + 25, y1 + 6).values
    rgb[front], mask[front] = (40, 110, 50), 0
    staging = staged(roomstage.Room(rgb), mask, remove=remove)
    assert staging.report()["removal"]["removed"]
    assert staging.report()["placement"]["partly_hidden"]
    inside = np.s_[y0 + 138 : y1 + 2, x0 - 16 : x0 + 31]
    assert (staging.image.rgb[inside] == rgb[inside]).all()
    assert not staging.changed.values[inside].any()


def test_progress_tells_of_a_removal(room: roomstage.Room, furnished: drawn.Furnished) -> None:
    told: list[tuple[str, float]] = []
    staged(room, box_around(furnished), progress=lambda step, share: told.append((step, share)))
    assert [step for step, _ in told] == ["cut", "remove", "place", "shade", "composite", "done"]
    assert [share for _, share in told] == sorted(share for _, share in told)


def test_an_empty_place_is_not_touched_first(
    room: roomstage.Room, furnished: drawn.Furnished
) -> None:
    mask = drawn.box_mask(30, 240, 190, 440).values
    default, never = staged(room, mask), staged(room, mask, remove=False)
    assert default.image.rgb.tobytes() == never.image.rgb.tobytes()
    assert not default.report()["removal"]["removed"]


def test_a_rug_is_laid_where_the_furniture_stays(
    room: roomstage.Room, furnished: drawn.Furnished
) -> None:
    mask, rug = box_around(furnished), np.full((60, 90, 3), 120, np.uint8)
    product = {"main_image_mask": mask, "overlay_image_mask": np.full((60, 90), 255, np.uint8)}
    staging = room.stage(rug, prompt="a woven rug", **product)
    assert not staging.report()["removal"]["removed"]


def test_remove_takes_out_what_the_mask_marks(room: roomstage.Room) -> None:
    mask = drawn.box_mask(30, 240, 190, 440).values
    staging = staged(room, mask, remove=True)
    assert staging.report()["removal"]["pixels"] >= 160 * 200


def test_wrong_calls_are_refused_with_the_remedy(
    room: roomstage.Room, furnished: drawn.Furnished
) -> None:
    with pytest.raises(InvalidParameter, match="main_image_mask is missing") as error:
        staged(room, None, remove=True)
    assert error.value.field == "remove"
    nothing, everything = np.zeros(drawn.SIZE[::-1], np.uint8), np.ones(drawn.SIZE[::-1], np.uint8)
    with pytest.raises(InvalidMask, match="is empty: paint white what is to be taken out") as error:
        room.erase(nothing)
    assert error.value.field == "main_image_mask"
    with pytest.raises(InvalidMask, match="nearly everything"):
        room.erase(everything * 255)
    with pytest.raises(InvalidParameter, match="seed"):
        roomstage.erase(furnished.image.rgb, nothing, seed=-2)


@pytest.mark.parametrize("case", range(1, 13))
def test_only_the_chair_that_is_to_be_replaced_gives_way(case: int) -> None:
    folder = samples.shared("groundtruth", "dev", f"dev_{case:02d}")
    if not (folder / "case.json").exists():
        pytest.skip(f"needs {folder.name}")
    from roomstage import inputs, removal, scene

    image = inputs.read_image(str(folder / "main.png"), field="main_image")
    mask = inputs.read_mask(str(folder / "main_mask.png"), of=image, field="main_image_mask")
    found = removal.find_occupant(image, scene.analyse(image), mask)
    replaces = '"special": "replace"' in (folder / "case.json").read_text()
    assert (found.mask is not None) == replaces
