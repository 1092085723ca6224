"""The official client from the registry, unmodified, against our server with its real engine."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import requests
import segmind
from PIL import Image
from segmind import SegmindClient
from segmind.exceptions import SegmindError
from segmind.v2 import InferenceFailed

from roomstage.server.app import build_app
from roomstage.server.config import Config

from . import ledger, live

SLUG = "furniture-staging"
PICTURES = live.pictures()
FIELDS = {"prompt": "a blue box"} | {
    name: base64.b64encode(data).decode() for name, data in PICTURES.items()
}
EMPTY = io.BytesIO()
Image.new("L", (320, 240)).save(EMPTY, "PNG")
NO_MASK = FIELDS | {"main_image_mask": base64.b64encode(EMPTY.getvalue()).decode()}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store") / "store.sqlite3")


@pytest.fixture(scope="module")
def key(database: str) -> str:
    return ledger.new_key(database, credits=10_000)


@pytest.fixture(scope="module")
def server(database: str, key: str) -> Iterator[str]:
    with live.running(build_app(Config(database=database))) as root:
        yield root


Connect = Callable[..., SegmindClient]


@pytest.fixture
def connect(server: str, key: str) -> Iterator[Connect]:
    """Clients of the server as their users move them, by one argument; closed afterwards."""
    clients: list[SegmindClient] = []

    def make(api_key: str = key, base: str = f"{server}/v1") -> SegmindClient:
        clients.append(SegmindClient(api_key=api_key, base_url=base))
        return clients[-1]

    yield make
    for each in clients:
        each._client.close()


@pytest.fixture
def client(connect: Connect) -> SegmindClient:
    return connect()


@pytest.fixture
def shimmed(connect: Connect, server: str, monkeypatch: pytest.MonkeyPatch) -> SegmindClient:
    """Its hard-coded hosts moved too, by one hook and no change of its code."""
    root = httpx.URL(server)

    def rewrite(request: httpx.Request) -> None:
        if request.url.host.endswith(".segmind.com"):
            request.url = request.url.copy_with(scheme=root.scheme, host=root.host, port=root.port)
            request.headers["host"] = root.netloc.decode()

    client = connect(base="https://api.segmind.com/v1")
    client._client.event_hooks = {"request": [rewrite], "response": []}
    monkeypatch.setattr(segmind, "_default_client", client)
    return client


def is_staged(data: bytes) -> bool:
    return Image.open(io.BytesIO(data)).size == (320, 240)


def test_run_submits_polls_and_gives_a_link_to_the_picture(client: SegmindClient) -> None:
    told = client.run(SLUG, **FIELDS)
    assert told["status"] == "COMPLETED"
    assert is_staged(requests.get(told["output"], timeout=10).content)
    assert told["images"][0]["url"] == told["output"]


def test_run_sync_gives_the_picture(client: SegmindClient, key: str, database: str) -> None:
    before = ledger.balance(database)
    answer = client.run_sync(SLUG, **FIELDS)
    assert is_staged(answer.content)
    assert answer.headers["content-type"] == "image/png"
    assert float(answer.headers["x-remaining-credits"]) == before - 12
    for header in ("x-request-id", "x-generation-time", "x-seed-value", "x-output-metadata"):
        assert answer.headers[header]


def test_a_base_without_v1_works_too(server: str, connect: Connect) -> None:
    client = connect(base=server)
    assert is_staged(client.run_sync(SLUG, **FIELDS).content)
    assert client.submit_async(SLUG, **FIELDS).wait(interval=0.05)["status"] == "COMPLETED"


def test_submit_and_poll_give_the_bytes_of_the_synchronous_call(client: SegmindClient) -> None:
    job = client.submit_async(SLUG, **FIELDS)
    assert job.status()["status"] in ("QUEUED", "PROCESSING", "COMPLETED")
    told = job.wait(timeout=60, interval=0.05)
    assert job.result() == told
    polled = requests.get(told["output"], timeout=10).content
    assert polled == client.run_sync(SLUG, **FIELDS).content


def test_a_wrong_field_is_an_error_with_words(client: SegmindClient) -> None:
    for call in (client.run_sync, client.run, client.submit_async):
        with pytest.raises(SegmindError) as error:
            call(SLUG, **FIELDS | {"steps": 5})
        assert error.value.status == 400
        assert error.value.detail == "steps is 5: give a whole number from 10 to 100"


def test_a_failed_job_raises_what_failed(client: SegmindClient) -> None:
    job = client.submit_async(SLUG, **NO_MASK)
    with pytest.raises(InferenceFailed) as error:
        job.wait(interval=0.05)
    assert error.value.detail is not None
    assert error.value.detail.startswith("main_image_mask is empty")
    assert job.result()["metrics"]["cost"] == 0


def test_keys_and_credits_are_told_apart(connect: Connect, database: str) -> None:
    with pytest.raises(SegmindError) as error:
        connect("SG_0000000000000000").run(SLUG, **FIELDS)
    assert error.value.status == 401
    poor = connect(ledger.new_key(database, "poor"))
    with pytest.raises(SegmindError, match="Insufficient credits") as error:
        poor.run_sync(SLUG, **FIELDS)
    assert error.value.status == 406
    with pytest.raises(SegmindError) as error:
        poor.run("no-such-model", prompt="x")
    assert error.value.status == 404


def test_files_are_uploaded_and_used(shimmed: SegmindClient, tmp_path: Path) -> None:
    paths = []
    for name in ("main_image", "overlay_image"):
        paths.append(tmp_path / f"{name}.png")
        paths[-1].write_bytes(PICTURES[name])
    room, product = shimmed.files.upload(paths)["file_urls"]
    told = shimmed.run(SLUG, **FIELDS | {"main_image": room, "overlay_image": product})
    plain = shimmed.run(SLUG, **FIELDS)
    pictures = [requests.get(each["output"], timeout=10).content for each in (told, plain)]
    assert pictures[0] == pictures[1]


def test_the_shim_moves_the_module_and_the_account(shimmed: SegmindClient) -> None:
    told = segmind.run(SLUG, **FIELDS)
    rows = shimmed.generations.history(per_page=100)["data"]
    assert told["request_id"] in [row["request_id"] for row in rows]
    row = shimmed.generations.get(told["request_id"])
    assert (row["model_status"], row["credits_deduction"]) == ("COMPLETED", 12)
    assert row["generation_url"] == told["output"]
    assert shimmed.generations.recent(SLUG)["data"]
    assert shimmed.generations.list(model_name=SLUG)["data"]
    assert shimmed.accounts.current()["name"] == "anna"
    assert SLUG in [model["slug"] for model in shimmed.models.list()["models"]]


def test_what_is_not_here_says_so(shimmed: SegmindClient) -> None:
    for call in (shimmed.webhooks.get, lambda: shimmed.pixelflows.run("x-v1")):
        with pytest.raises(SegmindError, match="does not exist here") as error:
            call()
        assert error.value.status == 501


def test_the_older_style_of_plain_requests(server: str, key: str, database: str) -> None:
    headers = {"x-api-key": key}
    answer = requests.post(f"{server}/v1/{SLUG}", json=FIELDS, headers=headers, timeout=60)
    assert is_staged(answer.content)
    before = int(answer.headers["X-remaining-credits"])  # older clients index it
    told = requests.get(f"{server}/v1/get-user-credits", headers=headers, timeout=10).json()
    assert told["credits"] == before == ledger.balance(database)
    as_json = requests.post(
        f"{server}/{SLUG}",
        json=FIELDS | {"base64": True},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    assert base64.b64decode(as_json.json()["image"]) == answer.content
