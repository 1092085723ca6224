"""Train the transport net: from a product's photo, how the product takes light.

    PYTHONPATH=src python training/transport_net.py --pieces PRODUCTS --rooms FRAMES --out NET.pt

Pieces and rooms whose number is a multiple of 12 are held out: the figures printed are theirs.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from development import shoulder
from net import block
from stepping import averaged, step
from torch import nn

from roomstage.light.learned.crop import CELLS, MARGIN

HELD_OUT = 12
BATCH = 32
FLOOR = 0.03  # of clay's shading, below which it tells nothing


class TransportNet(nn.Module):
    """photo [B, 4, CELLS, CELLS] -> [B, 4, CELLS, CELLS].

    The photo is as `roomstage.light.learned.crop` makes it. Channels 0 to 2: what the surface makes
    of light that grows to the right, away from the camera and up, over what it makes of even light
    (a plane facing there: 2/3). Channel 3: log of what it makes of even light over the studio's
    shading that its photo has; it is learned for what it teaches, and not used.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = 16, 32, 56, 88
        self.enter = nn.Sequential(block(6, a), block(a, a))
        self.down1 = nn.Sequential(block(a, b, 2), block(b, b))
        self.down2 = nn.Sequential(block(b, c, 2), block(c, c))
        self.down3 = nn.Sequential(block(c, d, 2), block(d, d))
        self.whole = nn.Linear(d, d)
        self.deep = nn.Sequential(block(d, d), block(d, d))
        self.up2 = nn.Sequential(block(d + c, c), block(c, c))
        self.up1 = nn.Sequential(block(c + b, b), block(b, b))
        self.up0 = nn.Sequential(block(b + a, a), block(a, a))
        self.out = nn.Conv2d(a, 4, 3, padding=1)
        line = torch.linspace(-1, 1, CELLS)
        self.register_buffer("place", torch.stack(torch.meshgrid(line, line, indexing="ij"))[None])

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        """See the class."""
        grow = lambda x: nn.functional.interpolate(x, scale_factor=2)  # noqa: E731
        place = self.place.expand(photo.shape[0], -1, -1, -1)
        x0 = self.enter(torch.cat([photo, place], 1))
        x1 = self.down1(x0)
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        x3 = self.deep(x3 + torch.relu(self.whole(x3.mean((2, 3))))[:, :, None, None])
        y = self.up2(torch.cat([grow(x3), x2], 1))
        y = self.up1(torch.cat([grow(y), x1], 1))
        return self.out(self.up0(torch.cat([grow(y), x0], 1)))


def cropped(photo: np.ndarray, alpha: np.ndarray, solid: np.ndarray) -> np.ndarray | None:
    """Premultiplied photo, coverage and transport on the net's grid [CELLS, CELLS, 10]."""
    rows, columns = np.flatnonzero((alpha > 0.5).any(1)), np.flatnonzero((alpha > 0.5).any(0))
    if not rows.size or max(np.ptp(rows), np.ptp(columns)) < 18:
        return None
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    layer = np.dstack([photo * alpha[..., None], alpha, solid])[part].astype(np.float32)
    h, w = layer.shape[:2]
    scale = (CELLS - 2 * MARGIN) / max(h, w)
    x, y = (CELLS / scale - w) / 2, (CELLS / scale - h) / 2
    matrix = np.array([[scale, 0, (x + 0.5) * scale - 0.5], [0, scale, (y + 0.5) * scale - 0.5]])
    if scale < 0.9:
        layer = cv2.GaussianBlur(layer, (0, 0), 0.42 / scale)
    planes = [
        cv2.warpAffine(layer[..., i : i + 4], matrix, (CELLS, CELLS), flags=cv2.INTER_LINEAR)
        for i in range(0, layer.shape[2], 4)
    ]
    return np.dstack(planes)


def load(pieces: Path, rooms: Path | None) -> tuple[torch.Tensor, torch.Tensor]:
    """All views [N, CELLS, CELLS, 10] (half floats) and which of them are held out."""
    cv2.setNumThreads(1)
    found, held = [], []
    for folder in (pieces, rooms):
        for path in sorted(folder.glob("[0-9]*.npz")) if folder else []:
            if path.name.count(".") > 1:
                continue
            with np.load(path) as frames:
                for name in frames.files:
                    if not name.startswith("solid_"):
                        continue
                    k = name.split("_")[1]
                    one = cropped(
                        frames[f"photo_{k}"].astype(np.float32),
                        frames[f"alpha_{k}"].astype(np.float32) / 255,
                        frames[name].astype(np.float32),
                    )
                    if one is not None:
                        found.append(one.astype(np.float16))
                        held.append(int(path.stem) % HELD_OUT == 0)
    return torch.from_numpy(np.stack(found)), torch.tensor(held)


