"""The API page, as developers use it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from roomstage.models import lack_of, registry
from server.code_samples import Sample, all_samples

from .conftest import DESKTOP, PHONE, ROOT, Tab, Visit

MODEL = "/models/furniture-staging"
NOT_FOUND = r"status of 404"  # browsers tell of the answer that the page itself is


@pytest.fixture(scope="session")
def ready(server: str) -> str:
    """The server's root, once its workers have shown that they work."""
    deadline = time.monotonic() + 60
    while requests.get(f"{server}/health/ready", timeout=20).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return server


@pytest.fixture
def opened(visit: Visit, ready: str) -> Any:
    def open_(path: str = MODEL, viewport: dict[str, int] = DESKTOP, **options: Any) -> Tab:
        tab = visit(path, viewport, **options)
        expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
        return tab

    return open_


def code(page: Page) -> str:
    return page.locator("#sample pre").inner_text()


@pytest.mark.parametrize("slug", list(registry()))
def test_every_field_is_told_as_the_schema_has_it(opened: Any, slug: str) -> None:
    page = opened(f"/models/{slug}").page
    schema = registry()[slug].schema.model_json_schema()
    shown = page.locator("#fields ~ dl .field")
    expect(shown).to_have_count(len(schema["properties"]))
    for name, field in schema["properties"].items():
        row = page.locator(f"#field-{name}")
        text = row.inner_text()
        assert field["description"] in text
        assert ("required" in text) == (name in schema["required"])
        if field.get("default") not in (None, False):
            assert f"Default {field['default']}" in text
        if "maximum" in field and field["maximum"] < 2**53:
            assert f"{field['minimum']} to {field['maximum']}" in text
        if "x-role" in field:
            assert field["x-role"] in text


def test_what_the_answer_may_be_is_told(opened: Any, ready: str) -> None:
    page = opened().page
    answers = requests.get(f"{ready}/openapi.json", timeout=20).json()
    answers = answers["paths"]["/v1/furniture-staging"]["post"]["responses"]
    for name in answers["200"]["headers"]:
        assert page.locator(f"[id='header-{name}']").is_visible()
    for answer in answers.values():
        for each in answer.get("x-codes", ()):
            assert page.locator(f"#error-{each['code']}").is_visible()
    assert page.get_by_text("12 credits a call").is_visible()


def test_the_language_is_chosen_by_keys_and_remembered(opened: Any) -> None:
    page = opened().page
    tabs = page.get_by_role("tablist", name="Language").get_by_role("tab")
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Python")).to_be_focused()
    assert "import requests" in code(page)
    page.get_by_role("tab", name="httpx").click()
    page.get_by_role("tab", name="Submit and poll").click()
    page.reload()
    expect(page.locator("#sample pre")).to_contain_text("import httpx")
    assert "/v2/furniture-staging" in code(page)


def test_the_code_is_the_tested_one_and_copied_whole(opened: Any, ready: str) -> None:
    tab = opened(permissions=["clipboard-read", "clipboard-write"])
    samples = [s for s in all_samples() if (s.model, s.mode) == ("furniture-staging", "sync")]
    for language in {s.told["language"] for s in samples}:
        tab.page.get_by_role("tab", name=language, exact=True).click()
        tab.page.get_by_role("button", name=re.compile(rf"Copy: {re.escape(language)}")).click()
        copied = tab.page.evaluate("navigator.clipboard.readText()")
        assert copied in {s.code(ready).rstrip() for s in samples}


def test_the_key_stands_in_the_code_and_the_request(opened: Any) -> None:
    page = opened().page
    page.get_by_label("API key").fill("SG_0123456789abcdef")
    page.get_by_label("API key").press("Enter")
    page.get_by_role("tab", name="JavaScript").click()
    expect(page.locator("#sample pre")).to_contain_text("'x-api-key': 'SG_0123456789abcdef'")
    with page.expect_request("**/v1/furniture-staging") as sent:
        page.get_by_role("button", name="Send the request").click()
    assert sent.value.headers["x-api-key"] == "SG_0123456789abcdef"


def test_a_request_is_tried(opened: Any) -> None:
    page = opened().page
    expect(page.get_by_text("Costs nothing: this server is open")).to_be_visible()
    page.get_by_role("button", name="Send the request").click()
    picture = page.get_by_alt_text("What came back")
    expect(picture).to_be_visible()
    page.wait_for_function("e => e.naturalWidth === 1536", arg=picture.element_handle())
    answered = page.locator(".answered")
    expect(answered).to_contain_text("200")
    expect(answered).to_contain_text("0 credits")
    expect(answered).to_contain_text("s of work")
    answered.get_by_text("Headers").click()
    expect(answered).to_contain_text("x-output-metadata")


def test_a_picture_of_ones_own_is_sent(opened: Any) -> None:
    page = opened().page
    own = ROOT / "samples" / "products" / "plant.png"
    page.locator("input[type=file]").nth(1).set_input_files(own)
    expect(page.get_by_text("plant.png")).to_be_visible()
    with page.expect_response("**/v1/furniture-staging") as answered:
        page.get_by_role("button", name="Send the request").click()
    assert answered.value.status == 200
    assert answered.value.request.headers["content-type"].startswith("multipart/form-data")
    expect(page.get_by_alt_text("What came back")).to_be_visible()


