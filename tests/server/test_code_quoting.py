"""Code samples follow the page's form: whatever is typed there arrives as it was typed."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from .code_samples import Sample, all_samples, command_for, run

WEB = Path(__file__).parents[2] / "web"
TYPED = (
    """it's "so" `soft`, $HOME #{1+1} \\n é 家 ''\' </script> ${x} \\u0041 $(id) \"\"\" """.strip()
)
MAKE = """
import document from "./api/openapi.json" with { type: "json" };
import { samplesOf } from "./api/samples/index.ts";
import { example, models } from "./api/schema.ts";
const [model] = models(document);
const prompt = process.argv[1];
console.log(JSON.stringify(samplesOf(model, { ...example(model.schema), prompt }).sync));
"""
KINDS = sorted({sample.told["id"] for sample in all_samples() if sample.mode == "sync"})


@pytest.fixture(scope="module")
def made() -> list[dict[str, str]]:
    """The samples of a request with that text, by the page's own code."""
    node = command_for(Sample("", "sync", {"id": "typescript"}, ""))
    if isinstance(node, str):
        pytest.skip(node)
    if not (WEB / "node_modules" / "@scalar").exists():
        pytest.skip("snippetz is not installed: run `npm ci` in web/")
    command = [*node, "--input-type=module-typescript", "-e", MAKE, "--", TYPED]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that refuses everything, and the prompts that it was sent."""
    prompts: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            prompts.append(json.loads(body)["prompt"])
            self.send_response(400)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", prompts
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "python-roomstage"])  # submits a form
def test_what_is_typed_arrives(
    kind: str,
    made: list[dict[str, str]],
    listener: tuple[str, list[str]],
    tmp_path: Path,
) -> None:
    root, prompts = listener
    base = all_samples()[0].base
    told = next(each for each in made if each["id"] == kind)
    sample = Sample("furniture-staging", "sync", told, base)
    command = command_for(sample)
    if isinstance(command, str):
        pytest.skip(command)
    prompts.clear()
    done = run(sample, sample.code(root), tmp_path, "key")
    assert prompts == [TYPED], done.stderr
