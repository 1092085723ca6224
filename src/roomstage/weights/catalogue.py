"""What weights there are: source, size, licence, and what they are for.

Hashes are not listed here: the hub names them for each file and revision, `roomstage models pull`
records them beside the files, and `roomstage models verify` holds the files to that record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from roomstage.errors import InvalidParameter

_PIPELINE = ("*.json", "*.txt", "*.jinja", "*.model", "LICENSE*", "*/*.safetensors")
_FLUX_TERMS = "https://huggingface.co/black-forest-labs/FLUX.1-Fill-dev/blob/main/LICENSE.md"


@dataclass(frozen=True, slots=True)
class Weights:
    """One set of weights.

    Attributes:
        name: by which commands call it.
        repository: of the hub.
        needed_by: the engine or model that runs it.
        licence: its name.
        terms: where the licence is to be read.
        commercial: whether it allows commercial use of the weights.
        gigabytes: that are downloaded, about.
        gated: the hub gives it only to accounts that have agreed to its terms there.
        files: patterns of those that are taken.
        revision: of the repository.
    """

    name: str
    repository: str
    needed_by: str
    licence: str
    terms: str
    commercial: bool
    gigabytes: float
    gated: bool = False
    files: tuple[str, ...] = _PIPELINE
    revision: str = "main"


CATALOGUE = (
    Weights(
        "flux2-klein",
        "black-forest-labs/FLUX.2-klein-4B",
        "flux2-klein",
        "Apache-2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
        commercial=True,
        gigabytes=16.0,
    ),
    Weights(
        "flux2-klein-base",
        "black-forest-labs/FLUX.2-klein-base-4B",
        "flux2-klein",
        "Apache-2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
        commercial=True,
        gigabytes=16.0,
    ),
    Weights(
        "flux-fill",
        "black-forest-labs/FLUX.1-Fill-dev",
        "flux-fill",
        "FLUX.1 [dev] Non-Commercial License",
        _FLUX_TERMS,
        commercial=False,
        gigabytes=33.9,
        gated=True,
    ),
    Weights(
        "flux-redux",
        "black-forest-labs/FLUX.1-Redux-dev",
        "flux-fill",
        "FLUX.1 [dev] Non-Commercial License",
        _FLUX_TERMS,
        commercial=False,
        gigabytes=1.0,
        gated=True,
    ),
    Weights(
        "qwen-edit",
        "Qwen/Qwen-Image-Edit-2511",
        "qwen-edit",
        "Apache-2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
        commercial=True,
        gigabytes=57.7,
    ),
    Weights(
        "sdxl",
        "stabilityai/stable-diffusion-xl-base-1.0",
        "sdxl-img2img",
        "CreativeML Open RAIL++-M",
        "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
        commercial=True,
        gigabytes=7.0,
        files=("*.json", "*.txt", "LICENSE*", "*/*.fp16.safetensors"),
    ),
)


def _foreign(repository: str) -> Weights:
    """A checkpoint of the hub that is not in the catalogue, for sdxl-img2img."""
    page = f"https://huggingface.co/{repository}"
    licence = f"licence of {repository}"
    return Weights(repository, repository, "sdxl-img2img", licence, page, False, 7.0)


def weights(name: str) -> tuple[Weights, ...]:
    """The weights of that name; an engine's name stands for all that it needs.

    `owner/name` is a checkpoint of the hub for sdxl-img2img, under a licence that is not known
    here.

    Raises:
        InvalidParameter: there are none.
    """
    named = tuple(each for each in CATALOGUE if each.name == name)
    if named and name != "flux-fill":  # it works with both of its sets only
        return named
    if name.count("/") == 1 and all(re.fullmatch(r"[\w.-]+", part) for part in name.split("/")):
        return (_foreign(name),)
    found = tuple(each for each in CATALOGUE if each.needed_by == name)
    if not found:
        known = ", ".join(each.name for each in CATALOGUE)
        raise InvalidParameter(f"there are no weights {name!r}: give one of {known}")
    return found
