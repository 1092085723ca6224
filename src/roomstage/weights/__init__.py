"""The weights of generative models: which there are, where they lie, how they come and are checked.

roomstage ships none of them. The catalogue is read by engines and commands alike; what opens the
network (`pull.py`) is imported by `roomstage models pull` alone.
"""

from __future__ import annotations

from roomstage.weights.catalogue import CATALOGUE, Weights, weights
from roomstage.weights.folder import lacking, snapshot, weights_folder

__all__ = ["CATALOGUE", "Weights", "lacking", "snapshot", "weights", "weights_folder"]