def test_what_is_wrong_is_told_at_its_field(opened: Any) -> None:
    tab = opened()
    tab.expected = [r"status of 400"]
    page = tab.page
    page.get_by_text("More fields").click()
    page.locator("#steps-input").fill("5")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert")).to_contain_text("steps is 5: give a whole number")
    expect(page.locator("#steps-input")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#steps-help")).to_contain_text("steps is 5")


def test_the_code_follows_the_form(opened: Any) -> None:
    page = opened().page
    page.locator("#prompt-input").fill("an old man's chair")
    page.get_by_role("tab", name="Ruby").click()
    expect(page.locator("#sample pre")).to_contain_text("an old man's chair")


def test_the_javascript_of_the_page_shows_the_picture(opened: Any, ready: str) -> None:
    page = opened().page
    installed = {slug for slug, model in registry().items() if lack_of(model) is None}
    samples = [s for s in all_samples() if s.model in installed]
    scripts = [s for s in samples if s.told["id"] == "javascript-fetch"]
    assert {s.mode for s in scripts} == {"sync", "jobs"}
    for sample in scripts:
        _run(page, sample, ready)
        picture = page.locator("body > img").last
        page.wait_for_function(
            "e => e.complete && e.naturalWidth > 0", arg=picture.element_handle()
        )
        page.evaluate("document.querySelectorAll('body > img').forEach((e) => e.remove())")


def _run(page: Page, sample: Sample, root: str) -> None:
    page.evaluate(f"(async () => {{ {sample.code(root)} }})()")


def test_a_model_without_its_weights_says_how_to_get_them(opened: Any) -> None:
    lacking = {slug: why for slug, model in registry().items() if (why := lack_of(model))}
    assert lacking, "no weights are part of the package"
    for slug, why in lacking.items():
        page = opened(f"/models/{slug}").page
        expect(page.get_by_text(why).first).to_be_visible()
        expect(page.get_by_text("runs on this server")).to_have_count(0)


def test_the_overview_leads_on(opened: Any) -> None:
    tab = opened("/docs")
    page = tab.page
    for anchor in ("base-url", "authentication", "events", "webhooks", "idempotency", "errors"):
        assert page.locator(f"#{anchor}").is_visible()
    for slug in registry():
        assert page.locator(f"main a[href='/models/{slug}']").first.is_visible()
    for link in ("/", "/openapi.json", "/llms.txt"):
        assert page.locator(f"a[href='{link}']").first.is_visible()
    expect(page.get_by_text("runs on this server").first).to_be_visible()


def test_a_model_that_the_build_did_not_know_is_shown(
    opened: Any, visit: Visit, ready: str
) -> None:
    """With fields, form and code: the registry is all that has to know it."""

    def with_another(route: Route) -> None:
        document = route.fetch().json()
        document["paths"]["/v1/made-up"] = _made_up()
        route.fulfill(json=document)

    tab = opened("/docs")
    tab.page.context.route("**/openapi.json", with_another)
    tab.expected = [NOT_FOUND]
    tab.page.goto(f"{ready}/models/made-up")
    page = tab.page
    expect(page.get_by_role("heading", level=1)).to_have_text("made-up")
    expect(page.locator("#field-strength")).to_contain_text("0 to 1")
    page.get_by_role("tab", name="Go").click()
    expect(page.locator("#sample pre")).to_contain_text("/v1/made-up")
    expect(page.locator("#sample pre")).to_contain_text("/samples/rooms/living_room.jpg")
    assert page.locator("#strength-input").count() == 1


def _made_up() -> dict[str, Any]:
    properties = {
        "image": {"type": "string", "format": "image", "x-role": "image"},
        "strength": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
    }
    schema = {"type": "object", "required": ["image"], "properties": properties}
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "The picture", "content": {"image/png": {}}}}
    operation = {"tags": ["models"], "summary": "Invented", "responses": responses}
    return {"post": operation | {"requestBody": {"content": content}}}


def test_a_model_that_is_none_is_told_with_the_list(opened: Any, visit: Visit, ready: str) -> None:
    tab = opened("/docs")
    tab.expected = [NOT_FOUND]
    tab.page.goto(f"{ready}/models/no-such-model")
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text("no model no-such-model")
    for slug in registry():
        assert tab.page.locator(f"main a[href='/models/{slug}']").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/docs", MODEL])
def test_it_can_be_used_by_everybody(opened: Any, path: str, scheme: str) -> None:
    tab = opened(path, PHONE if scheme == "dark" else DESKTOP, color_scheme=scheme)
    expect(tab.page.locator("#sample pre")).to_be_visible()
    tab.page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true })")
    assert tab.serious() == []


@pytest.mark.parametrize("path", ["/docs", MODEL])
def test_it_fits_a_phone(opened: Any, path: str) -> None:
    page = opened(path, PHONE).page
    expect(page.locator("#sample pre")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
