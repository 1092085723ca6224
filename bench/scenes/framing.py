"""Where things land in the picture: projection, the studio camera, stage masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from specs import SENSOR_MM, Camera, Vec3


def project(points: np.ndarray, camera: Camera) -> np.ndarray:
    """World points to pixels (x right, y down)."""
    origin = np.array(camera.position, float)
    forward = np.array(camera.target, float) - origin
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    rays = points - origin
    depth = rays @ forward
    focal = camera.lens_mm / SENSOR_MM * camera.width
    x = camera.width * (0.5 - camera.shift_x) + focal * (rays @ right) / depth
    y = 0.5 * camera.height + camera.shift_y * camera.width - focal * (rays @ up) / depth
    return np.stack([x, y], -1)


def studio_camera(
    points: np.ndarray, position: Vec3, target: Vec3, long_side: int, margin: float
) -> Camera:
    """A camera before the product which frames it with an even margin."""
    camera = Camera(position, target, SENSOR_MM, 1000, 1000)
    seen = project(points, camera)
    (left, top), (right, bottom) = seen.min(0), seen.max(0)
    border = margin * max(right - left, bottom - top)
    wide, tall = right - left + 2 * border, bottom - top + 2 * border
    shift_x = ((left + right) / 2 - 500) / wide
    shift_y = (500 - (top + bottom) / 2) / wide
    scale = long_side / max(wide, tall)
    return replace(
        camera,
        lens_mm=SENSOR_MM * 1000 / wide,
        shift_x=shift_x,
        shift_y=shift_y,
        width=round(wide * scale),
        height=round(tall * scale),
    )


def box_mask(points: np.ndarray, camera: Camera, scale: float = 1.0) -> np.ndarray:
    """White box round the projected points, on black."""
    seen = project(points, camera) * scale
    width, height = round(camera.width * scale), round(camera.height * scale)
    left, top = np.floor(seen.min(0)).astype(int).clip(0)
    right, bottom = np.ceil(seen.max(0)).astype(int)
    mask = np.zeros((height, width), np.uint8)
    mask[top:bottom, left:right] = 255
    return mask
