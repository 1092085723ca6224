"""Both clients against a real server."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from roomstage import errors
from roomstage.client import (
    Client,
    CreditsMissing,
    EraseFields,
    JobCancelled,
    KeyRefused,
    NotFound,
    RequestRefused,
    StageFields,
    WaitTimeout,
)
from roomstage.models import registry
from roomstage.models.erase_furniture import EraseFurnitureParams
from roomstage.models.furniture_staging import FurnitureStagingParams
from server import ledger, live

from .conftest import Call
from .drawn import mask

PNG = b"\x89PNG\r\n\x1a\n"
BYTES = live.pictures()


def test_a_staging_comes_back_with_what_is_told_of_it(
    server: str, call: Call, pictures: dict[str, Path], tmp_path: Path, database: str
) -> None:
    steps: list[tuple[str, float]] = []
    before = ledger.balance(database)
    result = call(
        server,
        "stage",
        pictures["main_image"],
        pictures["overlay_image"],
        prompt="a blue box",
        main_image_mask=pictures["main_image_mask"],
        seed=5,
        guidance=20.5,
        remove=False,
        on_progress=lambda step, share: steps.append((step, share)),
    )
    assert result.content.startswith(PNG)
    assert result.content_type == "image/png"
    assert (result.seed, result.cost) == (5, 12)
    assert result.remaining_credits == before - 12 == ledger.balance(database)
    assert (result.metadata["width"], result.metadata["height"]) == (320, 240)
    assert result.metadata["placement"]["chosen_by"]
    assert result.seconds > 0
    assert steps[-1] == ("done", 1.0)
    assert [share for _, share in steps] == sorted(share for _, share in steps)
    assert len(steps) == len(set(steps))
    assert result.save(tmp_path / "staged.png").read_bytes() == result.content


def test_a_preview_is_shown_before_the_end(server: str, key: str, call: Call) -> None:
    seen: list[bytes] = []
    two: dict[str, Any] = {
        "main_image": BYTES["main_image"],
        "overlay_image": BYTES["overlay_image"],
    }
    with Client(server, key) as client:
        for seed in (1, 2):  # the worker is busy, so the third is listened to before it begins
            client.submit("furniture-staging", prompt="a box", seed=seed, **two)
        result = call(
            server, "stage", *two.values(), prompt="a box", seed=3, on_preview=seen.append
        )
    assert len(seen) == 1, "once, however often it is told"
    preview = Image.open(io.BytesIO(seen[0]))
    whole = Image.open(io.BytesIO(result.content))
    assert preview.format == "JPEG"
    assert preview.width / preview.height == pytest.approx(whole.width / whole.height, rel=0.02)


@pytest.mark.parametrize("kind", ["path", "text", "bytes", "file", "link", "data URI"])
def test_pictures_come_from_wherever_they_are(
    kind: str, server: str, key: str, pictures: dict[str, Path]
) -> None:
    path = pictures["main_image"]
    with Client(server, key) as client:
        room: Any = {
            "path": lambda: path,
            "text": lambda: str(path),
            "bytes": path.read_bytes,
            "file": lambda: io.BytesIO(path.read_bytes()),
            "link": lambda: client.upload(path),
            "data URI": lambda: "data:image/png;base64," + _base64(path),
        }[kind]()
        result = client.stage(room, BYTES["overlay_image"], prompt="a box", image_format="jpeg")
    assert result.content.startswith(b"\xff\xd8")


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def test_warnings_are_told(server: str, call: Call) -> None:
    given = {"prompt": "a box", "main_image_mask": mask(40, 30, 255)}
    result = call(server, "stage", BYTES["main_image"], BYTES["overlay_image"], **given)
    assert any("main_image_mask" in warning for warning in result.warnings)


def test_a_piece_is_taken_out(server: str, call: Call) -> None:
    result = call(server, "erase", BYTES["main_image"], BYTES["main_image_mask"], seed=3)
    assert result.content.startswith(PNG)
    assert result.metadata["removal"]


def test_a_job_is_submitted_watched_and_fetched_by_its_id(server: str, key: str) -> None:
    with Client(server, key) as client:
        job = client.submit("furniture-staging", prompt="a box", **_two())
        assert job.status().request_id == job.id
        result = client.job(job.id).wait()
        assert result.request_id == job.id
        assert job.status().ended
        assert job.status().state == "COMPLETED"
        assert not job.cancel(), "it had ended"
        assert job.result().content == result.content
        assert client.history(per_page=1)[0].request_id == job.id
        assert job.id in {row.request_id for row in client.history(status="COMPLETED")}


def test_any_model_is_called_by_its_fields(server: str, call: Call) -> None:
    named = {"main_image": BYTES["main_image"], "main_image_mask": BYTES["main_image_mask"]}
    assert call(server, "run", "erase-furniture", **named).content.startswith(PNG)
    assert call(server, "submit", "erase-furniture", then="result", **named).cost == 12


def test_the_account_and_the_models_are_told(server: str, call: Call, database: str) -> None:
    assert call(server, "credits") == ledger.balance(database)
    listed = call(server, "models")
    assert {model.slug for model in listed} == set(registry())
    prices = {slug: model.credits for slug, model in registry().items()}
    assert {model.slug: model.credits for model in listed} == prices
    assert all(model.schema["properties"] for model in listed)


def test_a_mistake_is_the_same_exception_as_in_the_library(server: str, call: Call) -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        call(server, "stage", **_two(), prompt="a box", steps=9)
    error = refused.value
    assert isinstance(error, RequestRefused)
    assert (error.status, error.code, error.field) == (400, "invalid_parameter", "steps")
    assert "from 10 to 100" in error.message
    assert error.request_id


def test_a_mistake_that_shows_in_the_work_is_one_too(server: str, call: Call) -> None:
    with pytest.raises(RequestRefused) as refused:
        call(server, "stage", **_two(), prompt="a box", main_image_mask=mask(320, 240, 0))
    assert (refused.value.code, refused.value.field) == ("invalid_mask", "main_image_mask")
    assert refused.value.request_id


def test_files_that_cannot_be_read_are_told_before_anything_is_sent(call: Call) -> None:
    nowhere = "http://127.0.0.1:9"
    for picture, words in (
        ("no.jpg", "there is no such file"),
        (b"", "empty"),
        (io.StringIO("x"), "binary mode"),
        (7.5j, "give a path"),
    ):
        with pytest.raises(errors.InvalidImage, match=words) as wrong:
            call(nowhere, "stage", picture, BYTES["overlay_image"], prompt="x")
        assert wrong.value.field == "main_image"


def test_a_field_that_does_not_exist_is_no_silent_loss(server: str, call: Call) -> None:
    with pytest.raises(TypeError, match="overlay_widht_cm: did you mean overlay_width_cm"):
        call(server, "stage", **_two(), prompt="x", overlay_widht_cm=180)


def test_keys_credits_and_unknown_things(server: str, call: Call, database: str) -> None:
    poor = ledger.new_key(database, "ben", credits=5)  # twice, at most
    with pytest.raises(CreditsMissing) as missing:
        call(server, "stage", **_two(), prompt="x", client={"api_key": poor})
    assert missing.value.code == "insufficient_credits"
    with pytest.raises(KeyRefused):
        call(server, "credits", client={"api_key": "SG_0000000000000000"})
    with pytest.raises(NotFound):
        call(server, "run", "paint-walls", prompt="x")
    with Client(server, poor) as client, pytest.raises(NotFound):
        client.job("0" * 36).status()


def test_the_key_of_the_environment_is_used(
    server: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_API_KEY", key)
    with Client(server + "/v1/") as client:
        assert client.credits() > 0


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "", "ftp://x", "http://", "http://[::1"])
def test_a_base_url_that_is_none_is_told(url: str) -> None:
    with pytest.raises(errors.InvalidParameter, match="base_url"):
        Client(url)


@pytest.mark.parametrize("key", ["schlüssel", "two words", "a\nb"])
def test_a_key_that_is_none_is_told(key: str) -> None:
    with pytest.raises(errors.InvalidParameter, match="api_key"):
        Client(api_key=key)


def test_waiting_may_end_before_the_job_and_go_on(server: str, key: str, database: str) -> None:
    with Client(server, key) as client:
        jobs = [client.submit("furniture-staging", prompt="a box", **_two()) for _ in range(4)]
        with pytest.raises(WaitTimeout) as late:
            jobs[-1].wait(timeout=0.01)
        assert isinstance(late.value, TimeoutError)
        assert late.value.request_id == jobs[-1].id
        before = ledger.balance(database)
        assert jobs[-1].cancel()
        assert ledger.balance(database) == before + 12
        with pytest.raises(JobCancelled):
            jobs[-1].wait()
        assert [job.wait().cost for job in jobs[:-1]] == [12, 12, 12]


def test_variants_come_back_as_pictures_of_their_own(server: str, call: Call) -> None:
    two = BYTES["main_image"], BYTES["overlay_image"]
    result = call(server, "stage", *two, prompt="a box", variants=2, seed=7)
    assert [each.seed for each in result.variants] == [7, 8]
    whole = Image.open(io.BytesIO(result.content))
    first, second = result.pictures()
    assert (whole.size, first.size, second.size) == ((640, 240), (320, 240), (320, 240))
    assert second.tobytes() == whole.crop(result.variants[1].box).tobytes()
    single = call(server, "stage", *two, prompt="a box", seed=8)
    assert single.variants == ()
    (alone,) = single.pictures()
    assert alone.tobytes() == second.tobytes()


def test_the_typed_fields_are_those_of_the_schema() -> None:
    own = {"main_image", "overlay_image", "prompt"}
    staging = set(FurnitureStagingParams.model_fields) - {"base64"}
    assert set(StageFields.__annotations__) | own == staging
    erasing = set(EraseFurnitureParams.model_fields) - {"base64"}
    assert set(EraseFields.__annotations__) | {"main_image", "main_image_mask"} == erasing


def _two() -> dict[str, Any]:
    return {name: BYTES[name] for name in ("main_image", "overlay_image")}
