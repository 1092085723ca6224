"""Train the probe net: from the room's photo, what a light probe at a place would read.

    PYTHONPATH=src python training/probe_net.py PLACES.npz ... --out NET.pt

PLACES are what `probe_windows.py` writes. Rooms whose number is 0 or 1 more
than a multiple of 16 are held out: the figures printed are theirs.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from development import LUMINANCE, encode, exposed, gamma, shoulder
from stepping import averaged, step
from torch import nn

BATCH = 48
CONVEX = 2 / 3  # of light's growth along its normal, what a convex surface makes of it
STEEPEST = 3.0  # growth of the light over its mean: that of a single lamp far away
DARKEST = 0.08  # share of the even light that is left on what faces away from it
FLIPPED = torch.tensor([-1.0, 1.0, 1.0])  # what a mirror makes of right, away and up


class ProbeNet(nn.Module):
    """near [B, 8, 40, 40], far [B, 6, 48, 48], key [B, 18] -> [B, 12].

    near is the window round the place (colours, `whereabouts`), far the room at a glance (colours,
    `spot_planes`), key what the formulas tell: directions, and the log of the light's level. Said
    are the growth of the light of green to the right, away from the camera and up; the log of the
    even light of red, green and blue over the formula's; what the growth of red is off that of
    green, and that of blue.
    """

    def __init__(self) -> None:
        super().__init__()
        steps = [(16, 24), (24, 32), (32, 48)]

        def eye(channels: int) -> nn.Sequential:
            layers: list[nn.Module] = []
            for i, (before, after) in enumerate([(channels, 16), *steps]):
                layers += [nn.Conv2d(before, after, 3, 2 if i else 1, 1)]
                layers += [nn.BatchNorm2d(after), nn.ReLU()]
            # Where it is bright tells the direction, so what is seen keeps its place.
            return nn.Sequential(*layers, nn.Conv2d(48, 24, 1), nn.ReLU(), nn.Flatten())

        self.near, self.far = eye(8), eye(6)
        self.key = nn.Sequential(nn.Linear(18, 48), nn.ReLU())
        self.forget = nn.Dropout(0.3)
        self.mix = nn.Sequential(
            nn.Linear(24 * (25 + 36) + 48 + 18, 128),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(128, 96),
            nn.ReLU(),
        )
        self.say = nn.Linear(96, 12)
        nn.init.zeros_(self.say.bias)
        self.say.weight.data *= 0.1

    def forward(self, near: torch.Tensor, far: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        """See the class."""
        seen = self.forget(torch.cat([self.near(near), self.far(far)], 1))
        said = self.say(self.mix(torch.cat([seen, self.key(key), key], 1)))
        return torch.cat([STEEPEST * torch.tanh(said[:, :3] / 2), said[:, 3:]], 1)


def developed(
    batch: dict[str, torch.Tensor], random: torch.Generator, vary: bool
) -> dict[str, torch.Tensor]:
    """The net's inputs, and under the same exposure and white balance the light at the place.

    Returns:
        near, far and key, see `ProbeNet`; faces and light [B, N, 3]: how points take light, and
        that over the studio's; level [B, 3] log of the formula's light.
    """
    factor, followed = exposed(batch["mean"], random, vary)
    over = factor[:, None, None]
    main, room = (gamma(shoulder(batch[name] * over)) for name in ("main", "room"))
    where, spot, key = batch["where"], batch["spot"], batch["key"]
    faces, light = batch["light"][..., :3], batch["light"][..., 3:] * factor[:, None]
    if vary:
        flip = torch.rand(len(key), generator=random) < 0.5

        def mirrored(values: torch.Tensor, turned: torch.Tensor) -> torch.Tensor:
            return torch.where(flip.view(-1, *[1] * (values.dim() - 1)), turned, values)

        sides = lambda n, k: torch.ones(n).index_fill(0, torch.tensor([k]), -1).view(-1, 1, 1)  # noqa: E731
        main, room = mirrored(main, main.flip(2)), mirrored(room, room.flip(2))
        where = mirrored(where, where.flip(3) * sides(5, 3))
        spot = mirrored(spot, spot.flip(3) * sides(3, 0))
        one = torch.ones(1)
        key = mirrored(key, key * torch.cat([FLIPPED, *[FLIPPED, one] * 3]))
        faces = mirrored(faces, faces * FLIPPED)
        main = main + 0.012 * torch.randn(main.shape, generator=random)
        room = room + 0.008 * torch.randn(room.shape, generator=random)
    nchw = lambda x: x.permute(0, 3, 1, 2)  # noqa: E731
    level = batch["level"] + followed
    return {
        "near": torch.cat([nchw(main) - 0.5, where], 1),
        "far": torch.cat([nchw(room) - 0.5, spot], 1),
        "key": torch.cat([key, level], 1),
        "faces": faces,
        "light": light,
        "level": level,
    }


def lit(growth: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """Log factor [B, N, C] of light with `growth` [B, 3, C] at points that take it so [B, N, 3]."""
    made = 1 + CONVEX * faces @ growth
    return torch.log(nn.functional.softplus((made - DARKEST) * 8) / 8 + DARKEST)


def growth(said: torch.Tensor) -> torch.Tensor:
    """Of red, green and blue [B, 3, 3]."""
    green = said[:, :3]
    return torch.stack([green + said[:, 6:9], green, green + said[:, 9:12]], 2)


def errors(
    said: torch.Tensor, b: dict[str, torch.Tensor], albedo: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Per place [B]: what things of an albedo [B, 1, 1] would look off, in sRGB, and their levels.

    shape: with the mean made true, of luminance, and even: were the studio's light kept; whole: of
    the colours, as told; level: of the mean, in log, and formula: by the formula alone; tint: of
    the mean's colour, in log.
    """
    light, level = b["light"], b["level"]
    luminance = torch.log((light @ LUMINANCE)[..., None] + 0.004)
    mean = lambda x: x.mean(1, keepdim=True)  # noqa: E731
    seen = lambda log: (  # noqa: E731
        (encode(albedo * torch.exp(log)) - encode(albedo * torch.exp(luminance))).abs().mean((1, 2))
    )
    shape = lit(said[:, :3, None], b["faces"])
    told = (level + said[:, 3:6])[:, None] + lit(growth(said), b["faces"])
    colours = torch.log(light + 0.004)
    off = (colours - told).mean(1)
    whole = encode(albedo * torch.exp(told)) - encode(albedo * light)
    return {
        "shape": seen(shape - mean(shape) + mean(luminance)),
        "even": seen(mean(luminance).expand_as(luminance)),
        "whole": whole.abs().mean((1, 2)),
        "level": off.mean(1),
        "formula": (colours.mean(1) - level).mean(1),
        "tint": (off - off.mean(1, keepdim=True)).abs().mean(1),
    }


