"""Several stagings in one call: each is what a call of its own gives, and the work is shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import roomstage
from roomstage import api, inputs, pipeline
from roomstage.engines.cpu import CpuEngine
from roomstage.errors import InvalidParameter
from roomstage.image import Image
from server import live

PICTURES = live.pictures()


@pytest.fixture(scope="module")
def room() -> roomstage.Room:
    return roomstage.Room(PICTURES["main_image"])


def stage(room: roomstage.Room, **more: Any) -> roomstage.Staging:
    given = {
        "prompt": "a blue box",
        "main_image_mask": PICTURES["main_image_mask"],
        "overlay_image_mask": PICTURES["overlay_image_mask"],
        "remove": False,
    }
    return room.stage(PICTURES["overlay_image"], **given | more)


@pytest.mark.parametrize("remove", [False, True])
def test_each_variant_is_the_picture_of_its_seed_alone(room: roomstage.Room, remove: bool) -> None:
    count = 2 if remove else 3
    several = stage(room, seed=7, variants=count, remove=remove)
    assert len(several.variants) == count
    assert several.variants[0] is several
    for seed, each in enumerate(several.variants, 7):
        alone = stage(room, seed=seed, remove=remove)
        assert each.seed == seed
        assert each.encoded() == alone.encoded()
        assert (each.changed.values == alone.changed.values).all()
        assert each.outside_sha256() == alone.outside_sha256()
        own, single = each.report(), alone.report()
        differing = {"timings_ms", "variants"}
        assert own.keys() - differing == single.keys() - differing
        assert all(own[name] == single[name] for name in single if name not in differing)
    assert len({each.encoded() for each in several.variants}) == count


def test_outside_the_edit_every_variant_is_the_room(room: roomstage.Room) -> None:
    before = inputs.decode_image(PICTURES["main_image"], field="main_image").rgb
    for each in stage(room, variants=4).variants:
        outside = each.changed.values == 0
        assert outside.mean() > 0.3
        assert (each.image.rgb[outside] == before[outside]).all()


def test_what_no_seed_decides_is_done_once(
    room: roomstage.Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def counted(name: str, own: Any) -> Any:
        def call(*given: Any, **more: Any) -> Any:
            done.append(name)
            return own(*given, **more)

        return call

    monkeypatch.setattr(CpuEngine, "cut", counted("cut", CpuEngine.cut))
    monkeypatch.setattr(pipeline, "find_occupant", counted("look", pipeline.find_occupant))
    monkeypatch.setattr(pipeline, "place", counted("place", pipeline.place))
    monkeypatch.setattr(CpuEngine, "shade", counted("shade", CpuEngine.shade))
    stage(room, variants=3, remove=None)
    assert done == ["cut", "look", "place", "shade", "shade", "shade"]


def test_progress_is_told_of_all_of_them_as_of_one(room: roomstage.Room) -> None:
    told: list[tuple[str, float]] = []
    seen: list[Image] = []

    class Watcher:
        def __call__(self, step: str, share: float) -> None:
            told.append((step, share))

        def show(self, picture: Image) -> None:
            seen.append(picture)

    stage(room, variants=2, remove=True, progress=Watcher())
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert len(set(shares)) == len(shares)
    assert told[-1] == ("done", 1.0)
    assert [step for step, _ in told].count("composite") == 2
    assert len(seen) == 1


def test_the_report_tells_them_apart(room: roomstage.Room) -> None:
    assert "variants" not in stage(room).report()
    several = stage(room, seed=2**63 - 1, variants=3)
    report = several.report_in_one()
    assert [each["seed"] for each in report["variants"]] == [2**63 - 1, 0, 1]
    assert [each["box"] for each in report["variants"]] == [
        [0, 0, 320, 240],
        [320, 0, 640, 240],
        [0, 240, 320, 480],
    ]
    whole = several.side_by_side()
    assert whole.size == (640, 480)
    for told, each in zip(report["variants"], several.variants, strict=True):
        x0, y0, x1, y1 = told["box"]
        assert (whole.rgb[y0:y1, x0:x1] == each.image.rgb).all()
        assert told["outside_sha256"] == each.outside_sha256()
        assert told["warnings"] == []  # those of all are told once
    assert (whole.rgb[240:, 320:] == 255).all()
    assert "box" not in several.report()["variants"][0]


def test_a_photo_with_alpha_keeps_it(room: roomstage.Room) -> None:
    rgb = np.asarray(inputs.decode_image(PICTURES["main_image"], field="main_image").rgb)
    alpha = np.full((240, 320, 1), 255, np.uint8)
    alpha[:20] = 0
    several = stage(roomstage.Room(np.dstack([rgb, alpha])), variants=2)
    whole = several.side_by_side()
    assert whole.alpha is not None
    assert (whole.alpha[:20] == 0).all()


@pytest.mark.parametrize("wrong", [0, 5, "three", 1.5])
def test_how_many_is_held_to_its_range(room: roomstage.Room, wrong: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"variants is .*: give a whole number from 1 to 4"):
        stage(room, variants=wrong)


def test_a_draft_has_no_variants() -> None:
    from roomstage.models.studio.preview import StudioPreviewParams

    assert "variants" not in StudioPreviewParams.model_fields
    pictures = {"main_image": b"-", "overlay_image": b"-"}
    assert StudioPreviewParams.parse({**pictures, "prompt": "a box", "variants": 4}).count == 1


def test_the_library_has_it_in_both_its_ways() -> None:
    several = api.stage(
        PICTURES["main_image"],
        PICTURES["overlay_image"],
        prompt="a blue box",
        overlay_image_mask=PICTURES["overlay_image_mask"],
        variants=2,
        seed=-1,
    )
    first, second = several.variants
    assert second.seed == first.seed + 1
