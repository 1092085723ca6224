"""What the shipped net is worth on rooms that it never saw, beside the formulas alone.

    PYTHONPATH=src python training/measure.py WINDOWS.npz

Prints the figures of `training/README.md`.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from development import develop
from net import veil
from train import load, losses

from roomstage.light.learned import net as shipped

_SEEN = 20  # cells of the window that a product must fill for its light to be told


def main() -> None:
    """Parse the command line, run the net and print."""
    data, held = load(sys.argv[1])
    index = torch.nonzero(held)[:, 0][::2]
    random = torch.Generator().manual_seed(0)
    b = develop({k: v[index].float() for k, v in data.items()}, random, vary=False)
    seen = zip(b["window"].numpy(), b["room"].numpy(), strict=True)
    said = torch.from_numpy(
        np.stack([shipped.run("light", window=window, room=room) for window, room in seen])
    )
    cover = ((b["alpha"] > 0.85) & (b["visible"] > 0.85)).float()
    level = b["level"][:, :, None, None]
    by_net = b["photo"] * torch.exp(said[:, :3] + level) + veil(said[:, 6:])
    enough = cover.sum((1, 2, 3)) > _SEEN

    def error(lit: torch.Tensor) -> float:
        brightness = [(x * cover).sum((1, 2, 3)) for x in (lit, b["after"])]
        return float(torch.log(brightness[0] / brightness[1])[enough].abs().mean())

    nothing = torch.zeros_like(said)
    formula = nothing.clone()
    formula[:, 3:6] = b["window"][:, 15:16]
    print(f"{len(index)} products; error of the light on {int(enough.sum())} of them:")
    print(f"  formulas {error(b['photo'] * torch.exp(level)):.2f}, net {error(by_net):.2f}")
    missed = [losses(x, b)["shadow"].mean() for x in (nothing, formula, said)]
    print("shadow missed: nothing {:.2f}, formulas {:.2f}, net {:.2f}".format(*missed))


if __name__ == "__main__":
    main()
