"""Engines do what differs by hardware or model: analyse a room, cut a product, shade it."""

from __future__ import annotations

from roomstage.engines.base import Engine, Options, Shading, load, survey

__all__ = ["Engine", "Options", "Shading", "load", "survey"]
