"""Fields that more than one model has."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator


def _known_name(value: Any) -> Any:
    """Clients write PNG and jpg."""
    name = value.strip().lower() if isinstance(value, str) else value
    return "jpeg" if name == "jpg" else name


ImageFormat = Annotated[Literal["png", "jpeg", "webp"], BeforeValidator(_known_name)]
