"""What a call of each model costs."""

from __future__ import annotations

from collections.abc import Mapping

from roomstage.errors import InvalidParameter

_MOST = 1_000_000_000


def parse_prices(text: str, defaults: Mapping[str, int]) -> dict[str, int]:
    """Credits by model.

    Args:
        text: the setting: ``furniture-staging=12,erase-furniture=0``; models left out keep theirs.
        defaults: the models' own prices.

    Raises:
        InvalidParameter: a model that is none, or a price that is no whole number from 0.
    """
    prices = dict(defaults)
    for part in filter(None, (part.strip() for part in text.split(","))):
        slug, _, price = (word.strip() for word in part.partition("="))
        if slug not in defaults:
            raise _wrong(part, f"name one of {', '.join(defaults)}")
        if not (price.isascii() and price.isdecimal() and len(price) < 20 and int(price) <= _MOST):
            raise _wrong(part, f"give {slug} a whole number of credits from 0 to {_MOST}")
        prices[slug] = int(price)
    return prices


def _wrong(part: str, remedy: str) -> InvalidParameter:
    return InvalidParameter(
        f"ROOMSTAGE_PRICES has {part[:60]!r}: {remedy}, as in furniture-staging=12",
        field="ROOMSTAGE_PRICES",
    )
