from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from roomstage.bench import baselines, cases, drawn, measures, realism, realism_sheet, subject
from roomstage.bench.cases import Case
from roomstage.bench.cli import app
from roomstage.cli.main import app as roomstage
from roomstage.errors import InvalidInput, RoomstageError
from roomstage.image import U8
from roomstage.inputs import decode_image

SHARED = Path(os.environ.get("ROOMSTAGE_SHARED", Path(__file__).parents[3] / "shared"))
DEV = SHARED / "groundtruth" / "dev"
OWN = Path(__file__).parents[2] / "bench" / "realism"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of one small case, whose truth is the product on the floor with a shadow below."""
    case = tmp_path / "set" / "armchair"
    case.mkdir(parents=True)
    room, product = drawn.room(240, 160), drawn.product(90, 100)
    pictures = {"main": room, "overlay": product, "overlay_mask": _cover(product)}
    spot = np.zeros((160, 240), np.uint8)
    spot[70:140, 90:150] = 255
    coverage = np.zeros_like(spot)
    coverage[75:135, 95:145] = 255
    influence = np.zeros_like(spot)
    influence[130:150, 85:155] = 255
    truth = room.copy()
    truth[influence > 0] //= 2
    truth[coverage > 0] = (60, 100, 110)
    pictures |= {"main_mask": spot, "object_mask": coverage, "truth": truth}
    for name, picture in (pictures | {"influence": influence}).items():
        (case / f"{name}.png").write_bytes(subject.encoded(picture, "png"))
    (case / "case.json").write_text(json.dumps({"prompt": "an armchair"}))
    return case.parent


@pytest.fixture
def case(folder: Path) -> Case:
    return cases.load_set(folder)[0]


def _cover(product: U8) -> U8:
    return np.where(product.min(axis=2) < 190, np.uint8(255), np.uint8(0))


def test_the_command_prints_tables_and_writes_document_and_sheet(
    folder: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "new" / "sheet.jpg"
    done = CliRunner().invoke(
        app, ["realism", str(folder), "--out", str(tmp_path), "--sheet", str(sheet)]
    )
    assert done.exit_code == 0, done.output
    written = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    for name in (realism.OURS, realism.KEYED, *baselines.baselines()):
        assert name in done.stdout
        assert f"| {name} " in written
    assert "armchair" in done.stdout
    assert f"roomstage bench realism {folder}" in written
    assert "every pixel has the room's bytes" in written
    assert "flip-evaluator" in written
    assert "1/1 armchair" in done.stderr
    assert sheet.stat().st_size < realism_sheet.MOST_BYTES
    assert decode_image(sheet.read_bytes(), field="sheet").size[0] > 1000


def test_the_truth_itself_scores_best(case: Case) -> None:
    values = measures.score(case.truth, case).values
    best = dict.fromkeys(values, 0.0) | {"shadow_lf": 1.0}
    assert values == pytest.approx(best, abs=1e-6)


def test_the_untouched_room_draws_no_shadow(case: Case) -> None:
    values = measures.score(case.room.rgb, case).values
    assert values["shadow_lf"] == pytest.approx(0, abs=1e-6)
    assert values["bg_mean"] == 0
    assert values["flip_box"] > 0.1
    assert values["dE_obj"] > 5


def test_each_measure_sees_its_own_part_of_the_picture(case: Case) -> None:
    elsewhere, inside, below = (case.truth.copy() for _ in range(3))
    elsewhere[:40] = 255 - elsewhere[:40]
    inside[100:110, 110:120] = 255
    below[145:150, 85:155] = 0
    assert measures.score(elsewhere, case).values["bg_mean"] > 10
    assert measures.score(inside, case).values["dE_obj"] > 1
    assert measures.score(inside, case).values["shadow_lf"] == pytest.approx(1, abs=1e-6)
    assert measures.score(below, case).values["shadow_lf"] < 0.95
    assert measures.score(below, case).values["dE_obj"] == pytest.approx(0, abs=1e-6)


def test_no_case_sinks_the_mean_of_the_shadow(case: Case) -> None:
    def result(shadow: float) -> realism.Result:
        values = dict.fromkeys(measures.MEANING, 0.5) | {"shadow_lf": shadow}
        score = measures.Score(values, np.zeros((2, 2)))
        return realism.Result(case, case.truth, {realism.OURS: score}, 0)

    found = realism.means([result(-7.0), result(0.5), result(float("nan"))], realism.OURS)
    assert found["shadow_lf"] == pytest.approx(-0.25)
    assert found["flip_box"] == pytest.approx(0.5)


def test_baselines_fill_the_box_and_leave_the_rest(case: Case) -> None:
    assert case.product_cover is not None
    fit = baselines.fitted(case.room.rgb, case.product.rgb, case.product_cover, case.box)
    for name, way in baselines.baselines().items():
        picture = way(fit)
        outside = np.ones(picture.shape[:2], bool)
        outside[case.box.grown(3, case.room.size).slices] = False
        assert (picture[outside] == case.room.rgb[outside]).all(), name
        assert (picture[~outside] != case.room.rgb[~outside]).any(), name


def test_pixels_changed_outside_the_mask_are_told(case: Case) -> None:
    result = realism.run(case)
    assert result.strayed == 0
    told = realism.report([realism.Result(case, result.staged, result.scores, 3)], [], "command")
    assert "3 pixels differ" in told
    assert "every pixel has the room's bytes" not in told


def test_without_a_product_mask_the_product_is_keyed(folder: Path) -> None:
    (folder / "armchair" / "overlay_mask.png").unlink()
    result = realism.run(cases.load_set(folder)[0])
    ours, keyed = result.scores[realism.OURS].values, result.scores[realism.KEYED].values
    assert ours == keyed
    assert baselines.PASTE in result.scores


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("case.json", b"{}", "tells no prompt"),
        ("case.json", b"[1", "tells no prompt"),
        ("truth.png", b"no picture", "truth.png"),
        ("object_mask.png", None, "has no object_mask.png"),
        (
            "influence.png",
            subject.encoded(np.zeros((20, 20), np.uint8), "png"),
            "give both one size",
        ),
        (
            "main_mask.png",
            subject.encoded(np.zeros((160, 240), np.uint8), "png"),
            "main_mask is empty",
        ),
    ],
    ids=["no prompt", "no JSON", "no picture", "missing", "another size", "empty"],
)
def test_a_broken_case_is_told_with_its_file(
    folder: Path, name: str, data: bytes | None, words: str
) -> None:
    path = folder / "armchair" / name
    path.unlink() if data is None else path.write_bytes(data)
    with pytest.raises(InvalidInput, match=words):
        cases.load_set(folder)


def test_a_folder_without_cases_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(roomstage, ["bench", "realism", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "holds no cases" in done.stderr
    assert "Traceback" not in done.output


def test_a_sheet_of_no_known_kind_is_refused_before_the_work(folder: Path) -> None:
    arguments = ["bench", "realism", str(folder), "--sheet", "sheet.xyz"]
    done = CliRunner().invoke(roomstage, arguments)
    assert done.exit_code == 2
    assert "give a sheet that ends in .jpg or .png" in done.stderr


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(RoomstageError, match=r"flip-evaluator .*pip install roomstage\[bench\]"):
        measures.require()


def test_our_own_set_can_be_read() -> None:
    found = cases.load_set(OWN)
    assert len(found) >= 2
    for one in found:
        unlike = (one.truth != one.room.rgb).any(axis=2)
        assert one.influence.any(), one.name
        assert unlike[one.coverage > 127].mean() > 0.9, one.name
        assert one.product_cover is not None, one.name
    assert sum(path.stat().st_size for path in OWN.rglob("*")) < 6_000_000


@pytest.mark.skipif(not DEV.is_dir(), reason="the outside set is not here")
def test_a_paste_scores_what_others_found_for_it() -> None:
    one = cases.load_case(DEV / "dev_01")
    assert one.product_cover is not None
    fit = baselines.fitted(one.room.rgb, one.product.rgb, one.product_cover, one.box)
    values = measures.score(baselines.paste(fit), one).values
    known = {"flip_box": 0.386, "dE_obj": 19.14, "dE_mean": 11.28, "edge_flip": 0.533}
    for name, value in known.items():
        assert values[name] == pytest.approx(value, abs=0.006), name
