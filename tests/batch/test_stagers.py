"""Those who do the work."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from roomstage.batch import manifest as lists
from roomstage.batch.identity import Digests
from roomstage.batch.local import LocalStager
from roomstage.batch.stager import Stopped, Task
from roomstage.models.furniture_staging import FurnitureStaging, FurnitureStagingParams
from roomstage.service.sources import NoFetching

from .conftest import Manifest


def test_a_room_that_comes_again_is_not_analysed_again(manifest: Manifest) -> None:
    tasks = _tasks(manifest("a,a box", "b,a blue box", "c,a red box"))
    reports: list[dict[str, Any]] = []
    shares: list[float] = []

    async def stage() -> None:
        stager = LocalStager(FurnitureStaging(), NoFetching(), jobs=1)
        inner = stager._pool.run

        async def noted(*given: Any) -> Any:
            done = await inner(*given)
            reports.append(done.report)
            return done

        stager._pool.run = noted  # type: ignore[method-assign]
        async with stager:
            for task in tasks:
                staged = await stager.stage(task, shares.append)
                assert staged.data.startswith(b"\x89PNG")

    asyncio.run(stage())
    assert ["analyse" in report["timings_ms"] for report in reports] == [True, False, False]
    assert max(shares) == 1.0


def test_workers_that_cannot_start_end_the_batch_and_say_why() -> None:
    async def begin() -> None:
        async with LocalStager(FurnitureStaging(), NoFetching(), engine="steam", jobs=1):
            raise AssertionError("it began")

    with pytest.raises(Stopped, match="steam"):
        asyncio.run(begin())


def _tasks(path: Path) -> list[Task]:
    digests = Digests()
    rows = lists.read(path, FurnitureStagingParams, {})
    return [Task(row, digests.row(row), "a room", 0) for row in rows]
