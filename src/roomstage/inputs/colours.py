"""Pixels of any Pillow mode as 8-bit sRGB, with the alpha apart."""

from __future__ import annotations

import functools
import io

import cv2
import numpy as np
from PIL import Image as PILImage
from PIL import ImageChops, ImageCms

from roomstage.image import U8

_ICC_STEPS = 5  # levels per channel of the colour cube that a profile is tried on


def scaled_16_bit(values: np.ndarray) -> U8:
    """Levels 0..65535 as 0..255, rounded: 257 steps make one."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def needs_conversion(picture: PILImage.Image) -> bool:
    """Whether pixels as stored are no sRGB values: a profile of other colours, or a colour key."""
    if "transparency" in picture.info:
        return True
    return _transform(picture.info.get("icc_profile"), picture.mode) is not None


def split_levels(levels: U8) -> tuple[U8, U8 | None]:
    """As `split_colours`, of sRGB levels [H, W], [H, W, 3] or [H, W, 4]."""
    if levels.ndim == 2:
        return np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB), np.uint8), None
    if levels.shape[2] == 3:
        return levels, None
    alpha = np.asarray(cv2.extractChannel(levels, 3), np.uint8)
    rgb = np.asarray(cv2.cvtColor(levels, cv2.COLOR_RGBA2RGB), np.uint8)
    return rgb, None if alpha.min() == 255 else alpha


def split_colours(picture: PILImage.Image) -> tuple[U8, U8 | None]:
    """RGB [H, W, 3] in sRGB and alpha [H, W], or None where every pixel is opaque."""
    picture = _in_srgb(_eight_bit(picture))
    return split_levels(np.array(picture))


def _eight_bit(picture: PILImage.Image) -> PILImage.Image:
    """The picture in one of the modes L, LA, RGB, RGBA, CMYK."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I"):
        values = np.asarray(picture)
        grey = PILImage.fromarray(scaled_16_bit(np.clip(values, 0, 65535)))
        clear = picture.info.get("transparency")
        if isinstance(clear, int):
            grey.putalpha(PILImage.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        picture = grey
    elif picture.mode == "P" or "transparency" in picture.info:
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    elif picture.mode == "CMYK" and picture.format == "JPEG" and "adobe" not in picture.info:
        picture = ImageChops.invert(picture)  # only Adobe stores inks inverted; Pillow takes all so
    elif picture.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        picture = picture.convert("RGBA" if picture.mode in ("PA", "RGBa", "La") else "RGB")
    if profile:
        picture.info["icc_profile"] = profile
    return picture


def _in_srgb(picture: PILImage.Image) -> PILImage.Image:
    has_alpha = picture.mode in ("LA", "RGBA")
    transform = _transform(picture.info.get("icc_profile"), picture.mode)
    if transform is not None:
        alpha = picture.getchannel("A") if has_alpha else None
        base = picture.convert(_opaque(picture.mode)) if has_alpha else picture
        converted = ImageCms.applyTransform(base, transform)
        if converted is not None:
            if alpha is not None:
                converted.putalpha(alpha)
            return converted
    return picture.convert("RGBA" if has_alpha else "RGB")


def _opaque(mode: str) -> str:
    return {"LA": "L", "RGBA": "RGB"}.get(mode, mode)


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From an embedded profile to sRGB; None if it is none, broken, or sRGB under another name."""
    if not profile:
        return None
    opaque = _opaque(mode)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), opaque, "RGB", ImageCms.Intent.PERCEPTUAL
        )
        if opaque == "RGB" and _changes_nothing(transform):
            return None
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    levels = np.linspace(0, 255, _ICC_STEPS).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    after = np.asarray(ImageCms.applyTransform(PILImage.fromarray(cube), transform))
    return int(np.abs(after.astype(int) - cube).max()) <= 1
