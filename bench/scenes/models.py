"""Imported CC0 models: placing them, their extent, changes to their materials."""

from __future__ import annotations

import os

import bpy
import numpy as np

import materials
from geometry import group
from specs import Item

Root = bpy.types.Object


def place_model(item: Item, assets: str) -> Root:
    """Import a glTF model, centred on its footprint, standing on its lowest point."""
    before = set(bpy.data.objects)
    path = os.path.join(assets, "glb", item.kind.removeprefix("model:") + ".glb")
    bpy.ops.import_scene.gltf(filepath=path)
    new = [obj for obj in bpy.data.objects if obj not in before]
    bpy.context.view_layer.update()
    low, high = bounds(new)
    root, inner = group(item.at, item.turn, item.scale), group()
    inner.parent = root
    inner.location = (-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])
    for obj in new:
        if obj.parent is None:
            obj.parent = inner
        if obj.type == "MESH" and item.options.get("smooth"):
            _subdivide(obj, item.options["smooth"])
        for slot in getattr(obj, "material_slots", []):
            adjust_model_material(slot.material, item.options)
    bpy.context.view_layer.update()
    return root


def _subdivide(obj: Root, levels: int) -> None:
    """Round off a coarse model."""
    weld = obj.modifiers.new("weld", "WELD")
    weld.merge_threshold = 1e-4
    smooth = obj.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = levels


def points_of(objects: list[Root] | set[Root]) -> np.ndarray:
    """World positions of all mesh vertices, with modifiers."""
    graph = bpy.context.evaluated_depsgraph_get()
    found = []
    for obj in objects:
        if obj.type in {"MESH", "CURVE"}:
            shape = obj.evaluated_get(graph)
            data = shape.to_mesh()
            points = np.empty(len(data.vertices) * 3, np.float32)
            data.vertices.foreach_get("co", points)
            matrix = np.array(obj.matrix_world)
            found.append(points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
            shape.to_mesh_clear()
    return np.concatenate(found)


def bounds(objects: list[Root] | set[Root]) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner."""
    points = points_of(objects)
    return points.min(0), points.max(0)


def adjust_model_material(material: bpy.types.Material | None, options: dict) -> None:
    """`tint` multiplies the colour; `recolour` repaints what is not wood;
    `roughness` maps the roughness 0..1 to a range; `sheen` makes it velvety."""
    if material is None or material.get("adjusted"):
        return
    material["adjusted"] = True
    tree = material.node_tree
    shader = next((n for n in tree.nodes if n.type == "BSDF_PRINCIPLED"), None)
    if shader is None:
        return
    base = shader.inputs["Base Color"]
    if base.links and "tint" in options:
        mix = tree.nodes.new("ShaderNodeMix")
        mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
        mix.inputs[0].default_value = 1
        tree.links.new(base.links[0].from_socket, mix.inputs[6])
        mix.inputs[7].default_value = (*options["tint"], 1)
        tree.links.new(mix.outputs[2], base)
    if base.links and "recolour" in options:
        _recolour_greys(tree, base, options["recolour"], options.get("gain", 3.0))
    rough = shader.inputs["Roughness"]
    if rough.links and "roughness" in options:
        low, high = options["roughness"]
        scale = tree.nodes.new("ShaderNodeMapRange")
        tree.links.new(rough.links[0].from_socket, scale.inputs["Value"])
        scale.inputs["To Min"].default_value, scale.inputs["To Max"].default_value = low, high
        tree.links.new(scale.outputs[0], rough)
    if "sheen" in options:
        shader.inputs["Sheen Weight"].default_value = options["sheen"]


def _recolour_greys(
    tree: bpy.types.NodeTree,
    base: bpy.types.NodeSocket,
    colour: tuple[float, float, float],
    gain: float,
) -> None:
    """Replace the areas less red than wood by `colour`, shaded by their own
    brightness times `gain`."""
    source = base.links[0].from_socket
    split = tree.nodes.new("ShaderNodeSeparateColor")
    tree.links.new(source, split.inputs[0])
    level = tree.nodes.new("ShaderNodeMath")
    level.operation = "MULTIPLY_ADD"
    tree.links.new(split.outputs[1], level.inputs[0])
    level.inputs[1].default_value, level.inputs[2].default_value = gain, 0.8
    bright = tree.nodes.new("ShaderNodeVectorMath")
    bright.operation = "SCALE"
    bright.inputs[0].default_value = materials.linear(colour)[:3]
    tree.links.new(level.outputs[0], bright.inputs["Scale"])
    floor = tree.nodes.new("ShaderNodeMath")
    floor.operation = "ADD"
    tree.links.new(split.outputs[1], floor.inputs[0])
    floor.inputs[1].default_value = 0.0015
    ratio = tree.nodes.new("ShaderNodeMath")
    ratio.operation = "DIVIDE"
    tree.links.new(split.outputs[0], ratio.inputs[0])
    tree.links.new(floor.outputs[0], ratio.inputs[1])
    wooden = tree.nodes.new("ShaderNodeMapRange")
    wooden.inputs["From Min"].default_value = 1.9
    wooden.inputs["From Max"].default_value = 2.4
    tree.links.new(ratio.outputs[0], wooden.inputs["Value"])
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    tree.links.new(wooden.outputs[0], mix.inputs[0])
    tree.links.new(bright.outputs[0], mix.inputs[6])
    tree.links.new(source, mix.inputs[7])
    tree.links.new(mix.outputs[2], base)
