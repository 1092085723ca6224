from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import roomstage
from library import samples
from roomstage import colour
from roomstage.errors import CutoutNotFound, InvalidImage, InvalidMask, InvalidParameter

WORDS = "a brown leather lounge chair"


@pytest.fixture(scope="module")
def room() -> roomstage.Room:
    return roomstage.Room(samples.LIVING_ROOM)


@pytest.fixture(scope="module")
def staging(room: roomstage.Room) -> roomstage.Staging:
    return staged(room)


def staged(room: roomstage.Room, **fields) -> roomstage.Staging:
    given = {"prompt": WORDS, "main_image_mask": samples.LIVING_ROOM_MASK, **fields}
    return room.stage(samples.CHAIR, **given)


def pixels(path: Path) -> np.ndarray:
    return np.asarray(PIL.Image.open(path).convert("RGB"))


def inside(staging: roomstage.Staging) -> np.ndarray:
    """Mean linear colour [3] of the staged product's box."""
    return colour.decode(staging.image.rgb[staging.placement.box.slices]).mean(axis=(0, 1))


@pytest.mark.parametrize("room_path", samples.ROOMS, ids=lambda p: p.stem)
@pytest.mark.parametrize("product", samples.PRODUCTS, ids=lambda p: p.stem)
def test_every_byte_outside_product_and_shadow_survives(room_path: Path, product: Path) -> None:
    staging = roomstage.stage(
        room_path,
        product,
        prompt=f"a {product.stem.replace('_', ' ')}",
        main_image_mask=samples.SAMPLES / "masks" / f"{room_path.stem}_stage.png",
        overlay_image_mask=samples.mask_of(product),
    )
    before, after = pixels(room_path), staging.image.rgb
    untouched = staging.changed.values == 0
    assert (after[untouched] == before[untouched]).all()
    assert 0.3 < untouched.mean() < 0.99
    assert (after[staging.placement.box.slices] != before[staging.placement.box.slices]).any()


def test_every_kind_of_input_gives_the_same_picture(staging: roomstage.Staging) -> None:
    data = samples.CHAIR.read_bytes()
    opened = PIL.Image.open(samples.CHAIR)
    kinds = [data, io.BytesIO(data), opened, np.asarray(opened), str(samples.CHAIR)]
    for kind in kinds:
        again = roomstage.stage(
            samples.LIVING_ROOM, kind, prompt=WORDS, main_image_mask=samples.LIVING_ROOM_MASK
        )
        assert (again.image.rgb == staging.image.rgb).all()


def test_same_seed_same_bytes(room: roomstage.Room, staging: roomstage.Staging) -> None:
    assert staged(room).encoded("png") == staging.encoded("png")


def test_known_room_is_not_analysed_again() -> None:
    fresh = roomstage.Room(samples.LIVING_ROOM)
    assert "analyse" in staged(fresh).timings_ms
    assert "analyse" not in staged(fresh).timings_ms


def test_progress_tells_every_step_in_order() -> None:
    told: list[tuple[str, float]] = []
    roomstage.stage(
        samples.LIVING_ROOM,
        samples.CHAIR,
        prompt=WORDS,
        main_image_mask=samples.LIVING_ROOM_MASK,
        progress=lambda step, share: told.append((step, share)),
    )
    assert [step for step, _ in told] == ["analyse", "cut", "place", "shade", "composite", "done"]
    assert [share for _, share in told] == sorted(share for _, share in told)


def test_guidance_is_how_far_light_follows_the_room() -> None:
    dim = roomstage.Room(np.asarray(PIL.Image.open(samples.LIVING_ROOM)) // 2)
    studio, measured = (inside(staged(dim, guidance=g)) for g in (1, 30))
    assert measured.sum() < 0.9 * studio.sum()
    halfway = inside(staged(dim, guidance=15)).sum()
    assert measured.sum() < halfway < studio.sum()


def test_seed_turns_the_light_samples(room: roomstage.Room, staging: roomstage.Staging) -> None:
    other = staged(room, seed=7)
    difference = np.abs(other.image.rgb.astype(int) - staging.image.rgb)
    difference[staging.placement.box.slices] = 0  # grain; only the shadow is left
    assert difference.max() > 0
    assert difference.max() < 40  # it is the same light, sampled elsewhere


def test_steps_bring_the_shadow_nearer_to_its_limit(room: roomstage.Room) -> None:
    limit = [staged(room, steps=100, seed=seed).image.rgb.astype(int) for seed in (11, 12)]

    def spread(steps: int) -> float:
        seeds = [staged(room, steps=steps, seed=seed).image.rgb.astype(int) for seed in (1, 2, 3)]
        return float(np.mean([np.abs(picture - limit[0]).mean() for picture in seeds]))

    assert spread(60) < spread(10)
    assert np.abs(limit[0] - limit[1]).mean() < spread(10)


def test_prompt_tells_what_carries_the_product(room: roomstage.Room) -> None:
    standing = staged(room, prompt="a chair")
    hanging = staged(room, prompt="a picture on the wall")
    assert (standing.placement.surface, hanging.placement.surface) == ("floor", "wall")
    foot = slice(int(standing.placement.contact) - 10, int(standing.placement.contact) + 20)
    shadow = (standing.changed.values[foot] > 0).sum()
    assert shadow > 1.5 * (hanging.changed.values[foot] > 0).sum()


def test_random_seed_is_reported_and_repeats(room: roomstage.Room) -> None:
    drawn = staged(room, seed=-1)
    assert drawn.seed >= 0
    assert staged(room, seed=drawn.seed).image.rgb.tobytes() == drawn.image.rgb.tobytes()


def test_red_product_stays_red_in_a_blue_room() -> None:
    blue = np.asarray(PIL.Image.open(samples.LIVING_ROOM).convert("RGB")).copy()
    blue[..., 0] = blue[..., 0] // 3
    product = np.full((200, 200, 3), 255, np.uint8)
    product[40:160, 40:160] = (190, 30, 25)
    staging = roomstage.stage(
        blue, product, prompt="a red box", main_image_mask=samples.LIVING_ROOM_MASK
    )
    box = staging.placement.box
    middle = staging.image.rgb[(box.y0 + box.y1) // 2, (box.x0 + box.x1) // 2].astype(int)
    assert middle[0] > 2 * middle[2]


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"steps": 9}, InvalidParameter, "steps is 9: give a whole number from 10 to 100"),
        ({"steps": 101}, InvalidParameter, "10 to 100"),
        ({"steps": float("nan")}, InvalidParameter, "steps is nan"),
        ({"guidance": 0.5}, InvalidParameter, "from 1 to 50"),
        ({"guidance": float("inf")}, InvalidParameter, "guidance is inf"),
        ({"prompt": "  "}, InvalidParameter, "prompt is empty"),
        ({"seed": 2**63}, InvalidParameter, "seed"),
        ({"main_image_mask": np.zeros((1024, 1536), np.uint8)}, InvalidMask, "paint white"),
        ({"overlay_image_mask": np.zeros((900, 900), np.uint8)}, InvalidMask, "empty"),
    ],
)
def test_bad_input_names_field_and_remedy(
    room: roomstage.Room, fields: dict, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        staged(room, **fields)


def test_missing_file_and_no_picture_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InvalidImage, match="main_image"):
        roomstage.Room(tmp_path / "nowhere.jpg")
    with pytest.raises(InvalidImage, match="main_image"):
        roomstage.Room(b"<html>not found</html>")


