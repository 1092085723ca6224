"""Write a trained light net as ONNX, in half precision, for `roomstage.light.learned`.

python training/export.py NET.pt src/roomstage/light/learned/light.onnx
"""

from __future__ import annotations

import sys

import onnx
import torch
from net import LightNet
from onnx import numpy_helper
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(net: LightNet) -> LightNet:
    """The same net with every normalisation folded into its convolution."""
    net.eval()
    for sequence in [m for m in net.modules() if isinstance(m, torch.nn.Sequential)]:
        for i in range(len(sequence) - 1):
            if isinstance(sequence[i], torch.nn.Conv2d) and isinstance(
                sequence[i + 1], torch.nn.BatchNorm2d
            ):
                sequence[i] = fuse_conv_bn_eval(sequence[i], sequence[i + 1])
                sequence[i + 1] = torch.nn.Identity()
    return net


def main() -> None:
    """Parse the command line and write the file."""
    net = LightNet()
    net.load_state_dict(torch.load(sys.argv[1]))
    example = torch.zeros(1, 19, 80, 80), torch.zeros(1, 5, 48, 48)
    torch.onnx.export(
        folded(net),
        example,
        sys.argv[2],
        input_names=["window", "room"],
        output_names=["light"],
        opset_version=13,
        dynamo=False,
        do_constant_folding=True,
    )
    model = onnx.load(sys.argv[2])
    model.doc_string = (
        "roomstage light net, trained by training/train.py on rooms rendered by training/render.py"
    )
    onnx.save(model, sys.argv[2])
    print(sum(numpy_helper.to_array(t).nbytes for t in model.graph.initializer) / 1e6, "MB")


if __name__ == "__main__":
    main()
