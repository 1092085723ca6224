"""Linear windows -> developed pictures, with exposure, white balance and tone drawn at random.

A net that saw one development would read brightness as light; it has to read the room.
"""

from __future__ import annotations

import torch

LUMINANCE = torch.tensor([0.2126, 0.7152, 0.0722])
_SHOULDER = 0.7  # linear light from which the tone curve bends, as the benchmark's camera


def shoulder(x: torch.Tensor, knee: float = _SHOULDER) -> torch.Tensor:
    """An exponential shoulder to 1."""
    over = torch.clamp(x - knee, min=0)
    return torch.where(x < knee, x, knee + (1 - knee) * (1 - torch.exp(-over / (1 - knee))))


def encode(x: torch.Tensor) -> torch.Tensor:
    """Linear light to sRGB, 0..1."""
    x = torch.clamp(x, 0, 1)
    return torch.where(
        x <= 0.0031308, 12.92 * x, 1.055 * torch.clamp(x, min=1e-6) ** (1 / 2.4) - 0.055
    )


def gamma(x: torch.Tensor) -> torch.Tensor:
    """As `roomstage.light.learned.window.gamma`."""
    return torch.sqrt(torch.clamp(x, 0, 1))


def exposed(
    mean: torch.Tensor, random: torch.Generator, vary: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """A camera's exposure and white balance for rooms whose mean colours are `mean` [B, 3].

    Returns:
        The factor on linear light [B, 3], and how far the log of the formula's light follows it.
    """
    count = len(mean)
    stops, adapt = torch.zeros(count, 1), torch.full((count, 1), 0.7)
    if vary:
        stops = 0.3 * torch.randn(count, 1, generator=random) - 0.02
        adapt = 0.4 + 0.55 * torch.rand(count, 1, generator=random)
    white = ((mean @ LUMINANCE)[:, None] / mean) ** adapt
    if vary:
        white = white * torch.exp(0.03 * torch.randn(count, 3, generator=random))
    # The formula follows exposure and white balance nearly in full (see exposure.py).
    return 2**stops * white, 0.88 * 0.6931 * stops + 0.85 * torch.log(white)


def develop(
    batch: dict[str, torch.Tensor], random: torch.Generator, vary: bool
) -> dict[str, torch.Tensor]:
    """The net's inputs and its targets.

    Returns:
        window [B, 19, S, S] and room [B, 5, G, G] as the net gets them; before, after
        [B, 3, S, S] linear light of the developed photos; photo [B, 3, S, S] the product's straight
        linear colours; gain [B, 3, S, S] log factor from photo to after; alpha, visible, inside.
    """
    count = len(batch["mean"])

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(count, *shape, generator=random)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(count, *shape, generator=random)

    factor, followed = exposed(batch["mean"], random, vary)
    factor = factor[:, None, None]

    def camera(linear: torch.Tensor) -> torch.Tensor:
        return shoulder(linear * factor)

    before, after, room = (camera(batch[k]) for k in ("main", "truth", "room"))
    alpha, visible = batch["alpha"], batch["visible"]
    straight = batch["photo"] / torch.clamp(alpha, min=1e-3)[..., None]
    straight = torch.clamp(shoulder(straight, 0.8), min=0.0)
    # Gain where the product alone is seen; elsewhere it does not count.
    gain = torch.log((after + 0.004) / (straight + 0.004))
    painted = torch.zeros(count, 1)
    if vary:  # half of the products get another colour
        painted = (draw(1) < 0.5).float()
        paint = torch.exp(painted * (0.25 * normal(1) + 0.12 * normal(3)))[:, None, None]
        straight = torch.clamp(straight * paint, 0, 1)
    where, spots = batch["where"], batch["spots"]
    out = {
        "before": before,
        "after": after,
        "photo": straight,
        "gain": gain,
        "alpha": alpha,
        "visible": visible,
        "room": room,
        "where": where,
        "spots": spots,
        "formula": batch["formula"],
    }
    if "key" in batch:
        out["key"] = batch["key"]
    if vary:
        flip = draw(1)[:, 0] < 0.5
        for name, values in out.items():
            if name == "key":  # moments to the right change sides
                turned = values * torch.tensor([-1.0, 1, 1] + 3 * [-1.0, 1, 1, 1])
            else:
                turned = values.flip(3 if name in ("where", "spots", "formula") else 2)
            if name == "where":
                turned = turned.clone()
                turned[:, 3] = -turned[:, 3]
            mask = flip.view(-1, *[1] * (values.dim() - 1))
            out[name] = torch.where(mask, turned, values)
    nchw = lambda x: x.permute(0, 3, 1, 2)  # noqa: E731
    noise = (
        (lambda x: x + 0.008 * torch.randn(x.shape, generator=random)) if vary else (lambda x: x)
    )
    seen = noise(gamma(out["before"]))
    product = gamma(out["photo"] * out["alpha"][..., None])
    window = torch.cat(
        [nchw(seen) - 0.5, nchw(product), out["alpha"][:, None], out["where"], out["formula"]], 1
    )
    level = batch["level"] + followed
    even = level[:, :, None, None].expand(-1, -1, *out["alpha"].shape[1:])
    window = torch.cat([window, even], 1)
    glance = torch.cat([nchw(gamma(out["room"])) - 0.5, out["spots"]], 1)
    found = {
        "window": window,
        "room": glance,
        "before": nchw(out["before"]),
        "after": nchw(out["after"]),
        "photo": nchw(out["photo"]),
        "gain": nchw(out["gain"]),
        "alpha": out["alpha"][:, None],
        "visible": out["visible"][:, None],
        "inside": out["where"][:, :1],
        "painted": painted,
        "level": level,
    }
    if "key" in out:
        found["key"] = out["key"]
    return found
