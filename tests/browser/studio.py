"""Steps that a person takes in the studio."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Download, Locator, Page, expect

from .conftest import ROOT

SAMPLES = ROOT / "samples"
LIT = "roomstage: lit preview"


def open_room(page: Page, title: str = "Living room in daylight") -> None:
    page.get_by_role("button", name=title).click()
    expect(page.get_by_test_id("board")).to_be_visible()
    expect(page.get_by_text("Looking at the room")).to_have_count(0)


def add(page: Page, title: str = "Velvet sofa") -> None:
    """Take a sample product and wait until it stands in the room, lit."""
    before = lit(page)
    adds = page.get_by_role("button", name="Add another")
    if adds.is_visible():
        adds.click()
    page.get_by_role("button", name=title, exact=True).click()
    expect(page.get_by_role("button", name=f"Delete {title}")).to_be_visible()
    until(page, lambda: lit(page) > before)


def lit(page: Page) -> int:
    """How many lit previews have been shown so far."""
    return page.evaluate("name => performance.getEntriesByName(name).length", LIT)


def until(page: Page, true: Callable[[], bool], seconds: float = 20) -> None:
    """Poll: the pages' policy keeps Playwright's own waiting for functions out."""
    for _ in range(round(seconds / 0.03)):
        if true():
            return
        page.wait_for_timeout(30)
    raise AssertionError("waited in vain")


def stage(page: Page, button: str = "Stage") -> Locator:
    """Stage, and wait for the result."""
    page.get_by_role("button", name=button, exact=True).click()
    shown = page.get_by_test_id("compare")
    expect(shown).to_be_visible()
    return shown


def point(page: Page, x: float, y: float, of: str = "board") -> tuple[float, float]:
    """The window's point at a share of an element's width and height."""
    box = page.get_by_test_id(of).bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(
    page: Page, start: tuple[float, float], end: tuple[float, float], of: str = "board"
) -> None:
    page.mouse.move(*point(page, *start, of))
    page.mouse.down()
    page.mouse.move(*point(page, *end, of), steps=12)
    page.mouse.up()


def picture(download: Download) -> Image.Image:
    return Image.open(io.BytesIO(Path(download.path()).read_bytes()))


def pixel(page: Page, x: float, y: float) -> tuple[int, int, int]:
    """The colour of the board on the screen, at a share of its width and height."""
    shot = Image.open(io.BytesIO(page.get_by_test_id("board").screenshot())).convert("RGB")
    found = shot.getpixel((int(x * (shot.width - 1)), int(y * (shot.height - 1))))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]
