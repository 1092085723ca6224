"""From linear light to a photograph: exposure, white balance, tone curve, glow, grain."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from engine import planckian
from specs import Look

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light to sRGB values."""
    x = np.clip(linear, 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of the two image axes."""
    if sigma <= 0:
        return image
    return ndimage.gaussian_filter(image, (sigma, sigma, *([0] * (image.ndim - 2))))


def shoulder(x: np.ndarray, start: float) -> np.ndarray:
    """Straight up to `start`, then a smooth roll-off that reaches 1 only far up."""
    span = 1 - start
    over = np.maximum(x - start, 0) / span
    return np.where(x < start, x, start + span * (over / (1 + over**1.4) ** (1 / 1.4)))


def contrast(x: np.ndarray, amount: float) -> np.ndarray:
    """Mild S curve on display values."""
    return x + amount * (x * x * (3 - 2 * x) - x)


def develop_room(linear: np.ndarray, look: Look, seed: int = 7) -> np.ndarray:
    """A room's linear RGB as the camera would hand it over; 8-bit RGB."""
    rgb = np.maximum(linear[..., :3], 0).astype(np.float32)
    width = rgb.shape[1]
    gain = np.array(planckian(look.white_balance), np.float32)
    rgb = rgb * look.exposure / (gain / (gain @ _LUMA))
    rgb = add_glow(rgb, look.glow, width)
    rgb = rgb * vignette(rgb.shape[:2], look.vignette)[..., None]
    display = contrast(encode_srgb(shoulder(rgb, look.shoulder)), look.contrast)
    display = saturate(display, look.saturation)
    display = blur(display, 0.42 * width / 1536)
    return quantise(add_grain(display, look.grain, seed))


def add_glow(rgb: np.ndarray, amount: float, width: int) -> np.ndarray:
    """Veiling glare of the lens round bright windows and lamps."""
    bright = np.clip(rgb - 0.9, 0, 4)
    halo = 0.6 * blur(bright, width / 220) + 0.4 * blur(bright, width / 45)
    return rgb + amount * halo


def vignette(shape: tuple[int, int], amount: float) -> np.ndarray:
    """Corner fall-off; 1 in the centre."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    x, y = columns / shape[1] - 0.5, (rows / shape[0] - 0.5) * shape[0] / shape[1]
    return 1 - amount * (x * x + y * y) / 0.36


def saturate(display: np.ndarray, amount: float) -> np.ndarray:
    """Scale chroma about luma."""
    luma = (display @ _LUMA)[..., None]
    return np.clip(luma + amount * (display - luma), 0, 1)


def add_grain(display: np.ndarray, amount: float, seed: int) -> np.ndarray:
    """Sensor noise after noise reduction: mostly luma, slightly blotchy, less in highlights."""
    if amount <= 0:
        return display
    random = np.random.default_rng(seed)
    shape = display.shape[:2]
    luma = ndimage.gaussian_filter(random.standard_normal(shape), 0.6)
    chroma = ndimage.gaussian_filter(random.standard_normal((*shape, 3)), (1.1, 1.1, 0))
    luma, chroma = luma / luma.std(), chroma / chroma.std()
    level = (display @ _LUMA)[..., None]
    strength = amount / 255 * (1.25 - 0.9 * level) * np.clip((1 - level) * 8, 0, 1)
    return display + strength * (luma[..., None] + 0.35 * chroma)


def develop_studio(linear: np.ndarray, grain: float = 0.7, seed: int = 3) -> np.ndarray:
    """A studio shot, already exposed so that 1.0 is paper white; 8-bit RGB."""
    display = contrast(encode_srgb(np.maximum(linear, 0)), 0.15)
    display = blur(display, 0.35)
    return quantise(add_grain(display, grain, seed))


def quantise(display: np.ndarray) -> np.ndarray:
    """0..1 to 8 bit."""
    return np.clip(display * 255 + 0.5, 0, 255).astype(np.uint8)
