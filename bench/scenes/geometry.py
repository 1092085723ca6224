"""Small mesh builders: boxes with bevels, turned shapes, tubes, groups."""

from __future__ import annotations

import math
from collections.abc import Sequence

import bpy

Vec3 = tuple[float, float, float]
_CORNERS = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
_FACES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def mesh(
    name: str,
    vertices: Sequence[Vec3],
    faces: Sequence[Sequence[int]],
    material: bpy.types.Material,
    uvs: Sequence[tuple[float, float]] | None = None,
    smooth: bool = False,
    parent: bpy.types.Object | None = None,
) -> bpy.types.Object:
    """Link a mesh; `uvs` has one entry per vertex."""
    data = bpy.data.meshes.new(name)
    data.from_pydata(vertices, [], faces)
    data.materials.append(material)
    if uvs is not None:
        layer = data.uv_layers.new(name="UVMap")
        for index, loop in enumerate(data.loops):
            layer.data[index].uv = uvs[loop.vertex_index]
    if smooth:
        data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    obj.parent = parent
    return obj


def box(
    low: Vec3,
    high: Vec3,
    material: bpy.types.Material,
    bevel: float = 0.0,
    parent: bpy.types.Object | None = None,
    turn: Vec3 | None = None,
    segments: int = 3,
) -> bpy.types.Object:
    """Axis-aligned box (before `turn`, radians) with UVs in metres."""
    low, high = tuple(map(min, low, high)), tuple(map(max, low, high))
    half = [(b - a) / 2 for a, b in zip(low, high, strict=True)]
    vertices, faces, uvs = [], [], []
    for corners in _FACES:
        points = [tuple(s * h for s, h in zip(_CORNERS[i], half, strict=True)) for i in corners]
        axes = [a for a in range(3) if len({p[a] for p in points}) > 1]
        faces.append(tuple(range(len(vertices), len(vertices) + 4)))
        vertices += points
        uvs += [(p[axes[0]] + low[axes[0]], p[axes[1]] + low[axes[1]]) for p in points]
    obj = mesh("box", vertices, faces, material, uvs, parent=parent)
    obj.location = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    if turn:
        obj.rotation_euler = turn
    if bevel:
        round_edges(obj, min(bevel, 0.49 * 2 * min(half)), segments)
    return obj


def round_edges(obj: bpy.types.Object, width: float, segments: int = 3) -> None:
    """Weld, bevel and smooth."""
    weld = obj.modifiers.new("weld", "WELD")
    weld.merge_threshold = 1e-5
    bevel = obj.modifiers.new("bevel", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method = width, segments, "ANGLE"
    obj.data.polygons.foreach_set("use_smooth", [True] * len(obj.data.polygons))
    normals = obj.modifiers.new("normals", "WEIGHTED_NORMAL")
    normals.keep_sharp = False


def lathe(
    profile: Sequence[tuple[float, float]],
    material: bpy.types.Material,
    at: Vec3 = (0, 0, 0),
    parent: bpy.types.Object | None = None,
    segments: int = 72,
) -> bpy.types.Object:
    """Turn a (radius, height) profile about the z axis."""
    vertices, faces, uvs = [], [], []
    count = len(profile)
    for step in range(segments + 1):
        angle = 2 * math.pi * step / segments
        for radius, height in profile:
            vertices.append((radius * math.cos(angle), radius * math.sin(angle), height))
            uvs.append((step / segments, height))
    for step in range(segments):
        for row in range(count - 1):
            a = step * count + row
            faces.append((a, a + count, a + count + 1, a + 1))
    obj = mesh("lathe", vertices, faces, material, uvs, smooth=True, parent=parent)
    obj.location = at
    split = obj.modifiers.new("split", "EDGE_SPLIT")
    split.split_angle = math.radians(40)
    return obj


def cylinder(
    radius: float,
    low: float,
    high: float,
    material: bpy.types.Material,
    at: tuple[float, float] = (0, 0),
    parent: bpy.types.Object | None = None,
    top_radius: float | None = None,
) -> bpy.types.Object:
    """Upright closed cylinder or cone frustum with softened rims."""
    top = radius if top_radius is None else top_radius
    rim = min(0.003, 0.2 * radius, 0.3 * (high - low))
    profile = [
        (0, low),
        (radius - rim, low),
        (radius, low + rim),
        (top, high - rim),
        (top - rim, high),
        (0, high),
    ]
    return lathe(profile, material, (*at, 0), parent)


def tube(
    points: Sequence[Vec3],
    radius: float,
    material: bpy.types.Material,
    parent: bpy.types.Object | None = None,
    taper: float = 1.0,
) -> bpy.types.Object:
    """Round rod along a smooth line; `taper` is the radius at the end relative to the start."""
    curve = bpy.data.curves.new("tube", "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", radius, 4
    curve.use_fill_caps = True
    spline = curve.splines.new("NURBS")
    spline.points.add(len(points) - 1)
    for index, (point, target) in enumerate(zip(points, spline.points, strict=True)):
        target.co = (*point, 1)
        target.radius = 1 + (taper - 1) * index / max(1, len(points) - 1)
    spline.use_endpoint_u, spline.order_u = True, min(4, len(points))
    curve.materials.append(material)
    obj = bpy.data.objects.new("tube", curve)
    bpy.context.scene.collection.objects.link(obj)
    obj.parent = parent
    return obj


def group(at: Vec3 = (0, 0, 0), turn_deg: float = 0.0, scale: float = 1.0) -> bpy.types.Object:
    """An empty to hang parts on."""
    obj = bpy.data.objects.new("group", None)
    bpy.context.scene.collection.objects.link(obj)
    obj.location, obj.scale = at, (scale,) * 3
    obj.rotation_euler[2] = math.radians(turn_deg)
    return obj


def family(root: bpy.types.Object) -> set[bpy.types.Object]:
    """The object and all that hangs on it."""
    return {root, *root.children_recursive}
