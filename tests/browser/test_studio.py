"""The studio as people use it, against a real server, on the bundled samples."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from .conftest import PHONE, Visit, serving
from .studio import SAMPLES, add, drag, lit, open_room, picture, pixel, point, stage, until

SOFA = 0.52, 0.8  # where the server puts it in the living room, as shares of the photo


def test_a_room_is_staged_from_upload_to_download(visit: Visit) -> None:
    tab = visit("/")
    page = tab.page
    assert tab.serious() == []
    files = page.locator("input[type=file]").first
    files.set_input_files(SAMPLES / "rooms" / "living_room.jpg")
    expect(page.get_by_test_id("board")).to_be_visible()
    files = page.get_by_label("Drop product photos here").locator("input").first
    files.set_input_files(SAMPLES / "products" / "sofa.png")
    expect(page.get_by_role("button", name="Delete Sofa")).to_be_visible()
    until(page, lambda: lit(page) > 0)
    assert tab.serious() == []

    tall = page.get_by_text(re.compile("about .* cm"))
    told, teal = tall.inner_text(), pixel(page, *SOFA)
    drag(page, SOFA, (0.42, 0.72))
    until(page, lambda: pixel(page, *SOFA) != teal)
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: tall.inner_text() == told)

    stage(page)
    assert tab.serious() == []
    expect(page.get_by_role("heading", level=1)).to_contain_text("Staged in")
    expect(page.get_by_text("cm wide")).to_be_visible()
    slider = page.get_by_role("slider", name="Before and after")
    slider.focus()
    before = float(slider.input_value())
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_value(f"{before + 5:g}")
    with page.expect_download() as png:
        page.get_by_role("button", name="Download PNG").click()
    room = Image.open(SAMPLES / "rooms" / "living_room.jpg")
    staged = picture(png.value)
    assert staged.format == "PNG"
    assert staged.size == room.size
    differs = (np.asarray(staged.convert("RGB")) != np.asarray(room)).any(axis=2)
    assert 0.05 < differs.mean() < 0.6  # the sofa and its light, and nothing else
    assert not differs[:200].any()


def test_a_product_gets_smaller_on_its_way_to_the_wall(visit: Visit) -> None:
    page = visit("/").page
    open_room(page)
    add(page, "Potted plant")
    board = page.get_by_test_id("board")
    board.focus()
    width = page.get_by_text(re.compile("about .* cm"))
    true_size = width.inner_text()
    seen = lit(page)
    for key in ("Shift+ArrowUp", "Shift+ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    until(page, lambda: lit(page) > seen)
    page.wait_for_timeout(100)
    told = [int(each) for each in re.findall(r"\d+", width.inner_text())]
    assert told == pytest.approx([int(each) for each in re.findall(r"\d+", true_size)], rel=0.12)
    page.keyboard.press("Delete")
    expect(page.get_by_role("heading", name="Add a product")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Delete Potted plant")).to_be_visible()


def test_a_mask_is_painted_and_says_where_the_product_goes(visit: Visit) -> None:
    tab = visit("/")
    page = tab.page
    open_room(page, "Sunny corner")
    add(page, "White chair")
    page.get_by_role("button", name="Paint", exact=True).click()
    use = page.get_by_role("button", name="Use this mask")
    expect(use).to_be_disabled()
    page.get_by_role("button", name="Lasso").click()
    page.mouse.move(*point(page, 0.6, 0.6))
    page.mouse.down()
    for corner in ((0.75, 0.6), (0.75, 0.9), (0.6, 0.9)):
        page.mouse.move(*point(page, *corner), steps=4)
    page.mouse.up()
    expect(use).to_be_enabled()
    page.keyboard.press("Control+z")
    expect(use).to_be_disabled()
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (0.3, 0.5), (0.42, 0.85))
    page.get_by_role("button", name="Brush", exact=True).click()
    page.get_by_role("button", name="Erase").click()
    drag(page, (0.31, 0.52), (0.41, 0.52))
    assert tab.serious() == []
    before = lit(page)
    use.click()
    until(page, lambda: lit(page) > before)
    stage(page)
    with page.expect_download() as zipped:
        page.get_by_role("button", name="Everything (ZIP)").click()
    files = zipfile.ZipFile(zipped.value.path())
    assert {name.split("/")[0] for name in files.namelist()} == {
        "staged.png",
        "staged-labelled.png",
        "original.jpg",
        "cut-outs",
        "masks",
        "report.json",
    }
    mask = np.asarray(Image.open(io.BytesIO(files.read("masks/1-white-chair.png"))).convert("L"))
    rows, columns = np.nonzero(mask > 127)
    assert [columns.min(), columns.max()] == pytest.approx([0.3 * 1536, 0.42 * 1536], abs=6)
    assert rows.max() == pytest.approx(0.85 * 1024, abs=6)
    report = json.loads(files.read("report.json"))
    box = report["products"][0]["placement"]["box"]
    assert box[3] == pytest.approx(0.85 * 1024, abs=16)


def test_two_products_are_staged_from_far_to_near(visit: Visit) -> None:
    tab = visit("/")
    page = tab.page
    open_room(page)
    add(page)
    add(page, "Side table")
    page.get_by_test_id("board").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    order = page.get_by_role("list", name="Products, the nearest first").locator("strong")
    expect(order).to_have_text(["Side table", "Velvet sofa"])
    page.get_by_role("button", name="Hide Side table").click()
    expect(page.get_by_role("button", name="Stage", exact=True)).to_be_visible()
    page.get_by_role("button", name="Show Side table").click()
    stage(page, "Stage 2 products")
    parts = page.get_by_role("region", name="What was done").get_by_role("heading", level=3)
    expect(parts).to_have_text(["Velvet sofa", "Side table"])
    page.get_by_role("button", name="What changed").click()
    expect(page.get_by_text("untouched, byte for byte")).to_be_visible()
    assert tab.serious() == []
    page.get_by_role("button", name="Seed", exact=True).click()
    page.get_by_role("button", name="Make three variants").click()
    expect(page.get_by_role("button", name="Side by side")).to_be_visible()
    expect(page.get_by_role("group", name="Variants").get_by_role("button")).to_have_count(5)
    page.get_by_role("button", name="Side by side").click()
    assert tab.serious() == []


def test_a_product_before_a_busy_ground_is_boxed_and_corrected(visit: Visit) -> None:
    tab = visit("/")
    page = tab.page
    tab.expected.append(r"status of 400")  # the refusal that asks for the box
    open_room(page, "Evening room")
    files = page.get_by_label("Drop product photos here").locator("input").first
    files.set_input_files(SAMPLES / "products" / "cabinet.jpg")
    page.get_by_role("button", name="Draw a box").click()
    drag(page, (0.27, 0.47), (0.72, 0.93), of="cutout")
    use = page.get_by_role("button", name="Use this cut-out")
    expect(use).to_be_enabled()
    page.get_by_role("button", name="Brush out").click()
    drag(page, (0.3, 0.6), (0.6, 0.6), of="cutout")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Redo")).to_be_enabled()
    page.get_by_role("button", name="Parts").click()
    page.mouse.click(*point(page, 0.5, 0.7, of="cutout"))
    expect(page.get_by_text("The part is dropped.")).to_be_attached()
    expect(use).to_be_disabled()
    expect(page.get_by_text("Nothing is left of the product")).to_be_visible()
    assert tab.serious() == []
    page.mouse.click(*point(page, 0.5, 0.7, of="cutout"))
    expect(page.get_by_text("The part is kept.")).to_be_attached()
    assert tab.serious() == []
    use.click()
    expect(page.get_by_role("button", name="Delete Cabinet")).to_be_visible()


def test_errors_say_what_to_do(visit: Visit, tmp_path: Path) -> None:
    tab = visit("/")
    page = tab.page
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n no picture")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "broken.png")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Use a PNG, JPEG or WebP file")
    assert tab.serious() == []
    page.get_by_role("button", name="Dismiss the message").click()
    tab.expected.append("status of 503")
    page.route("**/studio/room", lambda route: route.fulfill(status=503, json={"error": "busy"}))
    page.get_by_role("button", name="Living room in daylight").click()
    expect(notice.first).to_contain_text("Busy")
    page.unroute("**/studio/room")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Looking at the room")).to_have_count(0)
    add(page)
    page.get_by_text("Settings", exact=True).click()
    page.get_by_label("Steps", exact=True).fill("5")
    expect(page.get_by_text("Steps: 10 to 100").first).to_be_visible()
    assert tab.serious() == []
    expect(page.get_by_role("button", name="Stage", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Back to the defaults").click()
    tab.expected.append("ERR_FAILED|ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    page.get_by_role("button", name="Stage", exact=True).click()
    expect(notice.first).to_contain_text("The server does not answer: is it still running?")
    page.context.set_offline(False)
    stage(page)


def test_a_staging_can_be_cancelled(visit: Visit) -> None:
    page = visit("/").page
    open_room(page)
    add(page)
    held = page.context.new_cdp_session(page)
    held.send("Network.enable")
    held.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    page.get_by_role("button", name="Stage", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert").first).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Stage", exact=True)).to_be_enabled()


def test_what_was_staged_is_in_the_history_until_it_is_cleared(visit: Visit) -> None:
    tab = visit("/")
    page = tab.page
    open_room(page)
    add(page)
    stage(page)
    page.get_by_role("button", name="History").click()
    expect(page.get_by_role("button", name="Velvet sofa")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="History").click()
    assert tab.serious() == []
    page.get_by_role("button", name="Velvet sofa").click()
    expect(page.get_by_test_id("compare")).to_be_visible()
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="Clear the history").click()
    expect(page.get_by_text("Nothing yet")).to_be_visible()


def test_a_server_with_keys_asks_for_one(visit: Visit, tmp_path: Path) -> None:
    database = tmp_path / "store.sqlite3"
    program = "from roomstage.cli.main import app; app()"
    create = ["keys", "create", "--account", "anna", "--credits", "100", "--database", database]
    made = subprocess.run(
        [sys.executable, "-c", program, *create], capture_output=True, text=True, check=True
    )
    with serving(database) as root:
        tab = visit("/", root=root)
        page = tab.page
        tab.expected.append("status of 401")
        page.get_by_role("button", name="Living room in daylight").click()
        dialog = page.get_by_role("dialog", name="API key")
        expect(dialog).to_contain_text("roomstage keys create")
        assert tab.serious() == []
        dialog.get_by_label("Your key").fill(made.stdout.strip())
        dialog.get_by_role("button", name="Save").click()
        add(page)
        stage(page)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_on_a_phone(visit: Visit, scheme: str) -> None:
    tab = visit("/", PHONE, color_scheme=scheme, has_touch=True, is_mobile=True)
    page = tab.page
    assert tab.serious() == []
    page.get_by_role("button", name="Sunny corner").tap()
    expect(page.get_by_role("button", name="Take a photo")).to_be_visible()
    before = lit(page)
    page.get_by_role("button", name="Lounge chair").tap()
    until(page, lambda: lit(page) > before)
    assert tab.serious() == []
    page.get_by_role("button", name="Stage", exact=True).tap()
    expect(page.get_by_test_id("compare")).to_be_visible()
    assert tab.serious() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_photo_larger_than_the_server_takes_is_made_smaller(visit: Visit) -> None:
    page = visit("/").page
    with Image.open(SAMPLES / "rooms" / "sunny_corner.jpg") as photo:
        large = io.BytesIO()
        photo.resize((6600, 4400), Image.Resampling.NEAREST).save(large, "JPEG", quality=60)
    room = {"name": "room.jpg", "mimeType": "image/jpeg", "buffer": large.getvalue()}
    page.locator("input[type=file]").first.set_input_files(room)  # type: ignore[arg-type]
    expect(page.get_by_role("alert").first).to_contain_text(
        "29 megapixels, more than can be staged"
    )
    expect(page.get_by_text("Looking at the room")).to_have_count(0)
    add(page, "White chair")
    stage(page)
    staged = page.get_by_role("img", name="The room with the product")
    width, height = staged.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert width / height == pytest.approx(1.5, abs=0.01)
    assert 23.5e6 < width * height <= 25e6
