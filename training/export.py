"""Write a trained net as ONNX, for `roomstage.light.learned`.

    python training/export.py NET.pt ... src/roomstage/light/learned/light.onnx

What is in NET.pt tells which net it is: of surfaces, of cut-outs, of light, of transport, of
direction or of the probe. The first two take photos of any size. Weights that lose nothing by it
are written as half floats.
Several probe nets, trained from different seeds, become one that says their mean: where they guess,
they guess differently.

With `--with OLD.onnx` the weights of a light net are the mean of both nets': one that went on from
another learns the new rooms and forgets some of the old; half-way between them it does better on
rooms of neither
(Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
"""

from __future__ import annotations

import argparse

import numpy as np
import onnx
import torch
from cutout_net import CutoutNet
from direction import DirectionNet
from folding import folded, read
from net import LightNet
from onnx import numpy_helper
from probe_net import ProbeNet
from surfaces_net import SurfacesNet
from torch import nn
from transport_net import TransportNet

from roomstage.light.learned.crop import CELLS

ANY_SIZE = ("surfaces", "cutout")  # of the photo that they take
HALVED = (*ANY_SIZE, "transport", "probe")  # whose weights are written as half floats
FEW = 64  # weights of a constant, which stay as they are


def between(one: LightNet, other: LightNet) -> LightNet:
    """The folded net whose weights are the mean of two folded nets'."""
    weights, others = one.state_dict(), other.state_dict()
    one.load_state_dict({name: (weights[name] + others[name]) / 2 for name in weights})
    return one


class Growth(nn.Module):
    """What is shipped of a probe net: how the light grows.

    The level of the light, which it learns with it, is left to the formulas and the light net.
    """

    def __init__(self, net: ProbeNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, near: torch.Tensor, far: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        """Of green, and what red and blue are off that [B, 9]."""
        said = self.net(near, far, key)
        return torch.cat([said[:, :3], said[:, 6:]], 1)


class Together(nn.Module):
    """Nets that look at the same and say the mean of what each says."""

    def __init__(self, nets: list[nn.Module]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, *seen: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return torch.stack([net(*seen) for net in self.nets]).mean(0)


def loaded(path: str) -> tuple[nn.Module, dict[str, torch.Tensor], str]:
    """A net ready for export, an example of its inputs by name, and its output's name."""
    state = {} if path.endswith(".onnx") else torch.load(path)
    if "stem.0.weight" in state:
        product = state["say.weight"].shape[0] == 1
        seen = CutoutNet(pretrained=False) if product else SurfacesNet(pretrained=False)
        seen.load_state_dict(state)
        name = "cutout" if product else "surfaces"
        return seen.eval(), {"photo": torch.zeros(1, 3, 128, 192)}, name
    place = {"window": torch.zeros(1, 19, 80, 80), "room": torch.zeros(1, 5, 48, 48)}
    if "place" in state:
        net: nn.Module = TransportNet()
        net.load_state_dict(state)
        return folded(net), {"photo": torch.zeros(1, 4, CELLS, CELLS)}, "transport"
    if "near.0.weight" in state:
        probe = ProbeNet()
        probe.load_state_dict(state)
        eyes = {"near": torch.zeros(1, 8, 40, 40), "far": torch.zeros(1, 6, 48, 48)}
        return Growth(probe).eval(), eyes | {"key": torch.zeros(1, 18)}, "probe"
    if "say.weight" in state:
        net = DirectionNet(folded(LightNet()))
        net.load_state_dict(state)
        return net.eval(), place | {"key": torch.zeros(1, 15)}, "direction"
    return folded(read(path)), place, "light"


def halve(model: onnx.ModelProto) -> None:
    """Make the weights half floats, which OpenCV reads as well."""
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size > FEW:
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), tensor.name))


def main() -> None:
    """Parse the command line and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("nets", nargs="+", help="what a training script wrote")
    parser.add_argument("out", help="the file to write")
    parser.add_argument("--with", dest="old", help="the net that it went on from (.onnx)")
    arguments = parser.parse_args()
    net, example, said = loaded(arguments.nets[0])
    if len(arguments.nets) > 1:
        net = Together([loaded(path)[0] for path in arguments.nets]).eval()
    if arguments.old:
        net = between(net, folded(read(arguments.old)))
    torch.onnx.export(
        net,
        tuple(example.values()),
        arguments.out,
        input_names=list(example),
        output_names=[said],
        opset_version=13,
        dynamo=False,
        do_constant_folding=True,
        dynamic_axes={"photo": {2: "height", 3: "width"}} if said in ANY_SIZE else None,
    )
    model = onnx.load(arguments.out)
    if said in HALVED:
        halve(model)
    model.doc_string = (
        f"roomstage {said} net, trained by the scripts in training/ on what they rendered"
    )
    onnx.save(model, arguments.out)
    print(sum(numpy_helper.to_array(t).nbytes for t in model.graph.initializer) / 1e6, "MB")


if __name__ == "__main__":
    main()
