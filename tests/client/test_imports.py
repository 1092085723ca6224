"""Whoever only calls a server needs none of what makes pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import roomstage

HEAVY = ("numpy", "cv2", "scipy", "PIL", "fastapi", "starlette", "pydantic", "sqlalchemy", "isal")


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_client_loads_no_imaging_and_no_server() -> None:
    loaded = run("import roomstage.client, sys; print(*sys.modules)").split()
    assert not set(HEAVY) & {name.partition(".")[0] for name in loaded}


def test_the_client_works_where_the_imaging_is_not_installed() -> None:
    program = (
        "import sys\n"
        f"for name in {HEAVY!r}: sys.modules[name] = None\n"  # importing it raises
        "import roomstage\n"
        "for kind in (roomstage.Client, roomstage.AsyncClient): kind('http://127.0.0.1:9')\n"
        "try:\n    roomstage.Client('http://127.0.0.1:9', retries=0).credits()\n"
        "except roomstage.RoomstageError as error: print(error.code)\n"
    )
    assert run(program) == "server_unreachable\n"


def test_type_checkers_may_look_inside() -> None:
    assert (Path(roomstage.__file__).parent / "py.typed").exists()
