"""Trains nets whose encoder has seen photographs: it learns at a quarter of the rate."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from stepping import averaged, step
from torch import nn

HELD_OUT = 16  # one of every so many rooms or pieces
Batch = TypeVar("Batch")
Sample = TypeVar("Sample", bound=tuple)


def arguments(about: str, made_by: str) -> argparse.Namespace:
    """The command line: a folder that the script `made_by` filled, where to write, how long."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", type=Path, help=f"folder that {made_by} filled")
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rate", type=float, default=3e-3)
    return parser.parse_args()


def parted(samples: list[Sample]) -> tuple[list[Sample], list[Sample]]:
    """What is trained on and what is held out, by the number that each sample begins with."""
    train = [sample for sample in samples if sample[0] % HELD_OUT]
    return train, [sample for sample in samples if not sample[0] % HELD_OUT]


def fit(
    net: nn.Module,
    given: argparse.Namespace,
    batches: Callable[[], Iterable[Batch]],
    loss: Callable[[nn.Module, Batch], torch.Tensor],
    measured: Callable[[nn.Module], str],
) -> None:
    """Train for the epochs that are asked for; print and write the averaged net after each.

    Args:
        net: with `stem` and `blocks`, its encoder.
        given: as by `arguments`.
        batches: of one epoch, in random order.
        loss: of a batch, to be minimised.
        measured: figures on what was held out.
    """
    average = averaged(net, 0.99)
    backbone = [*net.stem.parameters(), *net.blocks.parameters()]
    known = {id(p) for p in backbone}
    rest = [p for p in net.parameters() if id(p) not in known]
    rates = [given.rate / 4, given.rate]
    groups = [{"params": backbone}, {"params": rest}]
    optimiser = torch.optim.AdamW(groups, given.rate, weight_decay=0.02)
    steps = given.epochs * sum(1 for _ in batches()) + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, steps, pct_start=0.15)
    for epoch in range(given.epochs):
        start, running = time.time(), []
        net.train()
        for batch in batches():
            running.append(step(loss(net, batch), average, net, optimiser, schedule))
        line = f"{epoch}: train {np.mean(running):.4f} in {time.time() - start:.0f} s"
        print(line, " held out:", measured(average.module), flush=True)
        torch.save(average.module.state_dict(), given.out)
