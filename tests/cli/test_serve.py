"""The server as its users start and stop it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
import requests

START = "from roomstage.cli.main import app; app()"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_until_it_is_asked_to_stop(stop: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", START, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        lines = iter(process.stderr.readline, "")
        root = next(found[0] for line in lines if (found := re.search(r"http://[\d.:]+", line)))
        while (answer := requests.get(f"{root}/health/ready", timeout=30)).status_code != 200:
            assert "no worker is ready yet" in answer.json()["error"]
        process.send_signal(stop)
        log = process.stderr.read()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    assert f"{answer.headers['x-request-id']} GET /health/ready 200" in log
    assert "Traceback" not in log
