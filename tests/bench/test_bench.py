from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from roomstage.bench import (
    child,
    contenders,
    document,
    drawn,
    memory,
    plot,
    speed,
    subject,
    timing,
)
from roomstage.bench.cli import app
from roomstage.bench.subject import Subject
from roomstage.errors import InvalidImage
from roomstage.image import Box
from roomstage.inputs import decode_image


@pytest.fixture(scope="module")
def own() -> Subject:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "_SAMPLES", Path("nowhere"))  # as in an installed wheel
        return subject.load()


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments for a run on tiny pictures that writes to `tmp_path`."""
    (tmp_path / "room.png").write_bytes(subject.encoded(drawn.room(300, 200), "png"))
    (tmp_path / "chair.png").write_bytes(subject.encoded(drawn.product(180, 200), "png"))
    monkeypatch.setattr(speed, "PRODUCT_SIDE", 200)
    monkeypatch.setattr(memory, "PRODUCT_SIDE", 200)
    files = ["--room", str(tmp_path / "room.png"), "--product", str(tmp_path / "chair.png")]
    return [*files, "--megapixels", "0.05", "--format", "png", "--out", str(tmp_path)]


def test_speed_prints_a_table_and_writes_document_and_plot(tmp_path: Path, tiny: list[str]) -> None:
    done = CliRunner().invoke(app, ["speed", *tiny, "--rounds", "1"])
    assert done.exit_code == 0, done.output
    written = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    for name in (contenders.KNOWN, contenders.COLD_KEYED, contenders.PILLOW, contenders.CLONE):
        assert f"| {name} " in done.stdout
        assert f"| {name} " in written
    for word in (
        "p50 ms",
        "p95 ms",
        "ratio to Pillow",
        "| analyse ",
        "| encode ",
        "OpenCV threads",
    ):
        assert word in written
    chart = tmp_path / "benchmarks" / "speed.svg"
    assert 0 < chart.stat().st_size < 100_000
    assert "benchmarks/speed.svg" in written


def test_without_matplotlib_the_plot_is_skipped_with_a_note(
    tmp_path: Path, tiny: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plot, "find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["speed", *tiny, "--rounds", "1"])
    assert done.exit_code == 0, done.output
    assert "install roomstage[bench]" in done.stderr
    assert not (tmp_path / "benchmarks").exists()
    assert "speed.svg" not in (tmp_path / "benchmarks.md").read_text(encoding="utf-8")


def test_memory_measures_a_process_of_its_own(
    tmp_path: Path, tiny: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_SHARES", {"a third": 1 / 3})
    done = CliRunner().invoke(app, ["memory", *tiny])
    assert done.exit_code == 0, done.output
    rows = [line for line in done.stdout.splitlines() if line.startswith("| PNG")]
    assert len(rows) == 4  # two sizes of product photo, keyed and by mask
    assert all(float(row.split("|")[-2]) > 20 for row in rows)
    assert "## Memory" in (tmp_path / "benchmarks.md").read_text(encoding="utf-8")


def test_peak_memory_grows_with_what_is_held() -> None:
    before = child.peak_mb()
    held = np.ones(int(before * 1e6) + 50_000_000, np.uint8)
    assert child.peak_mb() > before + 20
    del held


def test_a_failing_child_is_told_in_one_line(own: Subject) -> None:
    with pytest.raises(memory.RoomstageError, match="main_image is no picture"):
        memory._in_child("png", [b"no picture", b"none", b"none"])


def test_commands_renew_their_own_section_only(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    document.write_section(path, "speed", "first")
    document.write_section(path, "memory", "peaks")
    document.write_section(path, "speed", r"second \1")
    text = path.read_text(encoding="utf-8")
    assert "first" not in text
    assert text.index("# Benchmarks") < text.index(r"second \1") < text.index("peaks")


@pytest.mark.parametrize("megapixels", [0.05, 1, 2])
def test_rooms_have_the_size_they_are_said_to_have(own: Subject, megapixels: float) -> None:
    width, height = subject.room_size(own.room, megapixels)
    assert width * height == pytest.approx(megapixels * 1e6, rel=0.01)


@pytest.mark.parametrize("image_format", ["png", "jpeg"])
def test_every_contender_gives_a_picture_of_the_room_size(own: Subject, image_format: str) -> None:
    request = own.request(0.05, image_format, 200)
    for name, contender in contenders.contenders(request).items():
        picture = decode_image(contender(), field=name)
        assert picture.size == request.size, name
        if name != contenders.FLOOR:
            room = decode_image(request.room, field="room")
            assert (picture.rgb != room.rgb).any(), name


def test_contenders_take_turns() -> None:
    order: list[str] = []

    def run(name: str) -> bytes:
        order.append(name)
        return name.encode()

    timings = timing.race({name: partial(run, name) for name in ("a", "bb")}, rounds=2)
    assert order == ["a", "bb"] * 3  # one round to warm up
    assert [len(timings[name].ms) for name in timings] == [2, 2]
    assert timings["bb"].output_bytes == 2


@pytest.mark.parametrize("share", [0.12, 1 / 3, 0.8])
def test_a_mask_covers_the_share_that_was_asked_for(share: float) -> None:
    mask = subject.box_mask((900, 600), share)
    assert float((mask > 0).mean()) == pytest.approx(share, abs=0.01)


def test_the_products_own_mask_is_followed_by_pillow(own: Subject) -> None:
    request = own.request(0.05, "png", 200)
    pasted = decode_image(contenders.contenders(request)[contenders.PILLOW](), field="pasted")
    room = decode_image(request.room, field="room")
    changed = Box.around((pasted.rgb != room.rgb).any(axis=2))
    asked = Box.around(subject.resized(own.mask, request.size) > 127)
    assert changed is not None
    assert asked is not None
    assert asked.x0 - 1 <= changed.x0 < changed.x1 <= asked.x1 + 1
    assert asked.y0 - 1 <= changed.y0 < changed.y1 <= asked.y1 + 1


def test_a_wrong_path_names_its_option(tmp_path: Path) -> None:
    with pytest.raises(InvalidImage, match="room: there is no file"):
        subject.load(room=tmp_path / "missing.jpg")
