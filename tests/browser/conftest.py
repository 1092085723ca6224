"""A real server and a real browser; whatever a page does wrong unseen fails its test.

`visit` opens tabs. At the end of a test each tab must have asked only the server it came from,
have logged no error, and have left no exception uncaught.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from . import chromium

Scheme = Literal["light", "dark"]

ROOT = Path(__file__).parents[2]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
_AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_PAGES = ROOT / "src" / "roomstage" / "server" / "pages" / "studio.html"
PATIENCE = 20_000  # milliseconds, for machines that have other things to do
_FADE = 300  # milliseconds that colours take to change
_START = "from roomstage.cli.main import app; app()"

expect.set_options(timeout=PATIENCE)


@dataclass
class Tab:
    """One page of the browser, and what it did wrong."""

    page: Page
    root: str
    wrongs: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)  # patterns of errors that a test provokes
    scheme: Scheme = "light"

    def watch(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.wrongs.append(f"uncaught: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def serious(self) -> list[str]:
        """What axe-core finds serious or critical in the page as it is now, light and dark."""
        if not _AXE.exists():
            pytest.skip("axe-core is not installed: run `npm ci` in web/")
        self.page.evaluate(_AXE.read_text())  # no script tag: the page's policy allows none
        other: Scheme = "dark" if self.scheme == "light" else "light"
        wrongs = [f"{self.scheme}: {wrong}" for wrong in self._violations()]
        self.page.emulate_media(color_scheme=other)
        self.page.wait_for_timeout(_FADE)
        wrongs += [f"{other}: {wrong}" for wrong in self._violations()]
        self.page.emulate_media(color_scheme=self.scheme)
        return wrongs

    def _violations(self) -> list[str]:
        found: dict[str, Any] = self.page.evaluate(
            "() => axe.run(document, {resultTypes: ['violations']})"
        )
        return [
            f"{each['id']}: {each['help']}: "
            + "; ".join(node["html"][:160] for node in each["nodes"][:4])
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]

    def unexpected(self) -> list[str]:
        return [
            wrong
            for wrong in self.wrongs
            if not any(re.search(pattern, wrong) for pattern in self.expected)
        ]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrongs.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("blob", "data"):
            return
        if f"{parts.scheme}://{parts.netloc}" != self.root:
            self.wrongs.append(f"request to another origin: {url}")


Visit = Callable[..., Tab]


@contextlib.contextmanager
def serving(database: Path) -> Iterator[str]:
    """`roomstage serve` over a database; yields its root URL."""
    if not _PAGES.exists():
        pytest.skip("the pages are not built: install without ROOMSTAGE_NO_PAGES")
    process = subprocess.Popen(
        [sys.executable, "-c", _START, "serve", "--port", "0", "--database", str(database)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"ROOMSTAGE_PRICES": "", "ROOMSTAGE_DRAIN_DELAY_SECONDS": "0"},
    )
    assert process.stderr is not None
    rest = threading.Thread(target=process.stderr.read)  # a full pipe would stop the server
    try:
        lines = iter(process.stderr.readline, "")
        root = next(found[0] for line in lines if (found := re.search(r"http://[\d.:]+", line)))
        rest.start()
        yield root
    finally:
        process.terminate()
        process.wait(30)
        if rest.ident is not None:
            rest.join()
        process.stderr.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The root URL of a server with a store of its own, which needs no keys."""
    with serving(tmp_path_factory.mktemp("served") / "store.sqlite3") as root:
        yield root


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium.

    It goes with the last test here: its driver keeps an event loop running, beside which the tests
    of other folders could run none.
    """
    try:
        path = chromium.program()
    except chromium.Unavailable as reason:
        pytest.skip(str(reason))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, headless=True, args=list(chromium.FLAGS)
        )
        yield launched
        launched.close()


@pytest.fixture
def visit(server: str, browser: Browser) -> Iterator[Visit]:
    """`visit(path, viewport=DESKTOP, **context)` opens a path in a profile of its own.

    `root`: the address of another server than the one that all tests share.
    """
    contexts: list[BrowserContext] = []
    tabs: list[Tab] = []

    def opened(
        path: str = "/",
        viewport: dict[str, int] = DESKTOP,
        *,
        root: str = server,
        **options: Any,
    ) -> Tab:
        context = browser.new_context(viewport=viewport, accept_downloads=True, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        tab = Tab(context.new_page(), root, scheme=options.get("color_scheme", "light"))
        tab.watch()
        tabs.append(tab)
        tab.page.goto(root + path)
        return tab

    yield opened
    wrongs = [wrong for tab in tabs for wrong in tab.unexpected()]
    for context in contexts:
        context.close()
    assert not wrongs, "\n".join(wrongs)
