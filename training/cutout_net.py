"""Train the cutout net: what of a product's photo on a plain ground is the product.

    python training/cutout_net.py KEYED --out cutout.pt --epochs 12

Encoder and decoder are those of `surfaces_net.py`: an EfficientNet-Lite0 that has seen photographs,
and the way up of a U-Net. Pieces whose number is a multiple of 16 are held out: the figures printed
are theirs.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from development import encode, shoulder
from pretrained import arguments, fit, parted
from surfaces_net import SurfacesNet
from torch import nn

BATCH = 12
SIDE = 224  # of the square that the net sees in training
BAND = 4.0  # how much more pixels near the outline count
Random = np.random.Generator
Photo = tuple[int, np.ndarray]


class CutoutNet(SurfacesNet):
    """photo [B, 3, H, W] (sRGB, 0..1; sides multiples of 16) -> product's share [B, 1, H, W]."""

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__(pretrained)
        self.say = nn.Conv2d(16, 1, 3, padding=1)

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return torch.sigmoid(self.raw(photo))


def load(folder: Path) -> list[Photo]:
    """Every photo: its piece's number, and linear frame and coverage [H, W, 4] as half floats."""
    found = []
    for path in sorted(folder.glob("[0-9]*[0-9].npz")):
        file = np.load(path)
        for name in file.files:
            if name.startswith("photo"):
                alpha = file[name.replace("photo", "alpha")].astype(np.float16)[..., None] / 255
                found.append((int(path.stem), np.concatenate([file[name], alpha], 2)))
    return found


def framed(seen: np.ndarray, random: Random) -> np.ndarray:
    """Cropped at random round the product, its border drawn out to a square, at the net's size."""
    seen = seen.astype(np.float32)
    if random.random() < 0.5:
        seen = seen[:, ::-1]
    y, x = np.nonzero(seen[..., 3] > 0.02)
    top, left = random.integers(y.min() + 1), random.integers(x.min() + 1)
    bottom = random.integers(y.max() + 1, seen.shape[0] + 1)
    right = random.integers(x.max() + 1, seen.shape[1] + 1)
    seen = seen[top:bottom, left:right]
    high, wide = seen.shape[:2]
    side = max(high, wide)
    above, before = random.integers(side - high + 1), random.integers(side - wide + 1)
    square = cv2.copyMakeBorder(
        np.ascontiguousarray(seen),
        int(above),
        int(side - high - above),
        int(before),
        int(side - wide - before),
        cv2.BORDER_REPLICATE,
    )
    return cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def out_of_focus(frame: np.ndarray, random: Random) -> np.ndarray:
    """Blurred all over, or more and more to one side."""
    kind = random.random()
    if kind < 0.4:
        return frame
    if kind < 0.7:
        return cv2.GaussianBlur(frame, (0, 0), random.uniform(0.3, 1.2))
    far = np.linspace(-random.uniform(0, 1), 1, SIDE, dtype=np.float32).clip(0, 1)[:, None, None]
    if random.random() < 0.5:
        far = far[::-1]
    if random.random() < 0.3:
        far = far.transpose(1, 0, 2)
    soft = cv2.GaussianBlur(frame, (0, 0), random.uniform(1.0, 2.8))
    return frame + far * (soft - frame)


def developed(frame: np.ndarray, random: Random) -> np.ndarray:
    """Linear light [H, W, 3] as a camera would hand it over, sRGB 0..1."""
    ring = np.concatenate([frame[:5].reshape(-1, 3), frame[:, :5].reshape(-1, 3)])
    ring = np.concatenate([ring, frame[:, -5:].reshape(-1, 3)])
    ground = np.median(ring, axis=0).clip(1e-4)
    level = ground.mean()
    target = random.uniform(0.9, 1.6) if random.random() < 0.35 else random.uniform(0.3, 0.95)
    if level < 0.25:  # dark paper
        target = random.uniform(0.05, 0.4)
    neutral = (level / ground) ** random.uniform(0.5, 1.0)
    cast = np.exp(random.normal(0, 0.03, 3))
    light = torch.from_numpy((frame * (target / level) * neutral * cast).astype(np.float32))
    light = shoulder(light) if random.random() < 0.4 else light
    photo = encode(light.clamp(0, 1)) ** float(np.exp(random.normal(0, 0.1)))
    grey = photo.mean(2, keepdim=True)
    photo = (grey + (photo - grey) * random.uniform(0.6, 1.4)).numpy()
    grain = random.choice([0.0, random.uniform(0, 0.02)])
    photo = photo + grain * random.normal(0, 1, photo.shape)
    photo = np.rint(photo.clip(0, 1) * 255).astype(np.uint8)
    if random.random() < 0.7:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(55, 96))]
        photo = cv2.imdecode(cv2.imencode(".jpg", photo, quality)[1], cv2.IMREAD_COLOR)
    return np.asarray(photo, np.float32) / 255


def drawn(photos: list[Photo], random: Random) -> tuple[torch.Tensor, torch.Tensor]:
    """Developed photos [B, 3, S, S] and the product's share [B, 1, S, S]."""
    found, shares = [], []
    for _, seen in photos:
        square = out_of_focus(framed(seen, random), random)
        found.append(developed(np.ascontiguousarray(square[..., :3]), random))
        shares.append(square[..., 3])
    stacked = torch.from_numpy(np.stack(found).astype(np.float32)).permute(0, 3, 1, 2)
    share = torch.from_numpy(np.stack(shares).astype(np.float32))[:, None].clamp(0, 1)
    return stacked.contiguous(memory_format=torch.channels_last), share


def loss_of(said: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Cross-entropy, the outline counting more, and what the two overlap short."""
    solid = (share > 0.5).float()
    wide = nn.functional.max_pool2d(solid, 9, 1, 4)
    narrow = -nn.functional.max_pool2d(-solid, 9, 1, 4)
    weight = 1 + BAND * (wide - narrow)
    cross = nn.functional.binary_cross_entropy_with_logits(said, share, weight)
    told = torch.sigmoid(said)
    both = (told * share).sum((1, 2, 3))
    either = (told + share - told * share).sum((1, 2, 3))
    return cross + (1 - (both + 1) / (either + 1)).mean()


def measured(net: nn.Module, photos: list[Photo]) -> str:
    """Intersection over union on held-out photos: mean, and the worst tenth."""
    net.eval()
    random = np.random.default_rng(0)
    found = []
    with torch.no_grad():
        for i in range(0, len(photos), BATCH):
            seen, share = drawn(photos[i : i + BATCH], random)
            one, other = net(seen) > 0.5, share > 0.5
            both, either = (one & other).sum((1, 2, 3)), (one | other).sum((1, 2, 3))
            found += (both / either.clamp(min=1)).tolist()
    return f"IoU {np.mean(found):.4f}, of the worst tenth {np.quantile(found, 0.1):.3f}"


def main() -> None:
    """Parse the command line and train."""
    given = arguments((__doc__ or "").split("\n")[0], "keyed.py")
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    train, test = parted(load(given.folder))
    print(f"{len(train)} photos, {len(test)} held out", flush=True)

    def batches() -> list[list[Photo]]:
        order = [train[k] for k in random.permutation(len(train))]
        return [order[i : i + BATCH] for i in range(0, len(order) - BATCH + 1, BATCH)]

    def loss(net: nn.Module, photos: list[Photo]) -> torch.Tensor:
        seen, share = drawn(photos, random)
        return loss_of(net.raw(seen), share)

    net = CutoutNet().to(memory_format=torch.channels_last)
    fit(net, given, batches, loss, lambda average: measured(average, test))


if __name__ == "__main__":
    main()
