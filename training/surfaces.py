"""Render furnished rooms with what of them is floor and what stands on it.

    python training/surfaces.py --assets DIR --out SURFACES --first 0 --rooms 500

Rooms as in `rooms.py`, fuller: things stand between the camera and the middle of the room, too,
cut off by the frame's lower edge, and rugs of every tone lie on the floor, so that a dark thing on
the ground may be either.

Writes one file per room, SURFACES/00000.npz, with for each view v the linear frame `main_v`
[H, W, 3] (half floats) and `shares_v` [H, W, 2]: how much of a pixel is ground (floor and rugs)
and how much stands (bytes, 255 = all), and `depth_v` [H, W]: metres along the camera's axis (half
floats, 0 where there is nothing).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench" / "scenes"))

import bpy
import furniture
import numbered
import placing
import rooms
import studio
from numbered import render_each

import engine
import materials
import props
from geometry import family
from specs import Camera, Room

VIEWS = 3
SAMPLES, EDGE_SAMPLES = 4, 4
LARGER = 4 / 3  # than the frames of the other generators: edges matter here
BEFORE = 0.75  # share of the views with something between the camera and where it looks
RUGS, CARPETS = 0.6, 0.25
TALLEST = 1.0  # metres, of what stands before the camera
ON_IT = 0.4  # share of these with something small on them


def render_room(number: int, assets: str) -> dict[str, np.ndarray] | None:
    """All views of room `number`; None if nothing could be seen in them."""
    random = np.random.default_rng([2031, number])
    light = rooms.draw_light(random)
    room = rooms.draw(random, light)
    wood = os.path.join(assets, "tex", props.WOOD_FILE)
    studio.reset()
    taken, standing = _furnish(random, room, light, assets)
    for _ in range(int(random.choice([0, 1, 2], p=[1 - RUGS, RUGS - 0.15, 0.15]))):
        placing.lay_rug(random, room, assets)
    if random.random() < CARPETS:
        bpy.data.objects["floor"].data.materials[0] = _carpet(random)
    if bpy.context.scene.world is not None:
        bpy.context.scene.world.cycles.sampling_method = "NONE"
    frames: dict[str, np.ndarray] = {}
    for view in range(VIEWS):
        camera = _camera(random, room)
        nearer = _before(random, room, camera, list(taken), wood)
        frame = _view(camera, standing | nearer)
        if frame is not None:
            frames |= {f"{name}_{view}": values for name, values in frame.items()}
        for obj in nearer:
            bpy.data.objects.remove(obj, do_unlink=True)
    return frames or None


def _furnish(
    random: np.random.Generator, room: Room, light: rooms.Light, assets: str
) -> tuple[list[placing.Footprint], set[bpy.types.Object]]:
    """The room built; what is taken of its floor, and all that stands there."""
    standing: set[bpy.types.Object] = set()
    keep, lamps = placing.piece, rooms.lamps

    def piece(*drawn: object) -> bpy.types.Object:
        root = keep(*drawn)
        roots.append(root)
        return root

    def lit(*drawn: object) -> list[placing.Footprint]:
        there = set(bpy.context.scene.objects)
        found = lamps(*drawn)
        standing.update(set(bpy.context.scene.objects) - there if found else ())
        return found

    roots: list[bpy.types.Object] = []
    placing.piece, rooms.lamps = piece, lit
    try:
        taken = rooms.build(random, room, light, assets)
    finally:
        placing.piece, rooms.lamps = keep, lamps
    there = set(bpy.context.scene.objects)
    for root in roots:
        try:
            standing |= family(root) & there
        except ReferenceError:  # found no place
            continue
    return taken, standing


def _camera(random: np.random.Generator, room: Room) -> Camera:
    """The room's own camera, or one that looks at a place."""
    camera = room.camera
    if random.random() < 0.8:
        x, y = random.uniform(0.2, 0.8) * room.width, random.uniform(0.45, 0.9) * room.depth
        low, high = np.array([x - 0.4, y - 0.4, 0.0]), np.array([x + 0.4, y + 0.4, 0.9])
        camera = rooms.aim(random, room, low, high)
    size = round(LARGER * camera.width), round(LARGER * camera.height)
    return Camera(camera.position, camera.target, camera.lens_mm, *size, shift_y=camera.shift_y)