def load(paths: list[str]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """All places, and their rooms' numbers."""
    files = []
    for path in paths:
        with np.load(path) as archive:
            files.append({k: torch.from_numpy(archive[k]) for k in archive.files})
    data = {name: torch.cat([file[name] for file in files]) for name in files[0]}
    return data, data.pop("room_number")


def held_out(net: nn.Module, batches: list[dict[str, torch.Tensor]]) -> str:
    """Figures of places that the net did not learn from."""
    random, found = torch.Generator().manual_seed(1), {}
    with torch.no_grad():
        for batch in batches:
            b = developed(batch, random, vary=False)
            said = net(b["near"], b["far"], b["key"])
            albedo = torch.full((len(said), 1, 1), 0.3)
            for name, values in errors(said, b, albedo).items():
                found.setdefault(name, []).append(values)
    told = {name: torch.cat(values) for name, values in found.items()}
    return ", ".join(f"{k} {v.abs().mean():.4f} ({v.mean():+.3f})" for k, v in told.items())


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("places", nargs="+")
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1, help="of weights, order and exposures")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    random = torch.Generator().manual_seed(arguments.seed)
    data, rooms = load(arguments.places)
    held = rooms % 16 < 2
    train = torch.nonzero(~held)[:, 0]
    net = ProbeNet()
    average = averaged(net, 0.995)
    optimiser = torch.optim.AdamW(net.parameters(), lr=arguments.rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, arguments.rate, arguments.epochs * (len(train) // BATCH), pct_start=0.15
    )
    pick = lambda index: {k: v[index].float() for k, v in data.items()}  # noqa: E731
    for epoch in range(arguments.epochs):
        start, running = time.time(), []
        net.train()
        order = train[torch.randperm(len(train), generator=random)]
        for i in range(0, len(order) - BATCH + 1, BATCH):
            b = developed(pick(order[i : i + BATCH]), random, vary=True)
            said = net(b["near"], b["far"], b["key"])
            albedo = torch.exp(torch.empty(BATCH, 1, 1).uniform_(-3.0, -0.2, generator=random))
            found = errors(said, b, albedo)
            level = nn.functional.smooth_l1_loss(found["level"], torch.zeros(BATCH), beta=0.3)
            seen = 8 * found["shape"] + 4 * found["whole"] + 0.5 * found["tint"]
            running.append(step(seen.mean() + 0.3 * level, average, net, optimiser, schedule))
        print(f"{epoch}: train {np.mean(running):.3f} in {time.time() - start:.0f} s", flush=True)
        if epoch % 4 == 3 or epoch == arguments.epochs - 1:
            average.module.eval()
            batches = [pick(index) for index in torch.nonzero(held)[:, 0].split(64)]
            print(f"  held out: {held_out(average.module, batches)}", flush=True)
            torch.save(average.module.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
