"""The pages: served to browsers, closed to wanderers, sufficient to themselves."""

from __future__ import annotations

import re
import socket

import pytest
from fastapi.testclient import TestClient

from roomstage.server.samples import Samples

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/docs", "/models/furniture-staging"])
def test_a_browser_gets_a_page_that_loads_nothing_from_elsewhere(
    client: TestClient, path: str
) -> None:
    page = client.get(path, headers=HTML)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    loaded = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', page.text)
    assert loaded, "a page is more than its frame"
    for address in loaded:
        assert address.startswith("/"), f"{address} is loaded from elsewhere"
        file = client.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    small = client.get(loaded[0], headers={"accept-encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"


def test_without_javascript_the_api_page_leads_to_its_facts(client: TestClient) -> None:
    links = re.findall(r'<a href="([^"]+)"', client.get("/docs", headers=HTML).text)
    assert {"/openapi.json", "/llms.txt"} <= set(links)
    for link in links:
        assert client.get(link).status_code == 200


def test_a_model_that_is_none_has_the_page_that_says_so(client: TestClient) -> None:
    page = client.get("/models/no-such-model", headers=HTML)
    assert page.status_code == 404
    assert page.text == client.get("/docs", headers=HTML).text


def test_programs_get_facts_at_the_root(client: TestClient) -> None:
    facts = client.get("/")
    assert facts.json()["name"] == "roomstage"
    assert "accept" in facts.headers["vary"].lower()


def test_the_samples_that_are_listed_are_there(client: TestClient) -> None:
    listed = client.get("/samples/index.json").json()
    assert len(listed["rooms"]) >= 3
    assert len(listed["products"]) >= 5
    for each in listed["rooms"] + listed["products"]:
        for address in (each["url"], each.get("mask_url", each["url"])):
            assert client.get(address).headers["content-type"].startswith("image/")


def test_samples_are_known_by_every_address_of_this_machine() -> None:
    samples, path = Samples("", "0.0.0.0"), "/samples/products/sofa.png"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))  # sends nothing: it tells the address that would
        except OSError:
            pytest.skip("this machine has no address but loopback")
        own = sock.getsockname()[0]
    assert samples.data(f"http://{own}:8000{path}") == samples.data(f"http://localhost{path}")
    for host in ("192.0.2.77", "224.0.0.1", "[2001:db8::1]", "shop.example"):
        assert samples.data(f"http://{host}:8000{path}") is None


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../app.py",
        "/static/..%2f..%2fapp.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/",
        "/samples/..%2fpyproject.toml",
        "/samples/rooms",
        "/samples/rooms/none.jpg",
        "/samples/" + "x" * 5000,
    ],
)
def test_nothing_beside_them_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 405)  # clients shorten some to other paths