def _before(
    random: np.random.Generator,
    room: Room,
    camera: Camera,
    taken: list[placing.Footprint],
    wood: str,
) -> set[bpy.types.Object]:
    """Things between the camera and where it looks."""
    found: set[bpy.types.Object] = set()
    if random.random() > BEFORE:
        return found
    eye, target = np.array(camera.position), np.array(camera.target)
    for _ in range(int(random.integers(1, 3))):
        root = furniture.table(random, wood) if random.random() < 0.5 else None
        root = root or furniture.standing(random, wood)
        root.rotation_euler[2] += random.choice([0, np.pi / 2, np.pi, random.uniform(0, 6.3)])
        low, high = placing.extent(root)
        half, middle = (high - low)[:2] / 2, (high + low)[:2] / 2
        if high[2] - low[2] > TALLEST:
            placing.remove(root)
            continue
        for _ in range(10):
            along = random.uniform(0.35, 0.75)
            at = (1 - along) * eye[:2] + along * target[:2] + random.uniform(-1, 1, 2) * [0.9, 0.3]
            spot = tuple(float(v) for v in (*(at - half), *(at + half)))
            inside = spot[0] > 0 and spot[2] < room.width and spot[3] < room.depth
            if inside and spot[1] > eye[1] + 0.45 and placing.is_free(spot, taken):
                root.location = (*(at - middle), -float(low[2]))
                taken.append(spot)
                found |= family(root)
                if random.random() < ON_IT:
                    found |= _on_it(random, spot, float(high[2] - low[2]), wood)
                break
        else:
            placing.remove(root)
    bpy.context.view_layer.update()
    return found


def _on_it(
    random: np.random.Generator, spot: placing.Footprint, top: float, wood: str
) -> set[bpy.types.Object]:
    """Something small in the middle of a thing's top."""
    root = furniture.small(random, wood)
    at = random.uniform(0.35, 0.65, 2)
    root.location = (
        spot[0] + at[0] * (spot[2] - spot[0]),
        spot[1] + at[1] * (spot[3] - spot[1]),
        top,
    )
    return family(root)


def _carpet(random: np.random.Generator) -> bpy.types.Material:
    """Pile that was walked on: its tone goes up and down over some decimetres."""
    build = materials.Builder("carpet", (0.5, 0.5, 0.5), 0.95, specular=0.1, sheen=0.2)
    source, noise, ramp = (
        build.node("ShaderNodeTexCoord"),
        build.node("ShaderNodeTexNoise"),
        build.node("ShaderNodeValToRGB"),
    )
    build.link(source.outputs["Object"], noise.inputs["Vector"])
    noise.inputs["Scale"].default_value = random.uniform(1.0, 8.0)
    noise.inputs["Detail"].default_value = random.uniform(1.0, 6.0)
    colour = np.array(rooms._floor_colour(random))
    vary = random.uniform(0.03, 0.3)
    for stop, factor, at in zip(
        ramp.color_ramp.elements, (1 - vary, 1 + vary), (0.35, 0.65), strict=True
    ):
        stop.position = at
        stop.color = materials.linear(tuple(float(c) for c in np.clip(colour * factor, 0, 1)))
    build.link(noise.outputs[0], ramp.inputs[0])
    build.link(ramp.outputs[0], "Base Color")
    return build.material


def _view(camera: Camera, standing: set[bpy.types.Object]) -> dict[str, np.ndarray] | None:
    """A frame, the shares of ground and of what stands, and the depth; None if it is black."""
    engine.set_camera(camera)
    main = engine.render(SAMPLES, denoise=True)[..., :3]
    if float(main.mean()) < 1e-5:
        return None
    ground = {o for o in bpy.context.scene.objects if o.name.startswith(("floor", "rug"))}
    shares = [engine.object_alpha(what, EDGE_SAMPLES, 1.0) for what in (ground, standing)]
    bpy.context.scene.render.film_transparent = False
    return {
        "main": np.minimum(main, 60000).astype(np.float16),
        "shares": np.round(255 * np.stack(shares, -1)).astype(np.uint8),
        "depth": _depth().astype(np.float16),
    }


def _depth() -> np.ndarray:
    """Metres along the camera's axis [H, W], as everything shines its own."""
    scene = bpy.context.scene
    material = bpy.data.materials.get("depth")
    if material is None:
        material = bpy.data.materials.new("depth")
        material.use_nodes = True
        tree = material.node_tree
        tree.nodes.clear()
        seen, shine, out = (
            tree.nodes.new(kind)
            for kind in ("ShaderNodeCameraData", "ShaderNodeEmission", "ShaderNodeOutputMaterial")
        )
        tree.links.new(seen.outputs["View Z Depth"], shine.inputs["Strength"])
        tree.links.new(shine.outputs[0], out.inputs["Surface"])
    world, bounces = scene.world, scene.cycles.max_bounces
    scene.world, scene.cycles.max_bounces = None, 0
    bpy.context.view_layer.material_override = material
    found = engine.render(1, denoise=False)[..., 0]
    bpy.context.view_layer.material_override = None
    scene.world, scene.cycles.max_bounces = world, bounces
    return found


def main() -> None:
    """Parse the command line and render."""
    arguments = numbered.arguments(__doc__.split("\n")[0]).parse_args()
    render_each(
        arguments.out,
        numbered.numbers(arguments),
        lambda number: render_room(number, arguments.assets),
        lambda frames: f"{sum(name.startswith('main') for name in frames)} views",
    )


if __name__ == "__main__":
    main()
