"""Whether what an engine needs is here. To know that, nothing of what it needs is loaded."""

from __future__ import annotations

from importlib.util import find_spec

from roomstage.weights.catalogue import Weights, weights
from roomstage.weights.folder import lacking, snapshot

_PACKAGES = ("torch", "diffusers", "transformers", "accelerate", "safetensors")
_INSTEAD = {"flux2-klein": "flux2-klein-base"}  # the one or the other is enough, in this order


def missing(name: str) -> str | None:
    """Why the engine can't run here, with the remedy; None if it can."""
    return packages_missing() or _told(command_for(name))


def packages_missing() -> str | None:
    """The same, of the packages alone."""
    if all(find_spec(name) is not None for name in _PACKAGES):
        return None
    return "it needs more packages: pip install 'roomstage[diffusion]'"


def weights_missing(each: Weights) -> str | None:
    """The same, of one set of weights alone."""
    return _told(lacking(each))


def command_for(name: str) -> str | None:
    """The command that fetches what weights the engine lacks, or None."""
    if name in _INSTEAD and chosen(name) is not None:
        return None
    return next(filter(None, (lacking(each) for each in weights(name))), None)


def chosen(name: str) -> Weights | None:
    """Which of the weights are here that an engine may take one or the other of."""
    both = (*weights(name), *weights(_INSTEAD[name]))
    return next((each for each in both if snapshot(each) is not None), None)


def _told(command: str | None) -> str | None:
    return None if command is None else f"its weights are not here: {command}"
