"""How long each step of one staging takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from roomstage import encode, inputs, pipeline
from roomstage.bench.subject import PROMPT, Request
from roomstage.bench.timing import percentile
from roomstage.options import Options

_DECODING = "decode room", "decode product", "decode masks"
# To look whether something stands in the place is a part of removing it.
_STAGING = "analyse", "cut", "look", "remove", "place", "shade", "composite"
STEPS = (*_DECODING, *_STAGING, "encode")
OF_COLD_ROOMS = ("decode room", "analyse")  # what a known room is spared


def step_times(request: Request, rounds: int, *, keyed: bool) -> dict[str, float]:
    """Median milliseconds by step, over `rounds` after one that is not counted.

    A step that is not taken, as where nothing is to be removed, takes no time.
    """
    runs = [_one_run(request, keyed=keyed) for _ in range(rounds + 1)][1:]
    return {step: percentile([run.get(step, 0.0) for run in runs], 50) for step in STEPS}


def _one_run(request: Request, *, keyed: bool) -> dict[str, float]:
    spent: dict[str, float] = {}
    with _timed(spent, "decode room"):
        photo = inputs.decode_image(request.room, field="main_image")
    with _timed(spent, "decode product"):
        product = inputs.decode_image(request.product, field="overlay_image")
    with _timed(spent, "decode masks"):
        mask = inputs.decode_mask(request.mask, of=photo, field="main_image_mask")
        cover = None
        if not keyed:
            data = request.product_mask
            cover = inputs.decode_mask(data, of=product, field="overlay_image_mask")
    room = pipeline.analyse(photo)
    options = Options(PROMPT, 25, 42424242, 30)
    staging = pipeline.run(room, product, mask=mask, overlay_mask=cover, options=options)
    with _timed(spent, "encode"):
        encode.encode(staging.image, request.image_format, 95)
    return {**spent, **room.timings_ms, **staging.timings_ms}


@contextmanager
def _timed(spent: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    spent[name] = (time.perf_counter() - start) * 1000
