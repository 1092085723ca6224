"""Runs small nets: ONNX files inside the package, by OpenCV's own inference."""

from __future__ import annotations

import threading
from importlib import resources

import cv2
import numpy as np

from roomstage.image import F32

_own = threading.local()  # a net of OpenCV holds its last input: one for each thread


def available(package: str, name: str) -> bool:
    """Whether the weights of a net are in that package."""
    return resources.files(package).joinpath(f"{name}.onnx").is_file()


def run(package: str, name: str, **inputs: F32) -> F32:
    """What a net says of its inputs, each without the batch's axis."""
    nets = _own.__dict__.setdefault("nets", {})
    if (package, name) not in nets:
        data = resources.files(package).joinpath(f"{name}.onnx").read_bytes()
        nets[package, name] = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    net = nets[package, name]
    for key, value in inputs.items():
        net.setInput(np.ascontiguousarray(value[None]), key)
    return np.asarray(net.forward(), np.float32)[0]
