"""Indoor trees and bouquets: bent branches with folded leaves."""

from __future__ import annotations

import bpy
import numpy as np

import materials
from geometry import Vec3, group, lathe, mesh, tube

_LEAF_ROWS = 9


def _leaf_points(length: float, width: float, droop: float, fold: float) -> np.ndarray:
    """Points (rows, 3, xyz) of one leaf along +x, midrib at y = 0."""
    t = np.linspace(0, 1, _LEAF_ROWS)
    half = 0.5 * width * np.sin(np.pi * np.clip(t, 0.03, 0.985) ** 0.85) ** 0.8
    x = length * t * (1 - 0.15 * droop * t)
    z = -droop * length * t**2
    points = np.zeros((_LEAF_ROWS, 3, 3))
    for column, side in enumerate((-1, 0, 1)):
        points[:, column] = np.stack([x, side * half, z + fold * half * abs(side)], 1)
    return points


def _frame(direction: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Columns: leaf direction, sideways, up; rolled a little."""
    direction = direction / np.linalg.norm(direction)
    side = np.cross([0, 0, 1], direction)
    side = side / max(np.linalg.norm(side), 1e-6)
    roll = random.normal(0, 0.45)
    up = np.cross(direction, side)
    side, up = np.cos(roll) * side + np.sin(roll) * up, np.cos(roll) * up - np.sin(roll) * side
    return np.stack([direction, side, up], 1)


class _LeafMesh:
    """Gathers leaves, then links them as one mesh."""

    def __init__(self) -> None:
        self.vertices: list[Vec3] = []
        self.faces: list[tuple[int, int, int, int]] = []

    def add(self, at: np.ndarray, frame: np.ndarray, points: np.ndarray) -> None:
        """One leaf."""
        start = len(self.vertices)
        self.vertices += [tuple(at + frame @ p) for p in points.reshape(-1, 3)]
        for row in range(_LEAF_ROWS - 1):
            for column in range(2):
                a = start + 3 * row + column
                self.faces.append((a, a + 1, a + 4, a + 3))

    def link(self, material: bpy.types.Material, parent: bpy.types.Object) -> None:
        """Make the object."""
        if self.faces:
            mesh("leaves", self.vertices, self.faces, material, smooth=True, parent=parent)


def _branch(
    start: np.ndarray, heading: np.ndarray, length: float, random: np.random.Generator, lift: float
) -> np.ndarray:
    """A bent line of 6 points."""
    points, heading = [start], heading / np.linalg.norm(heading)
    for _ in range(5):
        heading = heading + random.normal(0, 0.13, 3) + np.array([0, 0, lift])
        heading = heading / np.linalg.norm(heading)
        points.append(points[-1] + heading * length / 5)
    return np.array(points)


def tree(
    at: Vec3,
    height: float,
    crown: float,
    leaf: tuple[float, float],
    leaves: int,
    branches: int,
    colour: tuple[float, float, float],
    seed: int,
    stem_from: float = 0.45,
    pot: tuple[float, float, float] = (0.85, 0.83, 0.79),
    pot_size: float = 0.19,
) -> bpy.types.Object:
    """A tree in a pot; `leaf` is its length and width, `crown` the branches' reach."""
    random = np.random.default_rng(seed)
    root = group(at)
    bark = materials.plain("bark", (0.36, 0.29, 0.22), 0.85)
    pot_height = planter(root, pot_size, pot)
    trunk = _branch(
        np.array([0, 0, pot_height - 0.05]),
        np.array([0.05, 0, 1.0]),
        height * 0.82 - pot_height,
        random,
        0.25,
    )
    tube([tuple(p) for p in trunk], 0.018, bark, root, 0.45)
    meshes = [_LeafMesh() for _ in range(3)]
    per_branch = max(1, leaves // branches)
    for number in range(branches):
        where = stem_from + (1 - stem_from) * (number + 0.5) / branches
        position = where * (len(trunk) - 1)
        low = min(int(position), len(trunk) - 2)
        start = trunk[low] + (position - low) * (trunk[low + 1] - trunk[low])
        angle = 2.4 * number + random.normal(0, 0.3)
        rise = 0.35 + 0.9 * (where - stem_from) / (1 - stem_from)
        heading = np.array([np.cos(angle), np.sin(angle), rise])
        line = _branch(start, heading, crown * random.uniform(0.7, 1.1), random, 0.12)
        tube([tuple(p) for p in line], 0.006, bark, root, 0.35)
        _leaves_along(line, per_branch, leaf, meshes, random)
    for index, leaf_mesh in enumerate(meshes):
        shade = tuple(c * (0.8 + 0.2 * index) for c in colour)
        leaf_mesh.link(materials.leaf(f"leaf{index}", shade), root)
    return root


def _leaves_along(
    line: np.ndarray,
    count: int,
    leaf: tuple[float, float],
    meshes: list[_LeafMesh],
    random: np.random.Generator,
) -> None:
    """Leaves on both sides of a branch, denser to its tip."""
    for number in range(count):
        t = (0.18 + 0.82 * (number + random.random()) / count) * (len(line) - 1)
        low = min(int(t), len(line) - 2)
        along = line[low + 1] - line[low]
        at = line[low] + (t - low) * along
        turn = random.uniform(0, 2 * np.pi)
        heading = along / np.linalg.norm(along) * 0.6
        heading = heading + np.array([np.cos(turn), np.sin(turn), random.normal(0.1, 0.25)])
        size = random.uniform(0.65, 1.1)
        points = _leaf_points(leaf[0] * size, leaf[1] * size, random.uniform(0.1, 0.4), 0.25)
        meshes[random.integers(3)].add(at, _frame(heading, random), points)


def planter(root: bpy.types.Object, radius: float, colour: tuple[float, float, float]) -> float:
    """A pot with soil; returns the soil's height."""
    pot = materials.plain("pot", colour, 0.6)
    soil = materials.plain("soil", (0.16, 0.12, 0.09), 1.0, specular=0.1)
    height = radius * 1.75
    lathe(
        [
            (0, 0),
            (0.72 * radius, 0),
            (0.76 * radius, 0.01),
            (radius, height - 0.02),
            (radius, height),
            (radius - 0.015, height),
            (radius - 0.02, height - 0.06),
        ],
        pot,
        parent=root,
    )
    lathe([(radius - 0.022, height - 0.05), (0, height - 0.03)], soil, parent=root)
    return height - 0.035


def bouquet(
    parent: bpy.types.Object,
    at: Vec3,
    height: float,
    seed: int,
    stems: int = 7,
    colour: tuple[float, float, float] = (0.45, 0.5, 0.36),
) -> None:
    """Eucalyptus-like sprigs that stand in a vase."""
    random = np.random.default_rng(seed)
    root = group(at)
    root.parent = parent
    twig = materials.plain("twig", (0.38, 0.33, 0.24), 0.8)
    meshes = [_LeafMesh() for _ in range(3)]
    for number in range(stems):
        angle = 2 * np.pi * number / stems + random.normal(0, 0.3)
        heading = np.array([0.4 * np.cos(angle), 0.4 * np.sin(angle), 1.0])
        line = _branch(np.zeros(3), heading, height * random.uniform(0.75, 1.1), random, -0.05)
        tube([tuple(p) for p in line], 0.0025, twig, root, 0.5)
        _leaves_along(line, 26, (0.055, 0.04), meshes, random)
    for index, leaf_mesh in enumerate(meshes):
        shade = tuple(c * (0.85 + 0.15 * index) for c in colour)
        leaf_mesh.link(materials.leaf(f"sprig{index}", shade, 0.6), root)
