"""The renderer's set-up, and a product alone in a white studio."""

from __future__ import annotations

import bpy
import numpy as np
import transport

import engine

REACH = 2.6  # of the softboxes, in sizes of the product


def reset() -> None:
    """An empty scene, to be rendered small and often by one thread."""
    engine.reset()
    scene = bpy.context.scene
    scene.cycles.max_bounces, scene.cycles.diffuse_bounces = 5, 4
    scene.cycles.denoising_prefilter = "FAST"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.use_persistent_data = True


def shoot(
    random: np.random.Generator, product: set, points: np.ndarray, clay: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """The product alone under softboxes from a side drawn at random; linear RGBA of the frame.

    With `clay` also how it takes light [H, W, 6]: its shading and coverage in that studio, and its
    transport.
    """
    scene = bpy.context.scene
    others = [
        o for o in scene.objects if o not in product and not o.hide_render and o.type != "CAMERA"
    ]
    for obj in others:
        obj.hide_render = True
    world = scene.world
    scene.world = None
    engine.world_colour((1.0, 1.0, 1.0), float(random.uniform(0.4, 0.75)))
    before = set(scene.objects)
    middle, size = (points.min(0) + points.max(0)) / 2, float(np.ptp(points, axis=0).max())
    reach = max(1.2, REACH * size)
    forward = np.array(middle) - np.array(scene.camera.location)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1])
    if np.linalg.norm(right) < 0.1:  # straight down
        right = np.array([1.0, 0, 0])
    right /= np.linalg.norm(right)
    upward = np.cross(right, forward)
    side, key = float(random.choice([-1, 1])), float(random.uniform(0.7, 1.25))
    for across, up, along, power in [
        (1.0, 0.9, -0.7, 1.0),
        (-1.1, 0.35, -0.8, 0.35),
        (-0.3, 1.5, 0.6, 0.45),
    ]:
        way = side * across * right + up * upward + along * forward
        at = middle + way / np.linalg.norm(way) * reach
        engine.area_light(
            tuple(at), tuple(middle), (0.6 * reach,) * 2, 11.0 * key * power * reach**2, 6300
        )
    frame = engine.render(12, denoise=True, transparent=True)
    shaded = transport.shading() if clay else None
    for obj in set(scene.objects) - before:
        bpy.data.objects.remove(obj, do_unlink=True)
    solid = None
    if shaded is not None:
        solid = np.concatenate([shaded, transport.transport(transport.camera_yaw())], -1)
    scene.render.film_transparent = False
    studio, scene.world = scene.world, world
    bpy.data.worlds.remove(studio)
    for obj in others:
        obj.hide_render = False
    return frame, solid
