"""What everybody sees first."""

from __future__ import annotations

import pytest

from .conftest import DESKTOP, PHONE, Visit


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_studio_opens(visit: Visit, viewport: dict[str, int]) -> None:
    tab = visit("/", viewport)
    assert tab.page.get_by_role("heading", level=1).is_visible()
