"""Train the light net.

    PYTHONPATH=src python training/train.py WINDOWS.npz --out NET.pt --epochs 40

Rooms whose number is 0 or 1 more than a multiple of 16 are held out: the figures printed are
theirs.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from development import develop, encode
from folding import read
from net import LightNet, veil
from stepping import averaged, step

HELD_OUT = 8  # of every so many rooms with neighbouring numbers, two
BATCH = 16


def load(*paths: str) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The windows of all files and which of them are held out."""
    files = [np.load(path) for path in paths]
    arrays = {k: torch.from_numpy(np.concatenate([f[k] for f in files])) for k in files[0].files}
    held = arrays.pop("room_number") // 2 % HELD_OUT == 0
    return arrays, held


def brightness(data: dict[str, torch.Tensor]) -> torch.Tensor:
    """[N] log of the light on each product, as its mean in the room over that in its photo."""
    cover = (data["alpha"] > 0.85) & (data["visible"] > 0.85)
    lit = (data["truth"].float().mean(3) * cover).sum((1, 2))
    photo = (data["photo"].float().mean(3) * cover).sum((1, 2))
    return torch.log((lit + 1e-3) / (photo + 1e-3)).clamp(-2, 1.5)


def losses(out: torch.Tensor, b: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Errors of gain and shadow, per sample [B].

    colour: of the product as seen, in sRGB, with chroma weighed twice; level: of its logarithm;
    shadow: share of the true change of the room's light that is missed (1 - the benchmark's
    `shadow`); stray: 8-bit levels of change where there should be none.
    """
    gain, shadow = out[:, :3] + b["level"][:, :, None, None], torch.clamp(out[:, 3:6], -4, 0.7)
    sure = (b["alpha"] > 0.85) & (b["visible"] > 0.85) & (b["inside"] > 0)
    sure = sure.float()
    lit = b["photo"] * torch.exp(gain.clamp(-5, 2)) + veil(out[:, 6:])
    true = b["photo"] * torch.exp(b["gain"].clamp(-5, 2))
    # Thin things fill no cell: what is seen of them is compared with what lies behind in it.
    cover, painted = b["visible"], b["painted"][:, :, None, None]
    through = lit * cover + b["before"] * torch.exp(shadow) * (1 - cover)
    made = painted * lit + (1 - painted) * through
    wanted = painted * true.clamp(max=1.0) + (1 - painted) * b["after"]
    count = painted * sure + (1 - painted) * cover * (cover > 0.2) * b["inside"]
    d = encode(made) - encode(wanted)
    grey = d.mean(1, keepdim=True)
    off = grey.abs() + 2 * (d - grey).abs().mean(1, keepdim=True)
    colour = (off * count).sum((1, 2, 3)) / count.sum((1, 2, 3)).clamp(min=4)
    ratio = torch.log((lit + 0.01) / (true + 0.01)).abs().clamp(max=2)
    level = (ratio.mean(1, keepdim=True) * sure).sum((1, 2, 3)) / sure.sum((1, 2, 3)).clamp(min=4)
    free = ((b["visible"] < 0.02) & (b["inside"] > 0)).float()
    before, after = b["before"], b["after"]
    made = before * torch.exp(shadow)
    missed = ((made - after).abs() * free).sum((1, 2, 3))
    there = ((before - after).abs() * free).sum((1, 2, 3))
    size = (before * free).sum((1, 2, 3))
    still = free * ((before - after).abs().amax(1, keepdim=True) < 1e-3).float()
    stray = (
        ((encode(made) - encode(before)).abs() * still).sum((1, 2, 3))
        * 255
        / free.sum((1, 2, 3)).clamp(min=1)
        / 3
    )
    seen = ((encode(made) - encode(after)).abs() * free).mean((1, 2, 3))
    return {
        "colour": colour,
        "level": level,
        "shadow": missed / (there + 0.003 * size),
        "stray": stray,
        "seen": seen,
    }


def total(parts: dict[str, torch.Tensor]) -> torch.Tensor:
    """What is minimised."""
    return (
        4 * parts["colour"]
        + 0.5 * parts["level"]
        + 0.6 * parts["shadow"].clamp(max=2.5)
        + 6 * parts["seen"]
        + 0.15 * parts["stray"]
    ).mean()


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("windows", nargs="+", help="a file named twice is shown twice as often")
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", help="weights to go on from: NET.pt, or the shipped light.onnx")
    parser.add_argument(
        "--staged",
        type=float,
        default=0.0,
        help="show brightly lit products more often: people stage where the light is (0.4)",
    )
    parser.add_argument("--all", action="store_true", help="hold nothing out: for the final net")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    random = torch.Generator().manual_seed(1)
    data, held = load(*arguments.windows)
    train = torch.arange(len(held)) if arguments.all else torch.nonzero(~held)[:, 0]
    test = torch.nonzero(held)[:, 0][::2]
    often = torch.exp(arguments.staged * brightness(data))
    net = read(arguments.start) if arguments.start else LightNet()
    average = averaged(net, 0.995)
    optimiser = torch.optim.AdamW(net.parameters(), arguments.rate, weight_decay=0.02)
    steps = arguments.epochs * (len(train) // 2 // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, arguments.rate, steps, pct_start=0.15)
    pick = lambda index: {k: v[index].float() for k, v in data.items()}  # noqa: E731
    for epoch in range(arguments.epochs):
        start, running = time.time(), []
        net.train()
        # Every product has two windows in a row; an epoch sees one of them.
        mine = train[::2] + torch.randint(2, (len(train[::2]),), generator=random)
        order = mine[torch.multinomial(often[mine], len(mine), True, generator=random)]
        for i in range(0, len(order) - BATCH + 1, BATCH):
            b = develop(pick(order[i : i + BATCH]), random, vary=True)
            with torch.autocast("cpu", torch.bfloat16):
                out = net(b["window"], b["room"])
            loss = total(losses(out.float(), b))
            running.append(step(loss, average, net, optimiser, schedule))
        line = f"{epoch}: train {np.mean(running):.3f} in {time.time() - start:.0f} s"
        if epoch % 4 == 3 or epoch == arguments.epochs - 1:
            average.module.eval()
            found = {}
            with torch.no_grad():
                for i in range(0, len(test), 32):
                    b = develop(pick(test[i : i + 32]), random, vary=False)
                    for name, values in losses(average.module(b["window"], b["room"]), b).items():
                        found.setdefault(name, []).append(values)
            line += "  held out: " + ", ".join(
                f"{k} {torch.cat(v).mean():.4f}" for k, v in found.items()
            )
            torch.save(average.module.state_dict(), arguments.out)
        print(line, flush=True)


if __name__ == "__main__":
    main()
