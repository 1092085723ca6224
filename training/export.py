"""Write a trained light net as ONNX, for `roomstage.light.learned`.

    python training/export.py NET.pt src/roomstage/light/learned/light.onnx

With `--with OLD.onnx` the weights are the mean of both nets': one that went on from another learns
the new rooms and forgets some of the old; half-way between them it does better on rooms of neither
(Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
"""

from __future__ import annotations

import argparse

import onnx
import torch
from folding import folded, read
from net import LightNet
from onnx import numpy_helper


def between(one: LightNet, other: LightNet) -> LightNet:
    """The folded net whose weights are the mean of two folded nets'."""
    weights, others = one.state_dict(), other.state_dict()
    one.load_state_dict({name: (weights[name] + others[name]) / 2 for name in weights})
    return one


def main() -> None:
    """Parse the command line and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("net", help="what train.py wrote")
    parser.add_argument("out", help="the file to write")
    parser.add_argument("--with", dest="old", help="the net that it went on from (.onnx)")
    arguments = parser.parse_args()
    net = folded(read(arguments.net))
    if arguments.old:
        net = between(net, folded(read(arguments.old)))
    example = torch.zeros(1, 19, 80, 80), torch.zeros(1, 5, 48, 48)
    torch.onnx.export(
        net,
        example,
        arguments.out,
        input_names=["window", "room"],
        output_names=["light"],
        opset_version=13,
        dynamo=False,
        do_constant_folding=True,
    )
    model = onnx.load(arguments.out)
    model.doc_string = (
        "roomstage light net, trained by training/train.py on rooms rendered by training/render.py"
    )
    onnx.save(model, arguments.out)
    print(sum(numpy_helper.to_array(t).nbytes for t in model.graph.initializer) / 1e6, "MB")


if __name__ == "__main__":
    main()
