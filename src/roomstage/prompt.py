"""What the words of a prompt say about the product: its kind, where it belongs, its usual size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Surface = Literal["floor", "wall", "rug", "ceiling", "table"]


@dataclass(frozen=True, slots=True)
class Intent:
    """A reading of the prompt."""

    kind: str | None  # the word that was recognised, such as "sofa"
    surface: Surface  # what carries the product
    width_m: float  # usual width of such a product, used where nothing better is known
    depth_ratio: float  # usual depth as a share of its width
    surface_told: bool = False  # a phrase such as "on the wall" names the surface


@dataclass(frozen=True, slots=True)
class _Kind:
    words: str  # alternatives of a regular expression
    surface: Surface
    width_m: float
    depth_ratio: float


# Order matters: the first kind whose word is found wins, so "coffee table" comes before "table"
# and what stands on things before what things stand on.
_KINDS = (
    _Kind("rug|carpet|runner|doormat", "rug", 2.0, 0.7),
    _Kind("pendant|chandelier|ceiling lamp|hanging lamp", "ceiling", 0.5, 1.0),
    _Kind("picture|painting|poster|print|mirror|wall art|artwork|wall clock", "wall", 0.8, 0.04),
    _Kind("coffee table", "floor", 1.1, 0.7),
    _Kind("side table|end table|nightstand|bedside table", "floor", 0.5, 0.9),
    _Kind("dining table|desk", "floor", 1.6, 0.5),
    _Kind("floor lamp|standing lamp", "floor", 0.45, 1.0),
    _Kind("sectional|sofa|couch|settee|loveseat", "floor", 2.0, 0.45),
    _Kind("lounge chair|armchair|arm chair|recliner|rocking chair", "floor", 0.8, 0.95),
    _Kind("chair|stool|ottoman|pouf", "floor", 0.5, 0.95),
    _Kind("bed", "floor", 1.7, 1.2),
    _Kind("wardrobe|bookcase|bookshelf|shelves|shelf", "floor", 0.9, 0.4),
    _Kind("cabinet|sideboard|dresser|chest|drawers|commode|credenza", "floor", 1.0, 0.42),
    _Kind("table lamp|desk lamp", "table", 0.3, 1.0),
    _Kind("vase|jar|mug|cup|candle|clock|kettle|teapot|bowl|shaker", "table", 0.2, 1.0),
    _Kind("plant|tree|fern|palm|pot", "floor", 0.6, 0.9),
    _Kind("bench", "floor", 1.2, 0.35),
    _Kind("lamp", "floor", 0.4, 1.0),
    _Kind("table", "floor", 1.0, 0.7),
)
_PLACES: tuple[tuple[str, Surface], ...] = (
    (r"\bon (the|a|an)? ?(\w+ )?(table|desk|shelf|counter|sideboard|cabinet)\b", "table"),
    (r"\b(on|hung on|hanging on|mounted on) (the|a) (\w+ )?wall\b", "wall"),
    (r"\b(from|on) the ceiling\b", "ceiling"),
)
_UNKNOWN = _Kind("", "floor", 0.9, 0.7)


def read(prompt: str) -> Intent:
    """Kind, surface and usual size of what the prompt speaks of.

    The earliest word of the text that names a product decides; a phrase such as "on the wall"
    overrules the surface that goes with the kind.
    """
    text = re.sub(r"\s+", " ", prompt.lower())
    found: list[tuple[int, int, _Kind, str]] = []
    for rank, kind in enumerate(_KINDS):
        match = re.search(rf"\b({kind.words})(e?s)?\b", text)
        if match:
            found.append((match.start(), rank, kind, match.group(1)))
    _, _, kind, word = min(found, key=lambda f: (f[0], f[1])) if found else (0, 0, _UNKNOWN, None)
    told = _told(kind, text)
    surface = kind.surface if told is None else told
    return Intent(word, surface, kind.width_m, kind.depth_ratio, told is not None)


def _told(kind: _Kind, text: str) -> Surface | None:
    """The surface that a phrase names; what can only lie or hang asks no phrase."""
    if kind.surface in ("rug", "ceiling"):
        return None
    return next((place for words, place in _PLACES if re.search(words, text)), None)
