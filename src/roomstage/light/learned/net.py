"""Runs the nets: ONNX files inside the package, by OpenCV's own inference."""

from __future__ import annotations

import threading
from importlib import resources
from typing import Literal

import cv2
import numpy as np

from roomstage.image import F32

Name = Literal["light", "transport", "direction", "probe"]

_HERE = "roomstage.light.learned"
_own = threading.local()  # a net of OpenCV holds its last input: one for each thread


def available(name: Name) -> bool:
    """Whether the weights of a net are in the package."""
    return resources.files(_HERE).joinpath(f"{name}.onnx").is_file()


def run(name: Name, **inputs: F32) -> F32:
    """What a net says of its inputs, each without the batch's axis.

    light: [9, S, S] of `window` [19, S, S] and `room` [5, G, G]; direction: [4] of the same and
    `key` [15]; probe: [9] of `near` [8, S / 2, S / 2], `far` [6, G, G] and `key` [18]; transport:
    [4, C, C] of `photo` [4, C, C]. The channels are told in `training/net.py`, `direction.py`,
    `probe_net.py` and `transport_net.py` there.
    """
    nets = _own.__dict__.setdefault("nets", {})
    if name not in nets:
        data = resources.files(_HERE).joinpath(f"{name}.onnx").read_bytes()
        nets[name] = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    net = nets[name]
    for key, value in inputs.items():
        net.setInput(np.ascontiguousarray(value[None]), key)
    return np.asarray(net.forward(), np.float32)[0]