def prepared(
    views: torch.Tensor, random: torch.Generator, vary: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The net's input [B, 4, ...], its target [B, 4, ...] and the weight [B, 1, ...]."""
    views = views.float()
    count = len(views)
    alpha = views[..., 3:4]
    straight = shoulder(views[..., :3] / alpha.clamp(min=1e-2), 0.8).clamp(0, 1)
    if vary:
        draw = lambda *shape: torch.randn(count, *shape, generator=random)  # noqa: E731
        # Any colour, any exposure, and a pattern: what is dark need not be in shade.
        painted = (torch.rand(count, 1, generator=random) < 0.6).float()
        paint = torch.exp(painted * (0.35 * draw(1) + 0.2 * draw(3)))[:, None, None]
        coarse = draw(1, 6, 6) * (torch.rand(count, 1, 1, 1, generator=random) < 0.35)
        pattern = nn.functional.interpolate(coarse, size=(CELLS, CELLS), mode="bicubic")
        pattern = torch.exp(0.22 * pattern).permute(0, 2, 3, 1)
        straight = (straight * paint * pattern).clamp(0, 1)
    photo = torch.sqrt(straight * alpha)
    if vary:
        photo = photo + 0.012 * torch.randn(photo.shape, generator=random)
    solid = views[..., 4:] / views[..., 5:6].clamp(min=0.05)
    even, studio = solid[..., 2:3].clamp(min=FLOOR), solid[..., :1].clamp(min=FLOOR)
    wanted = torch.cat([solid[..., 3:] / even, torch.log(even / studio)], -1).clamp(-2, 2)
    weight = ((alpha > 0.6) & (views[..., 5:6] > 0.6)).float()
    out = [torch.cat([photo, alpha], -1), wanted, weight]
    if vary:
        flip = torch.rand(count, generator=random) < 0.5
        for i, values in enumerate(out):
            turned = values.flip(2)
            if i == 1:
                turned = turned * torch.tensor([-1.0, 1, 1, 1])
            out[i] = torch.where(flip.view(-1, 1, 1, 1), turned, values)
    return tuple(x.permute(0, 3, 1, 2).contiguous() for x in out)


def error(
    told: torch.Tensor, wanted: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean absolute error per view: of the three directions, of the last channel, of its mean."""
    size = weight.sum((1, 2, 3), keepdim=True).clamp(min=1)
    off = (told - wanted) * weight / size
    mean = off[:, 3:].sum((1, 2, 3), keepdim=True)
    centred = (off[:, 3:] - mean * weight / size).abs().sum((1, 2, 3))
    return off[:, :3].abs().sum((1, 2, 3)) / 3, centred, mean.abs().flatten()


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pieces", type=Path, required=True)
    parser.add_argument("--rooms", type=Path)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rate", type=float, default=3e-3)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    random = torch.Generator().manual_seed(1)
    views, held = load(arguments.pieces, arguments.rooms)
    train, test = torch.nonzero(~held)[:, 0], torch.nonzero(held)[:, 0]
    print(f"{len(train)} views to learn from, {len(test)} held out", flush=True)
    net = TransportNet()
    average = averaged(net, 0.99)
    optimiser = torch.optim.AdamW(net.parameters(), arguments.rate, weight_decay=0.02)
    steps = arguments.epochs * (len(train) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, arguments.rate, steps, pct_start=0.15)
    for epoch in range(arguments.epochs):
        start, running = time.time(), []
        net.train()
        order = train[torch.randperm(len(train), generator=random)]
        for i in range(0, len(order) - BATCH + 1, BATCH):
            photo, wanted, weight = prepared(views[order[i : i + BATCH]], random, vary=True)
            grown, even, mean = error(net(photo), wanted, weight)
            loss = (grown + even + 0.3 * mean).mean()
            running.append(step(loss, average, net, optimiser, schedule))
        line = f"{epoch}: train {np.mean(running):.4f} in {time.time() - start:.0f} s"
        if epoch % 2 == 1 or epoch == arguments.epochs - 1:
            average.module.eval()
            with torch.no_grad():
                photo, wanted, weight = prepared(views[test], random, vary=False)
                found = error(
                    torch.cat([average.module(p) for p in photo.split(64)]), wanted, weight
                )
                none = error(torch.zeros_like(wanted), wanted, weight)
            line += (
                "  held out: {:.4f} of {:.4f}, even {:.4f} of {:.4f}, mean {:.4f} of {:.4f}".format(
                    *(x.mean() for pair in zip(found, none, strict=True) for x in pair)
                )
            )
            torch.save(average.module.state_dict(), arguments.out)
        print(line, flush=True)


if __name__ == "__main__":
    main()
