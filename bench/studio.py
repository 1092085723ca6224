"""How quick the studio is, by the browser's own clock: dragging, staging, first paint.

    pip install -e '.[test]'
    python bench/studio.py

It starts a server, opens Debian's Chromium (or the one at --browser) on the sample room at 2 MP,
drags the sofa for some seconds, stages it, and prints the figures as JSON. Lit previews and
stagings are measured by the page itself (`performance.measure`), from the wish to the picture
that is ready to be drawn.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
MEGAPIXELS = 2.0


@contextmanager
def serving() -> Iterator[str]:
    """A server on a free port; yields its root URL."""
    start = "from roomstage.cli.main import app; app()"
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", start, "serve", "--port", "0", "--database", f"{folder}/store"],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"ROOMSTAGE_DRAIN_DELAY_SECONDS": "0"},
        )
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        root = next(found[0] for line in lines if (found := re.search(r"http://[\d.:]+", line)))
        threading.Thread(target=process.stderr.read, daemon=True).start()
        try:
            yield root
        finally:
            process.terminate()
            process.wait(30)


def room(megapixels: float) -> bytes:
    """The sample living room at that size, as JPEG."""
    photo = Image.open(ROOT / "samples" / "rooms" / "living_room.jpg")
    scale = math.sqrt(megapixels * 1e6 / (photo.width * photo.height))
    size = round(photo.width * scale), round(photo.height * scale)
    file = io.BytesIO()
    photo.resize(size, Image.Resampling.LANCZOS).save(file, "JPEG", quality=92)
    return file.getvalue()


def measures(page: Page, name: str) -> list[dict[str, Any]]:
    """The page's own measures of that name."""
    return page.evaluate(
        "name => performance.getEntriesByName(name).map("
        "({startTime, duration, detail}) => ({startTime, duration, detail}))",
        f"roomstage: {name}",
    )


def until(page: Page, expression: str) -> None:
    """Wait until it is true (the page's policy keeps Playwright's own waiting out)."""
    deadline = time.monotonic() + 30
    while not page.evaluate(expression):
        if time.monotonic() > deadline:
            raise TimeoutError(expression)
        page.wait_for_timeout(20)


def drag(page: Page, seconds: float) -> dict[str, Any]:
    """Drag the product in circles for so long; what was shown meanwhile."""
    page.evaluate("performance.clearMeasures('roomstage: lit preview')")
    box = page.get_by_test_id("board").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.75
    frames = """() => { window.frames_ = []; const tick = (t) => { window.frames_.push(t);
        window.ticking_ = requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"""
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(frames)
    begun = time.monotonic()
    while (past := time.monotonic() - begun) < seconds:
        page.mouse.move(x + 90 * math.sin(2.2 * past), y + 35 * math.sin(1.3 * past))
    page.mouse.up()
    times = page.evaluate("() => { cancelAnimationFrame(window.ticking_); return window.frames_; }")
    shown = [each for each in measures(page, "lit preview") if each["detail"]["dragging"]]
    waits = sorted(each["duration"] for each in shown)
    return {
        "previews_per_second": round(len(shown) / seconds, 1),
        "ms_to_lit_preview_median": round(statistics.median(waits)),
        "ms_to_lit_preview_p95": round(waits[int(0.95 * (len(waits) - 1))]),
        "display_frames_per_second": round((len(times) - 1) / (times[-1] - times[0]) * 1000),
    }


def measure(page: Page, root: str, seconds: float) -> dict[str, Any]:
    """All figures, in the order in which a person would meet them."""
    page.goto(root)
    until(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    photo = {"name": "room.jpg", "mimeType": "image/jpeg", "buffer": room(MEGAPIXELS)}
    page.locator("input[type=file]").first.set_input_files(photo)  # type: ignore[arg-type]
    page.get_by_role("button", name="Velvet sofa").click()
    until(page, "performance.getEntriesByName('roomstage: lit preview').length > 0")
    dragged = drag(page, seconds)
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Stage", exact=True).click()
    page.get_by_test_id("compare").wait_for()
    first = measures(page, "staging")[-1]["duration"]
    page.get_by_role("button", name="Back to arranging").click()
    page.get_by_role("button", name="Stage", exact=True).click()
    page.get_by_test_id("compare").wait_for()
    return {
        "first_contentful_paint_ms": round(paint),
        "cutout_ms": round(measures(page, "cut-out")[-1]["duration"]),
        "dragging": dragged,
        "staging_ms": {
            "first": round(first),
            "again": round(measures(page, "staging")[-1]["duration"]),
        },
    }


def bundle() -> dict[str, int]:
    """Kilobytes of the built studio, gzipped."""
    pages = ROOT / "src" / "roomstage" / "server" / "pages"
    page = (pages / "studio.html").read_text()
    static = pages / "static"
    todo, seen = set(re.findall(r"/static/([\w.-]+)", page)), set[str]()
    while todo:
        name = todo.pop()
        seen.add(name)
        if name.endswith(".js"):
            found = re.findall(r"[\w-]+\.(?:js|css)", (static / name).read_text())
            todo |= {each for each in found if (static / each).exists()} - seen
    sizes = {name: len(gzip.compress((static / name).read_bytes(), 9)) for name in seen}
    return {"kB": round(sum(sizes.values()) / 1000), "files": len(sizes)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--browser", default=shutil.which("chromium"), help="path of Chromium")
    parser.add_argument("--seconds", type=float, default=8, help="how long the product is dragged")
    parser.add_argument("--url", help="a server that runs, in place of one that is started")
    given = parser.parse_args()
    load = os.getloadavg()[0]  # what runs beside: figures from a busy machine say little
    if given.browser is None:
        parser.error("there is no chromium: install it (apt install chromium) or give --browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.browser, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        if given.url:
            figures = measure(page, given.url, given.seconds)
        else:
            with serving() as root:
                figures = measure(page, root, given.seconds)
        browser.close()
    machine = {"cpus": os.cpu_count(), "load_before": round(load, 1)}
    print(json.dumps({**figures, "bundle_gzip": bundle(), **machine}, indent=2))


if __name__ == "__main__":
    main()
