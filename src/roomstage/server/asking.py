"""What a request asks for, taken apart so that it can be kept, compared and run later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roomstage import inputs
from roomstage.errors import FetchRefused, InvalidParameter
from roomstage.models import Model
from roomstage.params import Params
from roomstage.service import sources, target

_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose fields were checked; its pictures are bytes or addresses."""

    params: Params
    fields: dict[str, Any]  # pictures left out, JSON-ready
    pictures: dict[str, bytes]
    urls: dict[str, str]

    def fingerprint(self, *what: str) -> str:
        """Hash of all that is asked for; `what` tells kinds of calls apart."""
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in self.pictures.items()}
        whole = [what, self.fields, hashes, self.urls]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def take_apart(model: Model, given: Mapping[str, Any]) -> Asked:
    """Check a request's fields and decode what pictures it carries; nothing is fetched.

    Raises:
        InvalidInput: a field is wrong, or an address is of no kind that is fetched.
    """
    known = {name: given[name] for name in model.schema.model_fields if name in given}
    params = model.schema.parse(known)
    pictures: dict[str, bytes] = {}
    urls: dict[str, str] = {}
    for name in params.image_roles():
        value = getattr(params, name)
        if isinstance(value, bytes):
            pictures[name] = value
        elif value is not None and sources.is_url(value):
            urls[name] = _checked(value, name)
        elif value is not None:
            pictures[name] = inputs.bytes_from_text(value, field=name)
    fields = params.model_dump(mode="json", exclude=set(params.image_roles()))
    return Asked(params, fields, pictures, urls)


def refuse_no_pictures(pictures: Mapping[str, bytes]) -> None:
    """Refuse at once, by its first bytes, what no worker could read later.

    Raises:
        InvalidImage: of no known format, too large, or broken in its header.
    """
    for name, data in pictures.items():
        inputs.kind_of_file(data, field=name)


def _checked(url: str, field: str) -> str:
    if target.parse(url, any_port=True) is None:
        raise FetchRefused(
            f"{field} is no address that is fetched: give a public http or https URL of the "
            "picture, or send the picture as base64",
            field=field,
        )
    return url.strip()


def idempotency_key(header: str | None) -> str | None:
    """The client's name for its request: a quoted string by the IETF's draft, or a bare one.

    Raises:
        InvalidParameter: it is empty, too long, or has characters that no key has.
    """
    if header is None:
        return None
    key = header.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 0 < len(key) <= _LONGEST_KEY or not all(" " <= c <= "~" for c in key):
        raise InvalidParameter(
            f"Idempotency-Key is not a key: give 1 to {_LONGEST_KEY} visible ASCII characters, "
            "such as a UUID",
            field="Idempotency-Key",
        )
    return key
