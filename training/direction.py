"""Train the direction net: from the room, how the light at a place is directed.

    PYTHONPATH=src python training/direction.py WINDOWS.npz --transport TRANSPORT.pt --out NET.pt

It starts from the shipped light net's reading of window and glance. Rooms whose number is 0 or 1
more than a multiple of 16 are held out: the figures printed are theirs.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from development import LUMINANCE, develop, encode
from folding import read
from net import LightNet
from stepping import averaged, step
from torch import nn
from train import load
from transport_net import TransportNet

from roomstage.light.learned.crop import CELLS, MARGIN

BATCH = 16
STEEPEST = 2.5  # growth of the light over its mean; a single lamp far away has 3
DARKEST = 0.08  # share of the even light that is left on what faces away from it


class DirectionNet(nn.Module):
    """window [B, 19, 80, 80], room [B, 5, 48, 48], key [B, 15] -> [B, 4].

    How much the light grows to the right, away from the camera and up, over its mean; and what the
    log gain of the product's mean is off the formula's, which is learned for what it teaches.
    """

    def __init__(self, light: LightNet) -> None:
        super().__init__()
        self.enter, self.glance, self.known = light.enter, light.glance, light.known
        self.down1, self.down2, self.down3 = light.down1, light.down2, light.down3
        width = light.known.out_features
        self.forget = nn.Dropout(0.3)
        self.of_room, self.of_window = nn.Conv2d(64, 16, 1), nn.Conv2d(width, 24, 1)
        self.mix = nn.Linear(width + 16 * 9 + 24 * 4 + 15, 64)
        self.say = nn.Linear(64, 4)
        nn.init.zeros_(self.say.bias)
        self.say.weight.data *= 0.1

    def forward(self, window: torch.Tensor, room: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        """See the class."""
        x3 = self.down3(self.down2(self.down1(self.enter(window))))
        seen = self.glance(room)
        known = torch.relu(self.known(torch.cat([seen.mean((2, 3)), x3.mean((2, 3))], 1)))
        # Where it is bright tells the direction, so these keep their places.
        places = torch.relu(self.of_room(seen)).flatten(1)
        near = torch.relu(self.of_window(nn.functional.avg_pool2d(x3, 5))).flatten(1)
        seen_and_told = torch.cat([self.forget(torch.cat([known, places, near], 1)), key], 1)
        said = self.say(torch.relu(self.mix(seen_and_told)))
        return torch.cat([STEEPEST * torch.tanh(said[:, :3]), said[:, 3:]], 1)


def transport(net: TransportNet, photo: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """What the transport net says of products on the window's grid, laid out as it knows them.

    Args:
        net: trained.
        photo: [B, 3, S, S] linear straight colours.
        alpha: [B, 1, S, S] coverage.

    Returns:
        [B, 3, S, S] what they make of light that grows to the right, away and up.
    """
    side = photo.shape[-1]
    there, back = [], []
    for cover in (alpha[:, 0] > 0.5).numpy():
        if not cover.any():
            cover = np.ones_like(cover)
        rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
        y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        reach = max(y1 - y0, x1 - x0) * CELLS / (CELLS - 2 * MARGIN) / side
        x, y = (x0 + x1) / side - 1, (y0 + y1) / side - 1
        there.append([[reach, 0, x], [0, reach, y]])
        back.append([[1 / reach, 0, -x / reach], [0, 1 / reach, -y / reach]])

    def warped(values: torch.Tensor, matrices: list, size: int) -> torch.Tensor:
        grid = nn.functional.affine_grid(
            torch.tensor(np.array(matrices), dtype=torch.float32),
            [len(values), 1, size, size],
            align_corners=False,
        )
        return nn.functional.grid_sample(values, grid, align_corners=False)

    laid = warped(torch.cat([torch.sqrt((photo * alpha).clamp(0, 1)), alpha], 1), there, CELLS)
    with torch.no_grad():
        return warped(net(laid)[:, :3], back, side)


def shape(grown: torch.Tensor, turned: torch.Tensor) -> torch.Tensor:
    """Log factor [B, 1, S, S] on the colours of the photo, whose own shading stays."""
    lit = 1 + (grown[:, :, None, None] * turned).sum(1, keepdim=True)
    soft = torch.nn.functional.softplus((lit - DARKEST) * 8) / 8 + DARKEST
    return torch.log(soft)


def errors(
    said: torch.Tensor, b: dict[str, torch.Tensor], taking: TransportNet
) -> dict[str, torch.Tensor]:
    """Per product [B]: errors of the shape of its light, in sRGB, and of its level, in log.

    even: of the shape, were the studio's light kept; formula: of the level, by the formula alone;
    use: whether enough is seen of the product to tell.
    """
    light = lambda x: (x * LUMINANCE.view(1, 3, 1, 1)).sum(1, keepdim=True)  # noqa: E731
    turned = transport(taking, b["photo"], b["alpha"])
    sure = (b["alpha"] > 0.85) & (b["visible"] > 0.85)
    sure = (sure & (b["inside"] > 0)).float()
    size = sure.sum((1, 2, 3), keepdim=True).clamp(min=4)
    mean = lambda x: (x * sure).sum((1, 2, 3), keepdim=True) / size  # noqa: E731
    photo, after = light(b["photo"]), light(b["after"])
    true = mean(torch.log((after + 0.004) / (photo + 0.004)).clamp(-4, 2))
    told = shape(said[:, :3], turned)
    seen = lambda log: mean((encode(photo * torch.exp(log)) - encode(after)).abs())  # noqa: E731
    formula = torch.log(light(torch.exp(b["level"])[:, :, None, None]))
    return {
        "shape": seen(told - mean(told) + true).flatten(),
        "even": seen(true).flatten(),
        "level": (true - formula - mean(told)).flatten() - said[:, 3],
        "formula": (true - formula).flatten(),
        "use": (sure.sum((1, 2, 3)) > 30).float(),
    }


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("windows", nargs="+")
    parser.add_argument("--transport", required=True, help="what transport_net.py wrote")
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--start", default="src/roomstage/light/learned/light.onnx")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    random = torch.Generator().manual_seed(1)
    data, held = load(*arguments.windows)
    train, test = torch.nonzero(~held)[:, 0], torch.nonzero(held)[:, 0][::2]
    taking = TransportNet()
    taking.load_state_dict(torch.load(arguments.transport))
    taking.eval()
    net = DirectionNet(read(arguments.start))
    average = averaged(net, 0.99)
    new = [p for m in (net.mix, net.say, net.of_room, net.of_window) for p in m.parameters()]
    old = [p for p in net.parameters() if all(p is not q for q in new)]
    optimiser = torch.optim.AdamW(
        [{"params": new, "lr": arguments.rate}, {"params": old, "lr": 0.3 * arguments.rate}],
        weight_decay=0.05,
    )
    steps = arguments.epochs * (len(train) // 2 // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [arguments.rate, 0.3 * arguments.rate], steps, pct_start=0.15
    )
    pick = lambda index: {k: v[index].float() for k, v in data.items()}  # noqa: E731
    for epoch in range(arguments.epochs):
        start, running = time.time(), []
        net.train()
        mine = train[::2] + torch.randint(2, (len(train[::2]),), generator=random)
        order = mine[torch.randperm(len(mine), generator=random)]
        for i in range(0, len(order) - BATCH + 1, BATCH):
            b = develop(pick(order[i : i + BATCH]), random, vary=True)
            found = errors(net(b["window"], b["room"], b["key"]), b, taking)
            level = nn.functional.smooth_l1_loss(
                found["level"], torch.zeros(BATCH), reduction="none", beta=0.3
            )
            loss = ((8 * found["shape"] + 0.5 * level) * found["use"]).mean()
            running.append(step(loss, average, net, optimiser, schedule))
        line = f"{epoch}: train {np.mean(running):.3f} in {time.time() - start:.0f} s"
        if epoch % 2 == 1 or epoch == arguments.epochs - 1:
            average.module.eval()
            found = {}
            with torch.no_grad():
                for i in range(0, len(test), 32):
                    b = develop(pick(test[i : i + 32]), random, vary=False)
                    for name, values in errors(
                        average.module(b["window"], b["room"], b["key"]), b, taking
                    ).items():
                        found.setdefault(name, []).append(values)
            found = {k: torch.cat(v) for k, v in found.items()}
            use = found.pop("use") > 0
            line += "  held out: " + ", ".join(
                f"{k} {v[use].abs().mean():.4f} ({v[use].mean():+.3f})" for k, v in found.items()
            )
            torch.save(average.module.state_dict(), arguments.out)
        print(line, flush=True)


if __name__ == "__main__":
    main()
