"""Cycles materials. Colours are given as sRGB 0..1."""

from __future__ import annotations

import os
from collections.abc import Callable

import bpy
import numpy as np

import textures

Colour = tuple[float, float, float]


def linear(colour: Colour) -> tuple[float, float, float, float]:
    """sRGB to linear RGBA."""
    return (*(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour), 1.0)


def picture(name: str, pixels: np.ndarray, data: bool = False) -> bpy.types.Image:
    """A Blender image from an array (rows from the top; grey or RGB, sRGB values)."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, 2)
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height)
    image.colorspace_settings.name = "Non-Color" if data else "sRGB"
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = pixels[::-1]
    image.pixels.foreach_set(rgba.ravel())
    image.pack()
    return image


def picture_file(path: str, data: bool = False) -> bpy.types.Image:
    """A Blender image from a file."""
    image = bpy.data.images.load(path, check_existing=True)
    if data:
        image.colorspace_settings.name = "Non-Color"
    return image


class Builder:
    """One Principled material with helpers to add texture nodes."""

    def __init__(
        self,
        name: str,
        colour: Colour = (0.8, 0.8, 0.8),
        roughness: float = 0.5,
        metallic: float = 0.0,
        specular: float = 0.5,
        sheen: float = 0.0,
    ) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]
        inputs = self.shader.inputs
        inputs["Base Color"].default_value = linear(colour)
        inputs["Roughness"].default_value = roughness
        inputs["Metallic"].default_value = metallic
        inputs["Specular IOR Level"].default_value = specular
        inputs["Sheen Weight"].default_value = sheen
        self.mapping: bpy.types.Node | None = None

    def link(self, source: bpy.types.NodeSocket, target: bpy.types.NodeSocket | str) -> None:
        """Connect to a socket, or to a named input of the shader."""
        if isinstance(target, str):
            target = self.shader.inputs[target]
        self.tree.links.new(source, target)

    def node(self, kind: str) -> bpy.types.Node:
        """Add a node."""
        return self.tree.nodes.new(kind)

    def map_uv(self, tile_m: float, turn: float = 0.0, coordinates: str = "UV") -> None:
        """Textures added next repeat every `tile_m` metres, turned by `turn` radians."""
        source, self.mapping = self.node("ShaderNodeTexCoord"), self.node("ShaderNodeMapping")
        self.link(source.outputs[coordinates], self.mapping.inputs[0])
        self.mapping.inputs["Scale"].default_value = (1 / tile_m,) * 3
        self.mapping.inputs["Rotation"].default_value[2] = turn

    def image(self, image: bpy.types.Image) -> bpy.types.NodeSocket:
        """Colour socket of an image texture on the current mapping."""
        node = self.node("ShaderNodeTexImage")
        node.image = image
        if self.mapping:
            self.link(self.mapping.outputs[0], node.inputs[0])
        return node.outputs[0]

    def noise(self, scale: float, detail: float = 3.0) -> bpy.types.NodeSocket:
        """Grey noise on object coordinates."""
        source, node = self.node("ShaderNodeTexCoord"), self.node("ShaderNodeTexNoise")
        self.link(source.outputs["Object"], node.inputs["Vector"])
        node.inputs["Scale"].default_value, node.inputs["Detail"].default_value = scale, detail
        return node.outputs[0]

    def tint(self, source: bpy.types.NodeSocket, colour: Colour) -> bpy.types.NodeSocket:
        """Multiply by a colour."""
        mix = self.node("ShaderNodeMix")
        mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
        mix.inputs[0].default_value = 1.0
        self.link(source, mix.inputs[6])
        mix.inputs[7].default_value = linear(colour)
        return mix.outputs[2]

    def ramp(self, source: bpy.types.NodeSocket, low: float, high: float) -> bpy.types.NodeSocket:
        """Map 0..1 to low..high."""
        node = self.node("ShaderNodeMapRange")
        self.link(source, node.inputs["Value"])
        node.inputs["To Min"].default_value, node.inputs["To Max"].default_value = low, high
        return node.outputs[0]

    def bump(self, height: bpy.types.NodeSocket, distance: float, strength: float = 0.6) -> None:
        """Relief from a grey texture."""
        node = self.node("ShaderNodeBump")
        node.inputs["Distance"].default_value = distance
        node.inputs["Strength"].default_value = strength
        self.link(height, node.inputs["Height"])
        self.link(node.outputs[0], "Normal")

    def normal_map(self, source: bpy.types.NodeSocket, strength: float) -> None:
        """Relief from a normal map."""
        node = self.node("ShaderNodeNormalMap")
        node.inputs["Strength"].default_value = strength
        self.link(source, node.inputs["Color"])
        self.link(node.outputs[0], "Normal")

    def translucent(self, colour: Colour, amount: float) -> None:
        """Let `amount` of the light through, scattered, as cloth and leaves do."""
        glow, mix = self.node("ShaderNodeBsdfTranslucent"), self.node("ShaderNodeMixShader")
        glow.inputs["Color"].default_value = linear(colour)
        mix.inputs[0].default_value = amount
        output = self.tree.nodes["Material Output"]
        self.link(self.shader.outputs[0], mix.inputs[1])
        self.link(glow.outputs[0], mix.inputs[2])
        self.link(mix.outputs[0], output.inputs["Surface"])


def plain(
    name: str, colour: Colour, roughness: float = 0.5, metallic: float = 0.0, specular: float = 0.5
) -> bpy.types.Material:
    """One even colour."""
    return Builder(name, colour, roughness, metallic, specular).material


def wall_paint(name: str, colour: Colour, normal_file: str | None) -> bpy.types.Material:
    """Rolled matt emulsion: faint relief and cloudiness."""
    build = Builder(name, colour, 0.72, specular=0.3)
    lighter = tuple(min(1.0, c * 1.02) for c in colour)
    cloud = build.ramp(build.noise(1.3, 4), 0.94, 1.0)
    join = build.node("ShaderNodeCombineColor")
    for index in range(3):
        build.link(cloud, join.inputs[index])
    build.link(build.tint(join.outputs[0], lighter), "Base Color")
    if normal_file and os.path.exists(normal_file):
        build.map_uv(1.1)
        build.normal_map(build.image(picture_file(normal_file, data=True)), 0.3)
    return build.material


def photographed(
    name: str,
    folder: str,
    files: tuple[str, str, str],
    tile_m: float,
    turn: float = 0.0,
    tint: Colour | None = None,
    rough: tuple[float, float] = (0.0, 1.0),
    relief: float = 0.8,
) -> bpy.types.Material:
    """A scanned surface: colour, roughness and normal files."""
    build = Builder(name)
    build.map_uv(tile_m, turn)
    colour, roughness, normal = (os.path.join(folder, file) for file in files)
    source = build.image(picture_file(colour))
    build.link(build.tint(source, tint) if tint else source, "Base Color")
    grey = build.image(picture_file(roughness, data=True))
    build.link(build.ramp(grey, *rough), "Roughness")
    build.normal_map(build.image(picture_file(normal, data=True)), relief)
    return build.material


def parquet(
    photo_file: str,
    seed: int,
    block_m: float = 0.085,
    gain: float = 1.0,
    warm: Colour = (1.0, 1.0, 1.0),
    contrast: float = 1.0,
    rough: tuple[float, float] = (0.34, 0.5),
) -> bpy.types.Material:
    """Lacquered herringbone whose blocks are cut from a photographed floor."""
    blocks, periods = 7, 3
    photo = textures.load(photo_file)
    mean = photo.mean((0, 1))
    photo = np.clip((mean + (photo - mean) * contrast) * gain * np.array(warm), 0, 1)
    colour, height = textures.herringbone(photo, seed, blocks, periods)
    build = Builder("parquet", specular=0.5)
    build.map_uv(2 * blocks * periods * block_m, np.pi / 4)
    build.link(build.image(picture("parquet", colour)), "Base Color")
    relief = build.image(picture("parquet_height", height, data=True))
    build.bump(relief, 0.0012, 0.5)
    build.link(build.ramp(build.noise(3.0, 5), *rough), "Roughness")
    return build.material


def cloth(
    name: str, colour: Colour, tile_m: float = 0.35, through: float = 0.0, sheen: float = 0.2
) -> bpy.types.Material:
    """Linen-like weave; `through` is the share of light that passes."""
    build = Builder(name, colour, 0.9, specular=0.2, sheen=sheen)
    build.map_uv(tile_m)
    weave = textures.linen(5)
    grey = build.image(_once("linen", lambda: weave))
    build.link(build.tint(grey, colour), "Base Color")
    relief = build.image(_once("linen_height", lambda: weave, data=True))
    build.bump(relief, 0.001, 0.5)
    if through:
        build.translucent(colour, through)
    return build.material


def wood(
    name: str,
    photo_file: str,
    tint: Colour = (1, 1, 1),
    tile_m: float = 1.2,
    roughness: float = 0.45,
    turn: float = 0.0,
) -> bpy.types.Material:
    """Furniture wood: one plank of a photographed floor."""
    photo = textures.load(photo_file)
    width = photo.shape[1] // textures.PLANK_COLUMNS
    plank = photo[:, 8 : width - 8]
    mirrored = np.concatenate([plank, plank[:, ::-1]], 1)
    build = Builder(name, roughness=roughness)
    build.map_uv(tile_m, turn)
    build.mapping.inputs["Scale"].default_value = (4 / tile_m, 1 / tile_m, 1)
    grain = build.image(_once("plank", lambda: mirrored))
    build.link(build.tint(grain, tint), "Base Color")
    return build.material


def art(name: str, pixels: np.ndarray) -> bpy.types.Material:
    """A print behind nothing; UVs 0..1."""
    build = Builder(name, roughness=0.6, specular=0.25)
    build.link(build.image(picture(name, pixels)), "Base Color")
    return build.material


def rug(name: str, colour: np.ndarray, height: np.ndarray) -> bpy.types.Material:
    """Wool; UVs 0..1."""
    build = Builder(name, roughness=0.95, specular=0.1, sheen=0.15)
    build.link(build.image(picture(name, colour)), "Base Color")
    build.bump(build.image(picture(name + "_height", height, data=True)), 0.004)
    return build.material


def leaf(name: str, colour: Colour, roughness: float = 0.35) -> bpy.types.Material:
    """A leaf that glows against the light."""
    build = Builder(name, colour, roughness, specular=0.4)
    cloud = build.ramp(build.noise(22.0, 3), 0.6, 1.15)
    join = build.node("ShaderNodeCombineColor")
    for index in range(3):
        build.link(cloud, join.inputs[index])
    build.link(build.tint(join.outputs[0], colour), "Base Color")
    build.translucent((min(1, colour[0] * 1.5), min(1, colour[1] * 1.45), colour[2] * 0.7), 0.3)
    return build.material


def lampshade(colour: Colour = (0.93, 0.87, 0.76)) -> bpy.types.Material:
    """Fabric shade lit from inside."""
    return cloth("shade", colour, 0.3, through=0.3, sheen=0.0)


def _once(name: str, make: Callable[[], np.ndarray], data: bool = False) -> bpy.types.Image:
    """A picture shared by several materials."""
    return bpy.data.images.get(name) or picture(name, make(), data)
