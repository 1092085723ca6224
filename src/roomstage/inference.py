"""Runs small nets: ONNX files inside the package, by OpenCV's own inference."""

from __future__ import annotations

import threading
from importlib import resources

import cv2
import numpy as np

from roomstage.image import F32, U8

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


def look(package: str, name: str, rgb: U8, longest: int, stride: int) -> F32 | None:
    """What a net says of a whole photo.

    Args:
        package: that holds the net; None comes back if it is not there.
        name: of the net; its input is called `photo`.
        rgb: the photo [H, W, 3], sRGB.
        longest: side that the net sees, pixels.
        stride: its sides are multiples of this, so that the net can halve them.

    Returns:
        Planes [C, h, w] over the whole photo.
    """
    if not available(package, name):
        return None
    height, width = rgb.shape[:2]
    scale = longest / max(width, height)
    size = [max(1, round(side * scale / stride)) * stride for side in (width, height)]
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.float32) / 255
    return run(package, name, photo=small.transpose(2, 0, 1))
