"""Product photographs: a white studio, and a furnished one."""

from __future__ import annotations

import bpy
import numpy as np
from scipy import ndimage

import develop
import engine
import materials
import models
import props
from framing import studio_camera
from geometry import family, mesh
from specs import Camera, Product


def build_studio(product: Product, assets: str) -> tuple[set[bpy.types.Object], Camera]:
    """Product at the origin, ground, softboxes and camera; returns product and camera."""
    root = props.place(product.item, assets)
    objects = family(root)
    points = models.points_of(objects)
    middle = tuple((points.min(0) + points.max(0)) / 2)
    position, target = product.view or ((0.0, -product.distance, product.eye), middle)
    camera = studio_camera(points, position, target, product.long_side, product.margin)
    engine.set_camera(camera)
    light_studio(product.ambient)
    return objects, camera


def light_studio(ambient: float) -> None:
    """Even surroundings, a large key from the upper left, a soft fill and a rim light."""
    engine.world_colour((1.0, 1.0, 1.0), ambient)
    engine.area_light((-2.6, -2.2, 3.2), (0, 0, 0.4), (2.6, 2.0), 330, 5600)
    engine.area_light((2.9, -2.0, 1.8), (0, 0, 0.5), (1.4, 2.2), 55, 5600)
    engine.area_light((0.6, 2.2, 3.0), (0, 0, 0.5), (2.5, 0.9), 110, 5600)


def add_ground(visible: bool) -> bpy.types.Object:
    """The studio floor; when not visible it still reflects light."""
    size = 40.0
    paper = materials.plain("paper_ground", (0.906,) * 3, 1.0, specular=0.0)
    ground = mesh(
        "ground",
        [(-size, -size, 0), (size, -size, 0), (size, size, 0), (-size, size, 0)],
        [(0, 1, 2, 3)],
        paper,
    )
    ground.visible_camera = visible
    return ground


def shoot_on_white(
    product: Product, assets: str, samples: int, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Linear RGB over white with the contact shadow, and the product's coverage.

    The ground is divided by a frame of the empty studio, as photographers do with a grey card,
    so that it is white wherever the product casts no shadow; the product is exposed against
    the ground at its foot."""
    objects, _ = build_studio(product, assets)
    add_ground(visible=True)
    frame = engine.render(samples, scale)[..., :3]
    coverage = engine.object_alpha(objects, 32, scale)
    for obj in objects:
        obj.hide_render = True
    empty = engine.render(10, scale)[..., :3]
    white = ground_level(empty, coverage)
    return join_ground(frame, empty, coverage, white / product.exposure), coverage


def ground_level(empty: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """Radiance (RGB) of the empty ground where the product's foot will be."""
    rows, columns = np.where(coverage > 0.5)
    foot = rows >= np.percentile(rows, 90)
    return empty[rows[foot], columns[foot]].mean(0)


def join_ground(
    frame: np.ndarray, empty: np.ndarray, coverage: np.ndarray, white: np.ndarray
) -> np.ndarray:
    """Product exposed for `white` on ground divided by its empty frame."""
    alpha = coverage[..., None]
    shade = (frame / empty).mean(-1, keepdims=True)
    border = np.concatenate([shade[:8].ravel(), shade[:, :8].ravel(), shade[:, -8:].ravel()])
    shade = np.clip(shade / np.percentile(border, 12), 0, 1)
    exposed, lifted = roll_off(frame / white), 1 - roll_off(empty / white)
    behind = nearest(shade, coverage >= 0.002)
    return np.where(alpha < 0.002, shade, exposed + (1 - alpha) * behind * lifted)


def roll_off(rgb: np.ndarray) -> np.ndarray:
    """Keep highlights of the product below clipping."""
    return develop.shoulder(rgb, 0.72)


def shoot_cut_out(
    product: Product, assets: str, samples: int, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Linear RGB (not multiplied by coverage) and coverage, lit as on white ground."""
    objects, _ = build_studio(product, assets)
    ground = add_ground(visible=False)
    frame = engine.render(samples, scale, transparent=True)
    coverage = np.clip(frame[..., 3], 0, 1)
    ground.visible_camera = True
    for obj in objects:
        obj.hide_render = True
    empty = engine.render(10, scale)[..., :3]
    white = ground_level(empty, coverage) / product.exposure
    rgb = frame[..., :3] / np.maximum(coverage, 1e-3)[..., None]
    rgb = nearest(rgb, coverage < 0.25)
    return roll_off(rgb / white), np.where(coverage < 0.004, 0, coverage)


def nearest(values: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """`values`, with those marked `unknown` taken from the nearest other pixel."""
    rows, columns = ndimage.distance_transform_edt(
        unknown, return_distances=False, return_indices=True
    )
    return values[rows, columns]
