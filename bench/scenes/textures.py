"""Textures computed with numpy: herringbone cut from photographed planks, pictures, weaves."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image
from scipy import ndimage

PLANK_COLUMNS = 9  # planks across the photographed wood floor


def fbm(
    shape: tuple[int, int], seed: int, cells: tuple[int, int] = (8, 8), octaves: int = 5
) -> np.ndarray:
    """Tileable fractal noise, zero mean, unit deviation."""
    random = np.random.default_rng(seed)
    total = np.zeros(shape)
    for octave in range(octaves):
        count = (cells[0] * 2**octave, cells[1] * 2**octave)
        grid = random.standard_normal(count)
        rows = np.linspace(0, count[0], shape[0], endpoint=False)
        columns = np.linspace(0, count[1], shape[1], endpoint=False)
        where = np.meshgrid(rows, columns, indexing="ij")
        total += 0.55**octave * ndimage.map_coordinates(grid, where, order=1, mode="grid-wrap")
    return (total - total.mean()) / total.std()


@cache
def load(path: str) -> np.ndarray:
    """Picture as floats 0..1, RGB."""
    return np.asarray(Image.open(path).convert("RGB"), np.float32) / 255


def _plank_start(photo: np.ndarray, column: int, length: int, random: np.random.Generator) -> int:
    """A row from which `length` rows of this plank have no dark butt joint."""
    width = photo.shape[1] / PLANK_COLUMNS
    left = int((column + 0.3) * width)
    line = photo[:, left : left + int(0.4 * width)].mean((1, 2))
    dark = ndimage.uniform_filter1d(line, 25, mode="wrap") - line
    starts = random.integers(0, photo.shape[0], 24)
    rows = np.arange(length)
    return int(min(starts, key=lambda s: dark[(s + rows) % len(dark)].max()))


def herringbone(
    photo: np.ndarray, seed: int, blocks: int = 7, periods: int = 3, plank_px: int = 96
) -> tuple[np.ndarray, np.ndarray]:
    """Herringbone parquet from a photograph of planks (grain runs down the picture).

    A block is `blocks` times as long as it is wide; the tile repeats after `periods` pattern
    periods, on the blocks' own axes (turn it by 45 degrees). Returns colour and height."""
    random = np.random.default_rng(seed)
    span = 2 * blocks * periods
    size = span * plank_px
    colour = np.empty((size, size, 3), np.float32)
    height = np.empty((size, size), np.float32)
    length = blocks * plank_px
    edge = _block_edge(plank_px, length)
    strip = photo.shape[1] / PLANK_COLUMNS
    for i in range(span):
        for j in range(span):
            offset = (i - j) % (2 * blocks)
            if offset not in (0, 2 * blocks - 1):
                continue
            column = int(random.integers(PLANK_COLUMNS))
            start = _plank_start(photo, column, length, random)
            rows = (start + np.arange(length)) % photo.shape[0]
            left = column * strip + 0.5 * strip - plank_px / 2
            columns = (left + np.arange(plank_px)).astype(int) % photo.shape[1]
            block = photo[rows][:, columns]
            block = block[::-1] if random.random() < 0.5 else block
            tone = 1 + 0.065 * random.standard_normal()
            tint = 1 + 0.018 * random.standard_normal() * np.array([1, 0.1, -1])
            block = block * tone * tint * (0.42 + 0.58 * edge[..., None])
            depth = edge * (0.92 + 0.08 * random.random())
            if offset == 0:  # lies along the first axis, starting at column i of row j
                px = (i * plank_px + np.arange(length)) % size
                py = j * plank_px + np.arange(plank_px)
                colour[py[:, None], px[None]] = block.transpose(1, 0, 2)
                height[py[:, None], px[None]] = depth.T
            else:  # stands along the second axis
                px = i * plank_px + np.arange(plank_px)
                py = (j * plank_px + np.arange(length)) % size
                colour[py[:, None], px[None]] = block
                height[py[:, None], px[None]] = depth
    return np.clip(colour, 0, 1), height


def _block_edge(width: int, length: int) -> np.ndarray:
    """1 inside a block, falling to 0 in the joint; (length, width)."""
    across = np.minimum(np.arange(width), width - 1 - np.arange(width))
    along = np.minimum(np.arange(length), length - 1 - np.arange(length))
    distance = np.minimum(across[None], along[:, None])
    return np.clip((distance + 0.4) / 2.2, 0, 1).astype(np.float32)


