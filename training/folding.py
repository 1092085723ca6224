"""Normalisations folded into the convolutions before them, and the shipped net read back so.

A folded net can be trained on: its convolutions have a bias, and no batch decides what it says.
"""

from __future__ import annotations

import onnx
import torch
from net import LightNet
from onnx import numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(net: nn.Module) -> nn.Module:
    """The same net with every normalisation folded into its convolution."""
    net.eval()
    for sequence in [m for m in net.modules() if isinstance(m, nn.Sequential)]:
        for i in range(len(sequence) - 1):
            if isinstance(sequence[i], nn.Conv2d) and isinstance(sequence[i + 1], nn.BatchNorm2d):
                sequence[i] = fuse_conv_bn_eval(sequence[i], sequence[i + 1])
                sequence[i + 1] = nn.Identity()
    return net


def read(path: str) -> LightNet:
    """A net from what `train.py` wrote, or, folded, from what `export.py` did (.onnx)."""
    if path.endswith(".onnx"):
        initial = onnx.load(path).graph.initializer
        state = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in initial}
    else:
        state = torch.load(path)
    net = LightNet()
    if "enter.0.0.bias" in state:
        net = folded(net)
    net.load_state_dict(state)
    return net
