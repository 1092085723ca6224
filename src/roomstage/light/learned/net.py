"""Runs the light net: an ONNX file inside the package, by OpenCV's own inference."""

from __future__ import annotations

import threading
from importlib import resources

import cv2
import numpy as np

from roomstage.image import F32

_HERE, _WEIGHTS = "roomstage.light.learned", "light.onnx"
_own = threading.local()  # a net of OpenCV holds its last input: one for each thread


def available() -> bool:
    """Whether the weights are in the package."""
    return resources.files(_HERE).joinpath(_WEIGHTS).is_file()


def run(window: F32, room: F32) -> F32:
    """What the net says [9, S, S] of a window [19, S, S] and a glance [5, G, G].

    The channels are told in `training/net.py`.
    """
    net = getattr(_own, "net", None)
    if net is None:
        data = resources.files(_HERE).joinpath(_WEIGHTS).read_bytes()
        net = _own.net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    net.setInput(np.ascontiguousarray(window[None]), "window")
    net.setInput(np.ascontiguousarray(room[None]), "room")
    return np.asarray(net.forward(), np.float32)[0]
