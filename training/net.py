"""The light net: a U-Net over the window, told of the whole room by a glance.

Ronneberger et al., "U-Net", MICCAI 2015; the glance joins at the bottleneck and scales the
decoder's features (Perez et al., "FiLM", AAAI 2018, additive half).
"""

from __future__ import annotations

import torch
from torch import nn

WIDTHS = (24, 40, 64, 96)


def block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Convolution, normalisation over the batch (folded away on export), rectifier."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class LightNet(nn.Module):
    """window [B, 19, 80, 80], room [B, 5, 48, 48] -> [B, 9, 80, 80].

    The first three channels are what the log gain on the product is off the formula's, the
    next three the log factor on the room (below 0: shadow), the last three the veil: light that the
    product's surface mirrors without taking its colour, before `veil` bounds it.
    """

    def __init__(self, channels: int = 19) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.enter = nn.Sequential(block(channels, a), block(a, a))
        self.down1 = nn.Sequential(block(a, b, 2), block(b, b))
        self.down2 = nn.Sequential(block(b, c, 2), block(c, c))
        self.down3 = nn.Sequential(block(c, d, 2), block(d, d))
        self.glance = nn.Sequential(
            block(5, 16, 2), block(16, 32, 2), block(32, 64, 2), block(64, 64, 2)
        )
        self.known = nn.Linear(64 + d, d)
        self.forget = nn.Dropout(0.2)  # rooms are few: no single trait of one may decide
        self.deep = nn.Sequential(block(d, d), block(d, d))
        self.up2 = nn.Sequential(block(d + c, c), block(c, c))
        self.up1 = nn.Sequential(block(c + b, b), block(b, b))
        self.up0 = nn.Sequential(block(b + a, a), block(a, a))
        self.gain_level = nn.Linear(d, 3)
        self.gain = nn.Conv2d(b, 6, 3, padding=1)
        self.shadow = nn.Conv2d(a, 3, 3, padding=1)
        for head in (self.gain, self.shadow, self.gain_level):
            nn.init.zeros_(head.bias)
            head.weight.data *= 0.1

    def forward(self, window: torch.Tensor, room: torch.Tensor) -> torch.Tensor:
        """See the class."""
        grow = nn.functional.interpolate
        x0 = self.enter(window)
        x1 = self.down1(x0)
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        seen = torch.cat([self.glance(room).mean((2, 3)), x3.mean((2, 3))], 1)
        known = self.forget(torch.relu(self.known(seen)))
        x3 = self.deep(x3 + known[:, :, None, None])
        level = self.gain_level(known + x3.mean((2, 3)))
        y2 = self.up2(torch.cat([grow(x3, scale_factor=2), x2], 1))
        y1 = self.up1(torch.cat([grow(y2, scale_factor=2), x1], 1))
        y0 = self.up0(torch.cat([grow(y1, scale_factor=2), x0], 1))
        told = grow(self.gain(y1), scale_factor=2, mode="bilinear")
        gain, veil = told[:, :3] + level[:, :, None, None], told[:, 3:]
        return torch.cat([gain, self.shadow(y0), veil], 1)


def veil(raw: torch.Tensor) -> torch.Tensor:
    """Linear light, 0 to 0.25, as `roomstage.light.learned.field`."""
    return 0.25 * torch.sigmoid(raw - 4)
