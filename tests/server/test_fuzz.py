"""Whatever arrives as a body, the answer is a request's fields or a refusal in words."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from roomstage.errors import InvalidInput
from roomstage.models.furniture_staging import FurnitureStagingParams
from roomstage.server import body
from roomstage.service import target

TYPES = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=",
            'multipart/form-data; boundary="',
            "text/plain; charset=utf-7",
        ]
    ),
    st.text(max_size=40),
)
PART = st.sampled_from(
    [
        b"--x\r\n",
        b"--x--",
        b"\r\n",
        b"\r\n\r\n",
        b'Content-Disposition: form-data; name="prompt"',
        b'Content-Disposition: form-data; name="main_image"; filename="a"',
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"=3",
        b"A",
        b"\xff",
    ]
)
BODIES = st.one_of(st.binary(max_size=200), st.lists(PART, max_size=12).map(b"".join))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
QUIET = settings(
    deadline=None,
    max_examples=300,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@QUIET
@given(BODIES, TYPES)
def test_any_bytes_of_any_type_are_fields_or_refused(content: bytes, kind: str | None) -> None:
    try:
        found = body.fields(content, kind)
    except (HTTPException, InvalidInput):
        return
    assert isinstance(found, dict)


@QUIET
@given(st.dictionaries(st.sampled_from(sorted(FurnitureStagingParams.model_fields)), JSON))
def test_any_json_values_are_parameters_or_refused_in_short_words(given_: dict[str, Any]) -> None:
    complete = {"prompt": "a", "main_image": "AAEC", "overlay_image": "AAEC"} | given_
    outcome = _parsed(json.dumps(complete).encode())
    if isinstance(outcome, str):
        assert len(outcome) < 300
    else:
        assert 10 <= outcome.steps <= 100


def _parsed(content: bytes) -> FurnitureStagingParams | str:
    try:
        return FurnitureStagingParams.parse(body.fields(content, "application/json"))
    except InvalidInput as refusal:
        return refusal.message


@QUIET
@given(st.one_of(st.text(max_size=60), st.text(max_size=30).map("http://".__add__)))
def test_any_text_is_a_clean_target_or_none(url: str) -> None:
    found = target.parse(url)
    if found is not None:
        assert found.url.isascii()
        assert " " not in found.url
        assert found.port in (80, 443) or found.port > 1023
        assert "@" not in found.authority
