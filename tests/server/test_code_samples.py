"""The API page's code samples do what they say: they are run against a real server."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from roomstage.models import lack_of, registry
from roomstage.server import openapi
from roomstage.server.app import build_app
from roomstage.server.config import Config
from roomstage.server.samples import folder as samples_folder

from . import ledger, live
from .code_samples import Sample, all_samples, command_for, run, syntax_errors

ROOT = Path(__file__).parents[2]
SAMPLES = all_samples()
LANGUAGES = {
    "curl",
    "Python",
    "JavaScript",
    "TypeScript",
    "Go",
    "Java",
    "C#",
    "PHP",
    "Ruby",
    "Rust",
    "Swift",
}
SAME = {
    "curl",
    "python-requests",
    "python-roomstage",
}  # all models' requests differ in fields alone
RUN = [s for s in SAMPLES if s.model == "furniture-staging" or s.told["id"] in SAME]
WRONG = [s for s in SAMPLES if s.model == "furniture-staging"]

pytestmark = pytest.mark.skipif(not SAMPLES, reason="the pages are not built into the package")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store") / "store.sqlite3")


@pytest.fixture(scope="module")
def key(database: str) -> str:
    return ledger.new_key(database, credits=10_000)


@pytest.fixture(scope="module")
def server(database: str, key: str) -> Iterator[str]:
    with live.running(build_app(Config(database=database, fetch=False))) as root:
        yield root


def test_every_model_has_samples_in_every_language() -> None:
    for slug in registry():
        both = {mode: [s for s in SAMPLES if (s.model, s.mode) == (slug, mode)] for mode in _MODES}
        assert {s.told["language"] for s in both["sync"]} == LANGUAGES
        variants = {s.told["variant"] for s in both["sync"] if s.told["language"] == "Python"}
        assert variants == {"requests", "httpx", "segmind", "roomstage"}
        assert {s.told["language"] for s in both["jobs"]} >= {"curl", "Python", "JavaScript"}


_MODES = ("sync", "jobs")


def test_the_samples_are_made_from_what_the_server_says() -> None:
    """After a change of a model: python -m roomstage.server.openapi > web/api/openapi.json."""
    kept = ROOT / "web" / "api" / "openapi.json"
    assert json.loads(kept.read_text()) == json.loads(
        json.dumps(openapi.document(Config(), anywhere=True))
    )


@pytest.mark.parametrize("sample", RUN, ids=lambda s: s.id)
def test_it_gets_the_picture(sample: Sample, server: str, key: str, tmp_path: Path) -> None:
    _skip_unless_it_runs(sample)
    done = run(sample, sample.code(server), tmp_path, key)
    lacking = lack_of(registry()[sample.model])
    if lacking is not None:  # weights are no part of the package: the sample tells how to get them
        assert done.returncode != 0
        assert lacking in done.stdout + done.stderr
        return
    assert done.returncode == 0, done.stdout + done.stderr
    (picture,) = tmp_path.glob("result.*")
    room = Image.open(samples_folder() / _room_of(sample)).convert("RGB")
    result = Image.open(io.BytesIO(picture.read_bytes()))
    assert (result.format, result.size) == ("JPEG", room.size)
    assert _changed(result.convert("RGB"), room) > 0.01
    shown = Image.open(samples_folder() / "results" / f"{sample.model}.jpg").convert("RGB")
    assert _changed(result.convert("RGB").resize(shown.size), shown) < 0.01  # the page's picture


@pytest.mark.parametrize("sample", WRONG, ids=lambda s: s.id)
def test_it_tells_what_was_wrong(sample: Sample, server: str, key: str, tmp_path: Path) -> None:
    _skip_unless_it_runs(sample)
    code = sample.code(server)
    wrong = code.replace("'jpeg'", "'tiff'").replace('"jpeg"', '"tiff"')
    wrong = wrong.replace("satisfies", "as unknown as")  # which the compiler would refuse
    assert wrong != code
    done = run(sample, wrong, tmp_path, key)
    assert done.returncode != 0
    assert "image_format is 'tiff': give one of png, jpeg, webp" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "sample",
    [s for s in SAMPLES if s.told["id"] in ("csharp", "rust", "swift")],
    ids=lambda s: s.id,
)
def test_its_grammar_is_right_where_no_toolchain_can_tell(sample: Sample) -> None:
    errors = syntax_errors(sample)
    if errors is None:
        pytest.skip("there is no grammar of the language here")
    assert errors == []


def _skip_unless_it_runs(sample: Sample) -> None:
    command = command_for(sample)
    if isinstance(command, str):
        pytest.skip(command)


def _room_of(sample: Sample) -> str:
    schema = registry()[sample.model].schema.model_json_schema()
    return schema["properties"]["main_image"]["examples"][0].removeprefix("/samples/")


def _changed(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ by more than coding does."""
    apart = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max(axis=2)
    return float((apart > 30).mean())
