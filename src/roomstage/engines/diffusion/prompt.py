"""The words that a model is given: the user's, and what is known of the room.

Short prompts give floating, unshaded objects; models are trained on captions of the whole picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from roomstage.placement import Placement
from roomstage.prompt import Surface
from roomstage.scene import Scene

LEAST, MOST = 30, 80  # words
_USERS = 44  # of them at most; a longer text is cut at a word
_STANDS: dict[Surface, str] = {
    "floor": "It stands firmly on the floor of the room",
    "table": "It stands on the surface below it",
    "wall": "It hangs flat on the wall",
    "ceiling": "It hangs from the ceiling",
    "rug": "It lies flat on the floor of the room",
}
_SIDES = 0.35  # of the picture's width: light from there is light from a side


@dataclass(frozen=True, slots=True)
class Facts:
    """What a caption tells of a room.

    Attributes:
        surface: what carries the product.
        light_from: "left", "right" or None where neither is sure.
        sunny: hard sun falls on the floor.
        glossy: the floor mirrors.
        bright: of the room as a whole; None: neither bright nor dim.
        warm: of the light's colour; None: neutral.
    """

    surface: Surface
    light_from: str | None = None
    sunny: bool = False
    glossy: bool = False
    bright: bool | None = None
    warm: bool | None = None


def facts(scene: Scene, placement: Placement) -> Facts:
    """The facts of a room at a place."""
    red, _, blue = (float(value) for value in scene.light.illuminant)
    level = float(scene.linear.mean())
    return Facts(
        surface=placement.surface,
        light_from=_side(scene),
        sunny=scene.sun is not None,
        glossy=scene.gloss.strength > 0,
        bright=None if 0.12 < level < 0.35 else level >= 0.35,
        warm=None if 0.8 < red / max(blue, 1e-3) < 1.25 else red > blue,
    )


def caption(words: str, known: Facts) -> str:
    """A caption of 30 to 80 words for the user's `words` in a room of which that is `known`."""
    given = re.sub(r"\s+", " ", words).strip().rstrip(".,;:!")
    users = given.split(" ")
    given = " ".join(users[:_USERS])
    lead = f"Photograph of a furnished room with {given}"
    if re.match(r"(?i)(a |the )?(photo|photograph|picture|interior)\b", given):
        lead = given[0].upper() + given[1:]
    sentences = [lead, _STANDS[known.surface], _light(known)]
    if known.surface in ("floor", "table", "rug"):
        sentences.append("A soft contact shadow joins it to what it stands on")
    if known.glossy and known.surface == "floor":
        sentences.append("The glossy floor shows its faint reflection")
    sentences.append("Everything else in the room stays as it is")
    text = ". ".join(sentences) + "."
    if len(text.split()) < LEAST:
        text += " Natural colours, sharp focus, the same camera and perspective."
    return " ".join(text.split()[:MOST])


def instruction(words: str, known: Facts, *, keep: bool) -> str:
    """The same for an editor that is told what to do; `keep`: the product is not to be redrawn."""
    task = (
        "Keep the product in picture 1 exactly as it is and add its natural shadow, contact and "
        "reflection"
        if keep
        else "Blend the product of picture 2 into picture 1 at the place and size where it is "
        "pasted"
    )
    return " ".join(f"{task}. {caption(words, known)}".split()[:MOST])


def _light(known: Facts) -> str:
    kind = {True: "Bright", False: "Dim", None: "Soft"}[known.bright]
    tint = {True: " warm", False: " cool", None: ""}[known.warm]
    whence = "" if known.light_from is None else f" from the {known.light_from}"
    sun = ", with hard sun on the floor" if known.sunny else ""
    return f"{kind}{tint} light falls on it{whence}{sun}"


def _side(scene: Scene) -> str | None:
    """The side of the picture that the largest source in view stands on."""
    lamps = [source for source in scene.light.sources if not source.on_floor]
    if not lamps:
        return None
    place = max(lamps, key=lambda source: source.area).x / scene.linear.shape[1]
    return "left" if place < _SIDES else "right" if place > 1 - _SIDES else None
