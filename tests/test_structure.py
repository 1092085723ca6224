"""The house's plan: data flows one way, and no room knows what is not its business."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "roomstage"

# Each room may import the rooms before it (and itself); the order is the flow of data.
ORDER = [
    "version",
    "errors",
    "image",
    "colour",
    "resample",
    "inference",
    "options",
    "weights",
    "prompt",
    "inputs",
    "encode",
    "tiling",
    "scene",
    "removal",
    "cutout",
    "placement",
    "light",
    "warp",
    "composite",
    "preview",
    "engines",
    "outcome",
    "erasure",
    "staging",
    "pipeline",
    "params",
    "models",
    "sheet",
    "api",
    "client",
    "service",
    "batch",
    "server",
    "bench",
    "cli",
]
IMAGING = ORDER[: ORDER.index("pipeline") + 1]
NETWORK = {"socket", "ssl", "http", "httpcore2", "httpx2", "requests", "anyio"}
LEARNING = {"torch", "diffusers", "transformers", "accelerate", "peft", "safetensors", "torchao"}
WEB = {"fastapi", "starlette", "uvicorn"}


def files() -> list[Path]:
    return sorted(p for p in SOURCE.rglob("*.py") if p.name != "__main__.py")


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Absolute module names imported anywhere in a file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
            if node.module == "roomstage":
                found |= {f"roomstage.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_data_flows_one_way(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "roomstage" and len(parts) > 1:
            assert ORDER.index(parts[1]) <= ORDER.index(room), f"{room} imports {name}"


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_each_room_knows_only_its_own_medium(path: Path) -> None:
    room, names = room_of(path), {name.split(".")[0] for name in imports(path)}
    if room in IMAGING:
        assert not names & (NETWORK | WEB)
        assert "urllib.request" not in imports(path)
    if room == "service":
        assert not names & (WEB | {"numpy", "cv2", "PIL", "scipy"})
    if room in ("server", "cli"):
        assert not names & {"numpy", "cv2", "PIL", "scipy"}
    if not str(path.relative_to(SOURCE)).startswith(("engines/diffusion", "bench")):
        assert not names & LEARNING
    if path.name != "pull.py":
        assert "huggingface_hub" not in names
    if room != "server":
        assert not names & (WEB - {"uvicorn"})


@pytest.mark.parametrize("path", sorted((SOURCE / "client").rglob("*.py")), ids=lambda p: p.name)
def test_the_client_knows_of_roomstage_its_errors_alone(path: Path) -> None:
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "roomstage" and len(parts) > 1:
            assert parts[1] in ("client", "errors", "version"), name


def loaded_by(program: str) -> set[str]:
    """The modules that are there after a program, in a process of its own."""
    told = f"import sys\n{program}\nprint(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    heavy = {"numpy", "cv2", "pydantic", "PIL", "fastapi", "typer", "httpx2", "torch"}
    assert not heavy & loaded_by("import roomstage")


def test_the_cpu_engine_and_the_server_load_no_torch() -> None:
    program = (
        "import roomstage.api, roomstage.server.app, roomstage.cli.stage\n"
        "from roomstage import engines\n"
        "engines.survey(), engines.load('cpu')"
    )
    assert not LEARNING & loaded_by(program)


def test_a_server_loads_nothing_that_knows_pixels() -> None:
    """Its workers do: so it starts sooner, and stays small."""
    program = (
        "import roomstage.server.app\n"
        "from roomstage import engines, models\n"
        "from roomstage.models import studio\n"
        "models.registry(), studio.instruments(), engines.check('cpu'), engines.painting()"
    )
    assert not {"numpy", "cv2", "PIL", "scipy", "roomstage.pipeline"} & loaded_by(program)
