"""Tests write into a data folder of their own, never into the user's."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

pytest_plugins = ["figures"]

_folder = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_folder] = tempfile.mkdtemp(prefix="roomstage-tests-")
    os.environ["ROOMSTAGE_DATA"] = config.stash[_folder]
    os.environ.pop("ROOMSTAGE_DATABASE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_folder], ignore_errors=True)