def test_busy_background_asks_for_a_mask(room: roomstage.Room) -> None:
    with pytest.raises(CutoutNotFound, match="overlay_image_mask"):
        room.stage(samples.LIVING_ROOM, prompt="a room?", main_image_mask=samples.LIVING_ROOM_MASK)


def test_unknown_engine_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="cpu"):
        roomstage.Room(samples.LIVING_ROOM, engine="warp drive")


def test_transparency_of_the_room_survives() -> None:
    picture = np.dstack([pixels(samples.LIVING_ROOM), np.full((1024, 1536), 255, np.uint8)])
    picture[:50, :50, 3] = 90
    staging = roomstage.stage(
        picture, samples.CHAIR, prompt=WORDS, main_image_mask=samples.LIVING_ROOM_MASK
    )
    back = PIL.Image.open(io.BytesIO(staging.encoded("png")))
    assert back.mode == "RGBA"
    assert np.asarray(back)[10, 10, 3] == 90


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_saving_follows_the_suffix(staging: roomstage.Staging, tmp_path: Path, suffix: str) -> None:
    path = staging.save(tmp_path / f"staged.{suffix}")
    with PIL.Image.open(path) as opened:
        assert opened.format == {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[suffix]
        assert opened.size == staging.image.size


def test_report_counts_the_pixels(staging: roomstage.Staging) -> None:
    report = staging.report()
    assert report["pixels_changed"] + report["pixels_identical"] == 1536 * 1024
    assert report["placement"]["chosen_by"] == "region"
    assert set(report["timings_ms"]) >= {"cut", "place", "shade", "composite"}


def test_the_report_proves_that_nothing_outside_was_touched(staging: roomstage.Staging) -> None:
    report = staging.report()
    untouched = staging.changed.values == 0
    before = pixels(samples.LIVING_ROOM)
    assert report["outside_sha256"] == hashlib.sha256(before[untouched].tobytes()).hexdigest()
    assert report["pixels_identical"] == int(untouched.sum())


def test_the_report_tells_the_rooms_geometry(staging: roomstage.Staging) -> None:
    report = json.loads(json.dumps(staging.report()))
    room, placement = report["room"], report["placement"]
    assert 0 < room["horizon"] < placement["corners"][2][1]
    assert room["planes"]["floor"] > 0
    assert placement["plane"] == "floor"
    assert placement["pixels_per_metre"] > 0
    wide = placement["corners"][1][0] - placement["corners"][0][0]
    assert placement["size_cm"][0] == pytest.approx(
        100 * wide / placement["pixels_per_metre"], rel=0.02
    )


@pytest.mark.parametrize("field", ["overlay_width_cm", "overlay_height_cm"])
def test_a_true_size_is_followed(room: roomstage.Room, field: str) -> None:
    small, large = (staged(room, **{field: cm}).placement for cm in (50, 100))
    assert small.chosen_by == large.chosen_by == "true size"
    assert large.corners[2, 1] == pytest.approx(small.corners[2, 1], abs=0.5)
    assert np.ptp(large.corners[:, 0]) == pytest.approx(2 * np.ptp(small.corners[:, 0]), rel=0.01)


def test_a_product_larger_than_its_mask_stays_sharp(room: roomstage.Room) -> None:
    spot = np.zeros((1024, 1536), np.uint8)
    spot[900:960, 700:760] = 255
    staging = staged(room, main_image_mask=spot, overlay_width_cm=150)
    assert np.ptp(staging.placement.corners[:, 0]) > 400
    assert staging.cutout.scale == 1  # not a pixel of the product's photo was given away


@pytest.mark.parametrize("wrong", [0, 2001, "wide", True])
def test_a_wrong_size_is_refused_with_its_bounds(room: roomstage.Room, wrong: object) -> None:
    with pytest.raises(InvalidParameter, match="a number from 1 to 2000") as error:
        staged(room, overlay_width_cm=wrong)
    assert error.value.field == "overlay_width_cm"
