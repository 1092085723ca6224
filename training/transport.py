"""How a product takes light, whatever its colours: rendered in clay under skies of first order.

Light that arrives at a place is, to first order, even light plus light that grows in one direction
(Ramamoorthi & Hanrahan, "An efficient representation for irradiance environment maps", SIGGRAPH
2001). What a surface makes of the four of them (even, growing to the right, away from the camera,
up) with its own shadows and inter-reflections is its transport (Sloan et al., "Precomputed
radiance transfer", SIGGRAPH 2002); under the studio's lamps it is the shading that its photo
already has.
"""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Vector

import engine
import materials

ALBEDO = 0.73  # of the clay, in sRGB
SAMPLES = 12


def shading() -> np.ndarray:
    """What is in the scene, in clay under its own lights [H, W, 2]: shading and coverage."""
    layer = bpy.context.view_layer
    layer.material_override = _clay()
    frame = engine.render(SAMPLES, denoise=True, transparent=True)
    layer.material_override = None
    return np.stack([frame[..., :3].mean(-1), frame[..., 3]], -1)


def transport(yaw: float) -> np.ndarray:
    """What is in the scene, in clay under the four skies [H, W, 4]; no other light may be on.

    Args:
        yaw: of the camera, in radians: 0 looks along +y, positive turns to -x.
    """
    scene = bpy.context.scene
    before, scene.world = scene.world, bpy.data.worlds.new("sky")
    vectors = _sky(scene.world)
    bpy.context.view_layer.material_override = _clay()
    right, away = (math.cos(yaw), math.sin(yaw), 0), (-math.sin(yaw), math.cos(yaw), 0)
    found = []
    for skies in (((0, 0, 0), right, away), ((0, 0, 1),) * 3):
        for vector, sky in zip(vectors, skies, strict=True):
            vector.default_value = sky
        found.append(engine.render(SAMPLES, denoise=True, transparent=True)[..., :3])
    bpy.context.view_layer.material_override = None
    sky, scene.world = scene.world, before
    bpy.data.worlds.remove(sky)
    even = 2 * found[0][..., :1]
    grown = np.concatenate([found[0][..., 1:], found[1][..., :1]], -1)
    return np.concatenate([even, 2 * grown - even], -1)


def _sky(world: bpy.types.World) -> list[bpy.types.NodeSocket]:
    """Make `world` shine (1 + direction . vector) / 2 in each of red, green and blue.

    Skies cannot be negative, hence the half. Returns the sockets of the three vectors.
    """
    world.use_nodes = True
    world.cycles.sampling_method = "NONE"  # skies are smooth: the clay's own rays find them
    tree = world.node_tree
    where = tree.nodes.new("ShaderNodeTexCoord")
    join = tree.nodes.new("ShaderNodeCombineColor")
    tree.links.new(join.outputs[0], tree.nodes["Background"].inputs["Color"])
    vectors = []
    for channel in range(3):
        dot = tree.nodes.new("ShaderNodeVectorMath")
        dot.operation = "DOT_PRODUCT"
        tree.links.new(where.outputs["Generated"], dot.inputs[0])
        half = tree.nodes.new("ShaderNodeMath")
        half.operation = "MULTIPLY_ADD"
        tree.links.new(dot.outputs["Value"], half.inputs[0])
        half.inputs[1].default_value = half.inputs[2].default_value = 0.5
        tree.links.new(half.outputs[0], join.inputs[channel])
        vectors.append(dot.inputs[1])
    return vectors


def camera_yaw() -> float:
    """Of the scene's camera: see `transport`."""
    bpy.context.view_layer.update()
    forward = bpy.context.scene.camera.matrix_world.to_3x3() @ Vector((0, 0, -1))
    return math.atan2(-forward[0], forward[1])


def _clay() -> bpy.types.Material:
    return materials.plain("clay", (ALBEDO,) * 3, 1.0, specular=0.0)
