"""`sdxl-img2img` by a tiny pipeline of the real class: schema, command line, server."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from typer.testing import CliRunner

from roomstage.cli.main import app
from roomstage.engines.diffusion import memory, sdxl
from roomstage.errors import EngineUnavailable, InvalidParameter
from roomstage.models.sdxl_img2img import SdxlImg2Img, SdxlImg2ImgParams
from roomstage.server.app import build_app
from roomstage.server.config import Config
from server import live

PICTURE = live.pictures()["main_image"]
ROUTE = "/v1/sdxl-img2img"
QUICK = {"prompt": "a red room", "num_inference_steps": 4, "strength": 0.5}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    sdxl.release()


def run(**more: Any) -> tuple[Any, Any]:
    """The output and its pixels."""
    params = SdxlImg2ImgParams.parse({**QUICK, "image": PICTURE, **more})
    output = SdxlImg2Img().run(params, {"image": PICTURE})
    return output, np.asarray(Image.open(io.BytesIO(output.data)))


def test_the_picture_comes_at_a_size_that_suits_the_model_and_repeats(painting: Path) -> None:
    output, pixels = run()
    assert output.content_type == "image/png"
    assert output.seed == 98877465625
    assert pixels.shape == (40, 48, 3) or pixels.shape == (32, 48, 3)
    assert (run()[1] == pixels).all()
    assert (run(seed=3)[1] != pixels).any()
    assert (run(prompt="a blue room")[1] != pixels).any()
    assert (run(negative_prompt="a lamp")[1] != pixels).any()


def test_every_scheduler_paints(painting: Path) -> None:
    for name in sdxl.SCHEDULERS:  # one test: the model is loaded once
        output, _ = run(scheduler=name.upper(), num_inference_steps=8)
        assert output.report["scheduler"] == name


def test_samples_come_side_by_side_and_the_first_is_the_single_one(painting: Path) -> None:
    _, one = run()
    output, four = run(samples=4)
    height, width = one.shape[:2]
    assert four.shape == (2 * height, 2 * width, 3)
    assert np.abs(four[:height, :width].astype(int) - one).max() <= 2
    assert (four[height:, width:] != four[:height, :width]).any()
    assert output.report["samples"] == 4


def test_a_name_that_the_owner_has_mapped_is_that_checkpoint(
    painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, _ = run(base_model="juggernaut")
    assert "base_model juggernaut is none of this server's" in other.report["warnings"][0]
    from roomstage.weights import snapshot, weights

    folder = snapshot(weights("sdxl")[0])
    monkeypatch.setenv("ROOMSTAGE_SDXL_MODELS", f"juggernaut={folder}, real=/nowhere/at/all")
    mapped, _ = run(base_model="Juggernaut")
    assert (mapped.report["base_model"], mapped.report["warnings"]) == ("Juggernaut", [])
    with pytest.raises(EngineUnavailable, match="names /nowhere/at/all"):
        run(base_model="real")
    monkeypatch.setenv("ROOMSTAGE_SDXL_MODELS", "x=some/repository")
    with pytest.raises(EngineUnavailable, match="models pull some/repository --accept-license"):
        run(base_model="x")
    monkeypatch.setenv("ROOMSTAGE_SDXL_MODELS", "nonsense")
    with pytest.raises(InvalidParameter, match="ROOMSTAGE_SDXL_MODELS"):
        run()


def test_short_of_memory_the_samples_are_painted_one_by_one(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    own = sdxl._pictures

    def paint(image: Any, wish: Any, source: Any, plan: Any, settings: Any, n: int, tell: Any):
        tried.append(n)
        if n > 1:
            raise RuntimeError("CUDA out of memory")
        return own(image, wish, source, plan, settings, n, tell)

    monkeypatch.setattr(sdxl, "_pictures", paint)
    run(samples=3)
    assert tried == [3, 1]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_it_paints_in_the_numbers_of_cards_and_with_parts_that_come_and_go(
    dtype: str, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for offload in ("none", "turns"):
        plan = memory.Plan("cpu", dtype, offload, "none", 48 * 48)
        monkeypatch.setattr(memory, "ladder", lambda *_, plan=plan, **__: [plan])
        output, pixels = run()
        assert plan.told() == output.report["plan"]
        assert pixels.std() > 1  # no blank that came of too large a number
        made.append(pixels)
        sdxl.release()
    assert (made[0] == made[1]).all()


def test_a_single_file_that_is_no_checkpoint_is_told(
    painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import save_file

    strange = tmp_path / "strange.safetensors"
    save_file({"some.weight": np.zeros((4, 4), np.float32)}, strange)
    monkeypatch.setenv("ROOMSTAGE_SDXL_MODELS", f"mine={strange}")
    with pytest.raises(EngineUnavailable, match=r"strange\.safetensors can't be read"):
        run(base_model="mine")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("samples", 5, "from 1 to 4"),
        ("scheduler", "Runge", "one of UniPC, DDIM"),
        ("strength", 2, "from 0.05 to 1"),
        ("num_inference_steps", 0, "from 1 to 100"),
        ("guidance_scale", "much", "a number"),
    ],
)
def test_wrong_fields_are_refused_in_words(field: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidParameter, match=words):
        SdxlImg2ImgParams.parse({**QUICK, "image": PICTURE, field: value})


def test_clients_of_the_hosted_model_are_served(painting: Path, tmp_path: Path) -> None:
    config = Config(database=str(tmp_path / "store.sqlite3"), sync_seconds=100, concurrency=1)
    body = {**QUICK, "image": base64.b64encode(PICTURE).decode(), "base64": True}
    body |= {"negative_prompt": "None", "scheduler": "dpmpp_2m", "base_model": "juggernaut"}
    with TestClient(build_app(config)) as client:
        answer = client.post(ROUTE, json=body)
        assert answer.status_code == 200, answer.text
        assert base64.b64decode(answer.json()["image"]).startswith(b"\x89PNG")
        assert answer.headers["x-seed-value"] == "98877465625"
        assert "juggernaut" in answer.headers["x-roomstage-warnings"]
        form = client.post(ROUTE, data=QUICK, files={"image": PICTURE})
        assert form.headers["content-type"] == "image/png"
        assert "description" not in client.get("/openapi.json").json()["paths"][ROUTE]["post"]


def test_without_weights_it_is_503_with_the_command_and_shown_as_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path / "none"))
    config = Config(database=str(tmp_path / "store.sqlite3"), concurrency=1)
    with TestClient(build_app(config)) as client:
        answer = client.post(ROUTE, data=QUICK, files={"image": PICTURE})
        assert answer.status_code == 503
        assert "roomstage models pull sdxl" in answer.json()["error"]
        told = client.get("/openapi.json").json()["paths"][ROUTE]["post"]["description"]
        assert "Not installed here" in told
        listed = {model["slug"]: model for model in client.get("/v1/models").json()["models"]}
        assert "models pull sdxl" in listed["sdxl-img2img"]["lacks"]
        assert listed["furniture-staging"]["lacks"] is None


def test_the_command_line_paints_and_tells_what_is_missing(
    painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "room.png").write_bytes(PICTURE)
    arguments = ["img2img", str(tmp_path / "room.png"), "--prompt", "a red room"]
    arguments += ["--num-inference-steps", "4", "-o", str(tmp_path / "out.jpg")]
    arguments += ["--json", str(tmp_path / "report.json")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out.jpg").read_bytes().startswith(b"\xff\xd8")
    assert json.loads((tmp_path / "report.json").read_text())["engine"] == "sdxl"
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path / "none"))
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "roomstage models pull sdxl" in result.stderr
