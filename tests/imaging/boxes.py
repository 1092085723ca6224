"""Rooms drawn as boxes by a known camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage.image import Image

SIZE = 960, 640  # (width, height) of the drawn rooms


@dataclass(frozen=True)
class BoxRoom:
    """A room of a wide, b deep before the camera; lengths in metres, angles in degrees."""

    yaw: float = 12.0  # of the room's depth axis to the right of the optical axis
    pitch: float = 9.0  # that the camera looks down
    focal: float = 700.0
    height: float = 1.4  # of the camera
    back: float = 4.2
    left: float = 2.0
    right: float = 2.6
    ceiling: float = 2.5  # above the floor
    shift: float = 0.0  # rows by which the lens is shifted

    def seen(self, points: list[tuple[float, float, float]] | np.ndarray) -> np.ndarray:
        """[N, 2] pixels of points (breadth, up from the floor, depth)."""
        yaw, pitch = np.radians(self.yaw), np.radians(self.pitch)
        breadth, up, depth = np.asarray(points, float).T
        up = up - self.height
        x = breadth * np.cos(yaw) + depth * np.sin(yaw)
        z = depth * np.cos(yaw) - breadth * np.sin(yaw)
        rise, away = up * np.cos(pitch) + z * np.sin(pitch), z * np.cos(pitch) - up * np.sin(pitch)
        middle = SIZE[1] / 2 + self.shift
        return np.c_[SIZE[0] / 2 + self.focal * x / away, middle - self.focal * rise / away]

    def _ahead(self, corners: list[tuple[float, float, float]]) -> np.ndarray:
        """A face without what lies behind the camera, [N, 3]."""
        points, kept = np.asarray(corners, float), []
        yaw = np.radians(self.yaw)
        away = points[:, 2] * np.cos(yaw) - points[:, 0] * np.sin(yaw) - 0.4
        for i in range(len(points)):
            j = (i + 1) % len(points)
            if away[i] >= 0:
                kept.append(points[i])
            if (away[i] >= 0) != (away[j] >= 0):
                share = away[i] / (away[i] - away[j])
                kept.append(points[i] + share * (points[j] - points[i]))
        return np.array(kept)

    @property
    def horizon(self) -> float:
        """Row of the horizon."""
        return SIZE[1] / 2 + self.shift - self.focal * np.tan(np.radians(self.pitch))

    def drawn(self) -> Image:
        """The room with boards, skirting, a door on each side wall and a picture."""
        rgb = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        b, left, right, top, near = self.back, -self.left, self.right, self.ceiling, -1.0
        faces = [
            ([(left, 0, near), (right, 0, near), (right, 0, b), (left, 0, b)], (120, 90, 60)),
            ([(left, top, near), (right, top, near), (right, top, b), (left, top, b)], (235,) * 3),
            ([(left, 0, b), (right, 0, b), (right, top, b), (left, top, b)], (190, 188, 180)),
            ([(left, 0, near), (left, 0, b), (left, top, b), (left, top, near)], (165, 165, 160)),
            ([(right, 0, near), (right, 0, b), (right, top, b), (right, top, near)], (205,) * 3),
            ([(left, 0, b), (right, 0, b), (right, 0.1, b), (left, 0.1, b)], (240,) * 3),
            ([(left, 0, 2.6), (left, 0, 3.5), (left, 2, 3.5), (left, 2, 2.6)], (80, 110, 90)),
            ([(right, 0, 2.2), (right, 0, 3.1), (right, 2, 3.1), (right, 2, 2.2)], (90, 100, 120)),
            ([(-0.5, 1.3, b), (0.4, 1.3, b), (0.4, 1.9, b), (-0.5, 1.9, b)], (60, 80, 90)),
        ]
        for corners, colour in faces:
            shape = np.rint(self.seen(self._ahead(corners)) * 16).astype(np.int32)
            cv2.fillPoly(rgb, [shape], colour, cv2.LINE_AA, 4)
        for x in np.arange(left + 0.3, right - 0.1, 0.3):
            ends = np.rint(self.seen([(x, 0, 0.9), (x, 0, b)]) * 16).astype(np.int32)
            start, end = (int(v) for v in ends[0]), (int(v) for v in ends[1])
            cv2.line(rgb, tuple(start), tuple(end), (100, 75, 50), 1, cv2.LINE_AA, 4)
        grain = np.random.default_rng(0).normal(0, 1.5, rgb.shape)
        return Image(np.clip(np.rint(rgb + grain), 0, 255).astype(np.uint8))