def hills(
    palette: list[tuple[int, int, int]], seed: int, size: tuple[int, int] = (900, 680)
) -> np.ndarray:
    """A landscape in flat washes of paint; sky, haze, then layers from far to near."""
    height, width = size
    rows, columns = np.mgrid[0:height, 0:width]
    colours = np.array(palette) / 255
    grade = rows[..., None] / height
    picture = colours[0] * (1 - grade) + colours[1] * grade
    wash = fbm(size, seed, (4, 3), 6)[..., None]
    for layer, paint in enumerate(colours[2:]):
        crest = height * (0.36 + 0.14 * layer)
        crest = crest + 45 * np.sin(columns / width * (3 + layer) + 2.1 * layer + seed)
        crest = crest + 20 * fbm(size, seed + layer, (1, 5), 5)
        inside = np.clip((rows - crest) / 4, 0, 1)[..., None]
        picture = picture * (1 - inside) + paint * (1 + 0.07 * wash) * inside
    return np.clip(picture * (1 + 0.02 * wash), 0, 1)


def shapes(
    palette: list[tuple[int, int, int]], seed: int, size: tuple[int, int] = (900, 680)
) -> np.ndarray:
    """A print of a few overlapping rounded shapes on paper."""
    height, width = size
    rows, columns = np.mgrid[0:height, 0:width]
    random = np.random.default_rng(seed)
    colours = np.array(palette) / 255
    rough = fbm(size, seed, (6, 5), 5)
    picture = colours[0] * (1 + 0.015 * rough[..., None])
    for paint in colours[1:]:
        middle = random.uniform(0.28, 0.72, 2) * (height, width)
        radius = random.uniform(0.15, 0.27) * height
        squash = random.uniform(0.7, 1.4)
        distance = np.hypot((rows - middle[0]) * squash, (columns - middle[1]) / squash)
        inside = 0.93 * np.clip((radius - distance - 5 * rough) / 3, 0, 1)[..., None]
        picture = picture * (1 - inside) + paint * (1 + 0.05 * rough[..., None]) * inside
    return np.clip(picture, 0, 1)


def woven_rug(
    palette: list[tuple[int, int, int]], seed: int, size: tuple[int, int] = (1500, 1000)
) -> tuple[np.ndarray, np.ndarray]:
    """A flat-woven wool rug: a field of small diamonds in bordered bands; colour and height."""
    height, width = size
    rows, columns = np.mgrid[0:height, 0:width]
    colours = np.array(palette) / 255
    index = np.zeros(size, int)
    margin = np.minimum(np.minimum(rows, height - rows), np.minimum(columns, width - columns))
    cell = 100
    steps = 8  # the weave makes stepped outlines
    x = np.abs((columns // steps * steps) % cell - cell / 2)
    y = np.abs((rows // steps * steps) % cell - cell / 2)
    diamond = x + y
    index[diamond < 44] = 1
    index[diamond < 30] = 0
    index[diamond < 16] = 2
    for low, high, paint in [(0, 95, 3), (30, 40, 0), (58, 66, 0), (95, 104, 2)]:
        index[(margin >= low) & (margin < high)] = paint
    picture = ndimage.gaussian_filter(colours[index], (0.8, 0.8, 0))
    random = np.random.default_rng(seed)
    yarn = ndimage.gaussian_filter(random.standard_normal(size), (0.7, 2.2))
    yarn /= yarn.std()
    ribs = np.sin(rows * 2 * np.pi / 7)
    fade = fbm(size, seed, (6, 4), 4)
    picture = picture * (1 + 0.07 * yarn + 0.05 * ribs + 0.03 * fade)[..., None]
    return np.clip(picture, 0, 1), np.clip(0.5 + 0.2 * ribs + 0.12 * yarn, 0, 1)


@cache
def linen(seed: int, size: int = 1024) -> np.ndarray:
    """Plain weave with slubs, grey around 1; multiply with a colour."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:size, 0:size]
    warp, weft = np.sin(columns * 2 * np.pi / 8), np.sin(rows * 2 * np.pi / 8)
    slub = ndimage.gaussian_filter(random.standard_normal((size, size)), (0.7, 6), mode="wrap")
    slub2 = ndimage.gaussian_filter(random.standard_normal((size, size)), (6, 0.7), mode="wrap")
    weave = 0.05 * warp * weft + 0.05 * (slub / slub.std() + slub2 / slub2.std()) / 1.4
    return np.clip(0.88 * (1 + weave), 0, 1)
