"""What every training here does alike: a step down the loss, the running mean of the weights."""

from __future__ import annotations

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def averaged(net: nn.Module, keep: float) -> AveragedModel:
    """The running mean of a net's weights, of which each step keeps the share `keep`."""
    return AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(keep), use_buffers=True)


def step(
    loss: torch.Tensor,
    average: AveragedModel,
    net: nn.Module,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    """One step; the loss that it went down."""
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.step()
    schedule.step()
    average.update_parameters(net)
    return loss.item()
