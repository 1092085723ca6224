"""Cycles set-up, camera and rendering to arrays."""

from __future__ import annotations

import math
import os
import tempfile

import bpy
import numpy as np
from mathutils import Vector

from specs import SENSOR_MM, Camera


def reset() -> None:
    """Start from an empty file with Cycles on the CPU set up for interiors."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.view_settings.view_transform = "Raw"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 6, 5, 3
    cycles.transmission_bounces, cycles.transparent_max_bounces = 4, 12
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.blur_glossy = 0.8
    cycles.sample_clamp_indirect = 8.0
    cycles.use_light_tree = False
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = "ACCURATE"
    image = scene.render.image_settings
    image.file_format, image.color_mode, image.color_depth = "OPEN_EXR", "RGBA", "32"


def set_camera(camera: Camera) -> None:
    """Look through `camera`: horizontal sensor fit, upright verticals are not forced."""
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_width, data.sensor_fit = camera.lens_mm, SENSOR_MM, "HORIZONTAL"
    data.shift_x, data.shift_y = camera.shift_x, camera.shift_y
    data.clip_start = 0.02
    obj = bpy.data.objects.new("camera", data)
    scene = bpy.context.scene
    scene.collection.objects.link(obj)
    obj.location = camera.position
    direction = Vector(camera.target) - Vector(camera.position)
    obj.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()
    scene.camera = obj
    scene.render.resolution_x, scene.render.resolution_y = camera.width, camera.height


def render(
    samples: int, scale: float = 1.0, denoise: bool = True, transparent: bool = False, seed: int = 1
) -> np.ndarray:
    """Render the current scene; linear RGBA float array, top row first."""
    scene = bpy.context.scene
    scene.cycles.samples = samples
    scene.cycles.use_adaptive_sampling = denoise
    scene.cycles.adaptive_threshold, scene.cycles.adaptive_min_samples = 0.035, 16
    scene.cycles.use_denoising = denoise
    scene.cycles.seed = seed
    scene.render.film_transparent = transparent
    scene.render.resolution_percentage = max(1, round(100 * scale))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "frame.exr")
        scene.render.filepath = path
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(path)
        width, height = image.size
        pixels = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(pixels)
        bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1].copy()


def object_alpha(objects: set[bpy.types.Object], samples: int, scale: float) -> np.ndarray:
    """Anti-aliased coverage of the visible part of `objects`; everything else holds out."""
    scene = bpy.context.scene
    for obj in scene.objects:
        if obj.type in {"MESH", "CURVE"}:
            obj.is_holdout = obj not in objects
    bounces = scene.cycles.max_bounces
    scene.cycles.max_bounces = 0
    alpha = render(samples, scale, denoise=False, transparent=True)[..., 3]
    scene.cycles.max_bounces = bounces
    for obj in scene.objects:
        obj.is_holdout = False
    return np.clip(alpha, 0, 1)


def planckian(kelvin: float) -> tuple[float, float, float]:
    """Linear sRGB colour of a black body at `kelvin`, luminance 1 (Kim et al. 2002 locus)."""
    t = 1e3 / kelvin
    if kelvin < 4000:
        x = ((-0.2661239 * t - 0.2343589) * t + 0.8776956) * t + 0.179910
        y = ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
    else:
        x = ((-3.0258469 * t + 2.1070379) * t + 0.2226347) * t + 0.240390
        y = ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483
    big_x, big_z = x / y, (1 - x - y) / y
    rgb = (
        3.2406 * big_x - 1.5372 - 0.4986 * big_z,
        -0.9689 * big_x + 1.8758 + 0.0415 * big_z,
        0.0557 * big_x - 0.2040 + 1.0570 * big_z,
    )
    return tuple(max(channel, 0.004) for channel in rgb)


def area_light(
    position: tuple[float, float, float],
    toward: tuple[float, float, float],
    size: tuple[float, float],
    watts: float,
    kelvin: float,
) -> bpy.types.Object:
    """Rectangular light which the camera does not see."""
    data = bpy.data.lights.new("area", "AREA")
    data.shape, data.size, data.size_y = "RECTANGLE", size[0], size[1]
    data.energy, data.color = watts, planckian(kelvin)
    obj = bpy.data.objects.new("area", data)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = position
    direction = Vector(toward) - Vector(position)
    obj.rotation_euler = direction.to_track_quat("-Z", "Z").to_euler()
    obj.visible_camera = False
    return obj


def sun_light(
    direction: tuple[float, float, float], strength: float, kelvin: float, size_deg: float = 0.55
) -> None:
    """Sun which shines along `direction`."""
    data = bpy.data.lights.new("sun", "SUN")
    data.energy, data.color, data.angle = strength, planckian(kelvin), math.radians(size_deg)
    obj = bpy.data.objects.new("sun", data)
    bpy.context.scene.collection.objects.link(obj)
    obj.rotation_euler = Vector(direction).to_track_quat("-Z", "Y").to_euler()


def point_light(
    position: tuple[float, float, float], watts: float, kelvin: float, radius: float = 0.04
) -> None:
    """A bulb."""
    data = bpy.data.lights.new("bulb", "POINT")
    data.energy, data.color, data.shadow_soft_size = watts, planckian(kelvin), radius
    obj = bpy.data.objects.new("bulb", data)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = position
    obj.visible_camera = False


def world_colour(colour: tuple[float, float, float], strength: float) -> None:
    """Even surroundings."""
    _background().inputs["Color"].default_value = (*colour, 1)
    _background().inputs["Strength"].default_value = strength


def world_view(
    hdri: str, strength: float, turn_deg: float, tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> None:
    """An HDRI outside which only the camera and reflections see."""
    background = _background()
    world = bpy.context.scene.world
    tree = world.node_tree
    image = tree.nodes.new("ShaderNodeTexEnvironment")
    image.image = bpy.data.images.load(hdri, check_existing=True)
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Rotation"].default_value[2] = math.radians(turn_deg)
    coordinates = tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(coordinates.outputs["Generated"], mapping.inputs[0])
    tree.links.new(mapping.outputs[0], image.inputs[0])
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
    mix.inputs[0].default_value = 1.0
    tree.links.new(image.outputs[0], mix.inputs[6])
    mix.inputs[7].default_value = (*tint, 1)
    tree.links.new(mix.outputs[2], background.inputs["Color"])
    background.inputs["Strength"].default_value = strength
    world.cycles_visibility.diffuse = False


def _background() -> bpy.types.Node:
    """The world's background node; makes the world when there is none."""
    scene = bpy.context.scene
    if scene.world is None:
        scene.world = bpy.data.worlds.new("world")
        scene.world.use_nodes = True
    return scene.world.node_tree.nodes["Background"]
