from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from roomstage.cli import flags, main
from roomstage.cli.main import app
from roomstage.models.furniture_staging import FurnitureStagingParams
from server import live

PICTURES = live.pictures()
FIELDS = FurnitureStagingParams.model_fields


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the four pictures in it."""
    for name, data in PICTURES.items():
        (tmp_path / f"{name}.png").write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


STAGE = ("stage", "main_image.png", "overlay_image.png", "--prompt", "a blue box")
MASKED = (*STAGE, "--main-image-mask", "main_image_mask.png")


def roomstage(*arguments: str, stdin: bytes | None = None) -> Any:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def opened(path: str) -> Image.Image:
    return Image.open(io.BytesIO(Path(path).read_bytes()))


def check_refused(result: Any, *words: str) -> None:
    """Exit code 2, one line on stderr, nothing on stdout."""
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line


@pytest.mark.usefixtures("folder")
def test_a_staging_is_written_beside_and_said() -> None:
    result = roomstage(*MASKED)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("staged.png written in ")
    staged = opened("staged.png")
    assert (staged.format, staged.size) == ("PNG", (320, 240))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "written"),
    [
        (["-o", "a.jpg"], "JPEG"),
        (["-o", "a.webp"], "WEBP"),
        (["-o", "a.jpg", "--image-format", "png"], "PNG"),
        (["-o", "a", "--image-format", "JPG"], "JPEG"),
    ],
)
def test_the_suffix_chooses_the_format_unless_it_is_given(options: list[str], written: str) -> None:
    assert roomstage(*MASKED, *options).exit_code == 0
    assert opened(options[1]).format == written


@pytest.mark.usefixtures("folder")
def test_streams_go_through_stdin_and_stdout() -> None:
    room = PICTURES["main_image"]
    result = roomstage(*("stage", "-", *MASKED[2:]), "-o", "-", stdin=room)
    assert result.exit_code == 0, result.stderr
    assert Image.open(io.BytesIO(result.stdout_bytes)).size == (320, 240)
    assert result.stderr.splitlines()[-1].startswith("stdout written in")


@pytest.mark.usefixtures("folder")
def test_variants_go_to_files_of_their_own_and_side_by_side_to_stdout() -> None:
    several = (*MASKED, "--seed", "7", "--variants", "2")
    result = roomstage(*several, "-o", "a.png", "--json", "a.json")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("a-1.png, a-2.png written in ")
    assert not Path("a.png").exists()
    told = json.loads(Path("a.json").read_text())["variants"]
    assert [each["seed"] for each in told] == [7, 8]
    roomstage(*MASKED, "--seed", "8", "-o", "b.png")
    assert Path("b.png").read_bytes() == Path("a-2.png").read_bytes()
    piped = Image.open(io.BytesIO(roomstage(*several, "-o", "-").stdout_bytes))
    assert piped.size == (640, 240)
    assert piped.crop((320, 0, 640, 240)).tobytes() == opened("b.png").tobytes()
    Path("c-2.png").mkdir()
    check_refused(roomstage(*several, "-o", "c.png"), "'c-2.png' is a folder")
    assert not Path("c-1.png").exists()


@pytest.mark.usefixtures("folder")
def test_the_same_seed_gives_the_same_file() -> None:
    for name in ("a.png", "b.png"):
        assert roomstage(*MASKED, "--seed", "7", "-o", name, "--quiet").stdout == ""
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


@pytest.mark.usefixtures("folder")
def test_report_and_sheet_are_written_on_demand() -> None:
    masks = ("--overlay-image-mask", "overlay_image_mask.png", "--seed", "-1")
    result = roomstage(*MASKED, *masks, "--json", "r.json", "--sheet", "sheet.jpg")
    assert result.exit_code == 0, result.stderr
    report = json.loads(Path("r.json").read_text())
    assert (report["width"], report["height"]) == (320, 240)
    assert report["seed"] >= 0
    sheet = opened("sheet.jpg")
    assert sheet.format == "JPEG"
    assert sheet.width > 320


@pytest.mark.usefixtures("folder")
def test_warnings_go_to_stderr() -> None:
    Image.new("L", (40, 30), 255).save("small.png")
    result = roomstage(*STAGE, "--main-image-mask", "small.png")
    assert result.exit_code == 0
    assert "warning: main_image_mask" in result.stderr
    assert "warning" not in result.stdout


@pytest.mark.usefixtures("folder")
def test_urls_are_fetched_by_the_rules_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with live.files(PICTURES) as root:
        by_url = ("stage", f"{root}/main_image", *MASKED[2:])
        check_refused(roomstage(*by_url), "main_image could not be fetched")
        monkeypatch.setenv("ROOMSTAGE_FETCH_ALLOW_PRIVATE", "1")
        assert roomstage(*by_url).exit_code == 0


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stage"], ["MAIN_IMAGE"]),
        (["stage", "main_image.png", "overlay_image.png"], ["--prompt"]),
        (["stage", "no.png", *MASKED[2:]], ["main_image", "no file 'no.png'"]),
        (["stage", ".", *MASKED[2:]], ["main_image", "directory"]),
        (["stage", "a\0b", *MASKED[2:]], ["main_image"]),
        (["stage", "empty.png", *MASKED[2:]], ["main_image", "empty"]),
        (["stage", "words.png", *MASKED[2:]], ["main_image"]),
        (["stage", "/dev/zero", *MASKED[2:]], ["main_image", "30,000,000"]),
        (["stage", "-", "-", "--prompt", "x"], ["only one picture"]),
        (["stage", "-", *MASKED[2:]], ["main_image", "stdin is empty"]),
        (["stage", "file:///etc/passwd", *MASKED[2:]], ["main_image"]),
        ([*MASKED, "--steps", "9"], ["steps", "from 10 to 100"]),
        ([*MASKED, "--steps", "many"], ["steps", "from 10 to 100"]),
        ([*MASKED, "--guidance", "nan"], ["guidance", "from 1 to 50"]),
        ([*MASKED, "--overlay-width-cm", "0"], ["overlay_width_cm", "from 1 to 2000"]),
        ([*MASKED, "--overlay-height-cm", "5000"], ["overlay_height_cm", "from 1 to 2000"]),
        ([*MASKED, "--remove", "perhaps"], ["remove", "true or false"]),
        ([*MASKED, "--remove"], ["--remove"]),
        ([*STAGE, "--remove", "true"], ["remove", "main_image_mask is missing"]),
        ([*MASKED, "--image-format", "tiff"], ["image_format", "png, jpeg, webp"]),
        ([*MASKED, "--prompt", " "], ["prompt", "empty"]),
        ([*MASKED, "-o", "a.tiff"], ["a.tiff", ".png"]),
        ([*MASKED, "-o", "no/such/a.png"], ["no/such/a.png", "folder"]),
        ([*MASKED, "-o", ".", "--image-format", "png"], ["folder"]),
        ([*MASKED, "-o", "-", "--json", "-"], ["stdout"]),
        ([*MASKED, "--sheet", "s.tiff"], ["s.tiff"]),
        ([*MASKED, "--engine", "steam"], ["engine", "steam", "cpu"]),
        ([*MASKED, "--no-such-flag"], ["--no-such-flag"]),
        (
            ["paint"],
            ["paint", "stage, erase, batch, img2img, serve, keys, credits, models, doctor"],
        ),
        (["serve", "--port", "x"], ["port"]),
        (["serve", "--port", "70000"], ["PORT", "65535"]),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(
    arguments: list[str], words: list[str]
) -> None:
    Path("empty.png").write_bytes(b"")
    Path("words.png").write_bytes(b"not a picture")
    check_refused(roomstage(*arguments), *words)
    assert not Path("staged.png").exists()


def test_the_flags_are_those_of_the_schema() -> None:
    given = {parameter.name for parameter in flags.parameters(FurnitureStagingParams)}
    assert given == set(FIELDS) - {"base64"}
    text = " ".join(roomstage("stage", "--help").stdout.replace("│", " ").split())
    for name, info in FIELDS.items():
        if name in ("base64", "main_image", "overlay_image"):
            continue
        assert "--" + name.replace("_", "-") in text
        if info.default is not None and not info.is_required():
            assert f"default {info.default}" in text
    for words in ("MAIN_IMAGE", "10 to 100", "1 to 50", "png|jpeg|webp"):
        assert words in text


def test_help_teaches_by_example() -> None:
    for arguments in ([], ["--help"], ["stage", "--help"], ["serve", "--help"]):
        result = roomstage(*arguments)
        assert result.exit_code == 0
        assert "roomstage stage room.jpg" in result.stdout or "roomstage serve" in result.stdout


def test_help_and_version_load_no_imaging() -> None:
    code = (
        "import sys\n"
        "from roomstage.cli.main import app\n"
        "try:\n    app([sys.argv[1]])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "print(sorted({'numpy', 'cv2', 'pydantic', 'fastapi'} & set(sys.modules)))"
    )
    for flag in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", code, flag], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "[]"


def test_doctor_is_content_with_a_sound_machine() -> None:
    result = roomstage("doctor")
    assert result.exit_code == 0
    assert "ok    engine cpu can run" in result.stdout


def test_doctor_fails_where_the_cpu_engine_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from roomstage import engines

    monkeypatch.setattr(engines, "survey", lambda: {"cpu": "no numpy: install it"})
    result = roomstage("doctor")
    assert result.exit_code == 1
    assert "FAIL  engine cpu can't run: no numpy" in result.stdout


def test_a_command_of_another_package_is_loaded_when_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "more_commands.py").write_text(
        "import typer\n"
        "app = typer.Typer()\n"
        "@app.command()\n"
        "def first():\n    print('first ran')\n"
        "@app.command()\n"
        "def second():\n    print('second ran')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(main._COMMANDS, "more", ("more_commands", "Does more."))
    monkeypatch.setitem(main._COMMANDS, "absent", ("no_such.package", "Does nothing."))
    assert "Does more." in roomstage("--help").stdout
    assert "Does nothing." not in roomstage("--help").stdout
    assert roomstage("more", "second").stdout == "second ran\n"
    check_refused(roomstage("more", "third"), "third")
    check_refused(roomstage("absent"), "absent")
