"""The three directions of a room's walls, floor and ceiling, and the focal length that they tell.

Most lines of a room run along one of three orthogonal directions (Coughlan and Yuille, "Manhattan
World", ICCV 1999). A camera without roll sees them vanish at two points v1, v2 of the horizon and
at the nadir v3. Orthogonal vanishing points tell the focal length: with principal point p,

    f^2 = -(v1 - p) . (v2 - p) = -(v1 - p) . (v3 - p)

(Caprile and Torre, "Using vanishing points for camera calibration", IJCV 1990). Rather than take
two points and trust the equation, yaw, horizon and focal length are searched together for the
directions that explain most of the lines; where another focal length explains them as well, the
habit of `camera.usual` stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32
from roomstage.scene.camera import Camera

Floats = NDArray[np.floating]

_LONGEST = 110  # lines that are listened to
_LONG = 0.25  # of the picture's long side: longer lines have no more say
_YAW = 46.0  # degrees; beyond 45 depth and breadth change places
_COARSE_DEG, _FINE_DEG = 1.2, 0.5  # how far a line may miss its vanishing point
_FLOOR_SAYS_LESS = 0.7  # of its weight a line loses that lies low on the floor
_HORIZON_UNSURE = 0.05  # of the height, where the camera is sure; more where it isn't
_FOCAL_UNSURE = 0.22  # of log focal length: phones to portrait lenses
_FOCAL_TOLD = 0.02  # share of the lines that a focal length a quarter off must lose
_CHANCE, _CLEAR = 0.35, 0.80  # of the lines: any three directions explain these; a clear case
_BELIEVED = 0.35  # confidence from which the directions outrule what was known before
_SHIFT_LIKELY = 0.1  # of the lines: a tilted camera's uprights are no level one's; worth a search
_SHIFT_RARE = 0.04  # of the lines that a shifted lens must explain better than a tilted camera


@dataclass(frozen=True, slots=True)
class Directions:
    """Where the room's axes point: a camera without roll, pitched and turned against the walls."""

    yaw: float  # radians from the optical axis to the depth axis, positive to the right
    pitch: float  # radians that the camera looks down
    focal: float  # pixels of the photo
    principal: tuple[float, float]  # column, row; off the middle where a lens was shifted
    confidence: float  # 0 = no lines, 1 = nearly all lines agree
    focal_told: bool  # the lines tell the focal length; else it is the habit's

    @property
    def horizon(self) -> float:
        """Row of the horizon."""
        return float(self.principal[1] - self.focal * np.tan(self.pitch))

    @property
    def vanishing(self) -> Floats:
        """[3, 3] homogeneous vanishing points: of depth, of breadth, of uprights."""
        axes = np.array(
            [
                [np.sin(self.yaw), 0, np.cos(self.yaw)],
                [np.cos(self.yaw), 0, -np.sin(self.yaw)],
                [0, 1.0, 0],
            ]
        )
        return axes @ self.projection.T

    @property
    def projection(self) -> Floats:
        """[3, 3] from directions (x right, y up, z ahead on the level) to homogeneous pixels."""
        c, s = np.cos(self.pitch), np.sin(self.pitch)
        (px, py), f = self.principal, self.focal
        seen = np.array([[1, 0, 0], [0, -c, -s], [0, -s, c]])  # x right, y down, z ahead
        return np.array([[f, 0, px], [0, f, py], [0, 0, 1.0]]) @ seen


def directions(lines: F32, camera: Camera, size: tuple[int, int]) -> Directions:
    """The directions that explain most of the segments [N, 4], in pixels of a picture of `size`.

    `camera` is what is known already: its horizon is where the search begins, and what stays
    where the lines say nothing.
    """
    width, height = size
    start = np.array([0.0, camera.horizon, np.log(camera.focal)])
    if len(lines) < 8:
        return _known(start, size, 0.0, told=False)
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    longest = np.argsort(-length)[:_LONGEST]
    unsure = _HORIZON_UNSURE * (2 - camera.confidence) * height
    prior = _Prior(start, np.array([unsure, _FOCAL_UNSURE]))
    weight = _said(lines[longest], camera, size)
    level = _Voters(lines[longest], weight, size, shifted=True)
    best = _explained(_Voters(lines[longest], weight, size, shifted=False), prior)
    is_shifted = False
    if level.share(best.at[None], _COARSE_DEG)[0] > best.share - _SHIFT_LIKELY:
        shifted = _explained(level, prior)
        is_shifted = shifted.worth > best.worth + _SHIFT_RARE
        best = shifted if is_shifted else best
    many = min(1.0, float(length[longest].sum()) / (2.5 * width))
    confidence = float(np.clip((best.share - _CHANCE) / (_CLEAR - _CHANCE), 0, 1)) * many
    return _known(best.at, size, confidence, told=best.tells_focal, shifted=is_shifted)


def refined(camera: Camera, found: Directions, height: int) -> Camera:
    """The camera of a photo of this height with what the directions tell of it."""
    trust = min(1.0, found.confidence / _BELIEVED)
    if trust == 0:
        return camera
    depth = found.vanishing[0]
    return replace(
        camera,
        horizon=float(trust * found.horizon + (1 - trust) * camera.horizon),
        centre=float(trust * depth[0] / depth[2] + (1 - trust) * camera.centre),
        focal=float(found.focal**trust * camera.focal ** (1 - trust)),
        confidence=max(camera.confidence, found.confidence),
        lens_shift=trust * (found.principal[1] - height / 2),
    )


def _said(lines: F32, camera: Camera, size: tuple[int, int]) -> Floats:
    """[N] how much each segment has to say: by length, and less on the floor.

    Floors are laid in herringbone and strewn with turned rugs; walls are the room.
    """
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    middle = (lines[:, 1] + lines[:, 3]) / 2
    low = np.clip((middle - camera.horizon) / (0.3 * size[1]), 0, 1)
    return np.minimum(length, _LONG * max(size)) * (1 - _FLOOR_SAYS_LESS * low)


@dataclass(frozen=True, eq=False, slots=True)
class _Prior:
    """What is believed before the lines are asked, of (yaw, horizon, log focal)."""

    mean: Floats  # [3]
    deviation: Floats  # [2] of the horizon and of log focal

    def cost(self, tried: Floats) -> Floats:
        """[P] of the hypotheses [P, 3], in units of the share of lines explained."""
        away = (tried[:, 1:] - self.mean[1:]) / self.deviation
        return 0.02 * (away**2).sum(axis=1)


class _Voters:
    """Segments that vote for hypotheses of (yaw, horizon, log focal)."""

    def __init__(self, lines: F32, weight: Floats, size: tuple[int, int], *, shifted: bool) -> None:
        self._shifted = shifted  # the camera is level and its lens shifted: uprights are parallel
        along = lines[:, 2:] - lines[:, :2]
        self._along = (along / np.linalg.norm(along, axis=1, keepdims=True)).astype(np.float32)
        self._middle = ((lines[:, :2] + lines[:, 2:]) / 2).astype(np.float32)
        self._weight = (weight / weight.sum()).astype(np.float32)
        self._principal = size[0] / 2, size[1] / 2

    def share(self, tried: Floats, tolerance_deg: float) -> Floats:
        """[P] share of the lines that each hypothesis [P, 3] explains."""
        points = self._vanishing(tried).astype(np.float32)
        x, y, w = (points[..., None, i] for i in range(3))
        towards_x, towards_y = x - w * self._middle[:, 0], y - w * self._middle[:, 1]
        across = self._along[:, 0] * towards_y - self._along[:, 1] * towards_x
        off = across**2 / (towards_x**2 + towards_y**2 + 1e-6)  # squared sine
        nearest = off.min(axis=1)  # over the three directions
        return np.exp(-0.5 * nearest / np.radians(tolerance_deg) ** 2) @ self._weight

    def _vanishing(self, tried: Floats) -> Floats:
        """[P, 3, 3] homogeneous vanishing points of hypotheses [P, 3]."""
        yaw, horizon, focal = tried[:, 0], tried[:, 1], np.exp(tried[:, 2])
        px, py = self._principal
        drop = (py - horizon) / focal * (not self._shifted)  # tan(pitch)
        slant = np.sqrt(1 + drop**2)
        depth = np.c_[px + focal * np.tan(yaw) * slant, horizon, np.ones_like(yaw)]
        # (x1 - px) (x2 - px) = -(f^2 + (horizon - py)^2), times tan(yaw) to reach infinity.
        turn = np.tan(yaw)
        breadth = np.c_[px * turn - focal * slant, horizon * turn, turn]
        upright = np.c_[px * drop, py * drop + focal, drop]
        return np.stack([depth, breadth, upright], axis=1)


def _searched(voters: _Voters, prior: _Prior) -> Floats:
    """The best (yaw, horizon, log focal): a grid over all yaws, then ever finer round the best."""
    yaws = np.radians(np.arange(-_YAW, _YAW + 0.1, 2.0))
    rises = prior.mean[1] + prior.deviation[0] * np.array([-1.5, -0.75, 0, 0.75, 1.5])
    focals = prior.mean[2] + np.array([-0.2, 0.0, 0.2])
    tried = np.stack(np.meshgrid(yaws, rises, focals, indexing="ij"), axis=-1).reshape(-1, 3)
    score = voters.share(tried, _COARSE_DEG) - prior.cost(tried)
    return _descended(voters, prior, tried[int(np.argmax(score))])


def _descended(voters: _Voters, prior: _Prior, start: Floats, *, focal: bool = True) -> Floats:
    best = start
    step = np.array([np.radians(1.2), 0.5 * prior.deviation[0], 0.08 if focal else 0.0])
    sides = np.stack(np.meshgrid(*[[-1, -0.5, 0, 0.5, 1.0]] * 3, indexing="ij"), axis=-1)
    for tolerance in (_COARSE_DEG, 0.8, _FINE_DEG, _FINE_DEG, _FINE_DEG):
        tried = best + sides.reshape(-1, 3) * step
        score = voters.share(tried, tolerance) - prior.cost(tried)
        best, step = tried[int(np.argmax(score))], step * 0.6
    return best


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    """The hypothesis that explains most."""

    at: Floats  # [3] yaw, horizon, log focal
    share: float  # of the lines that it explains
    worth: float  # the same, less what it costs to leave what was believed before
    tells_focal: bool


def _explained(voters: _Voters, prior: _Prior) -> _Found:
    """The best hypothesis, at the habit's focal length where the lines tell none."""
    best = _searched(voters, prior)
    told = _tells_focal(voters, best)
    if not told:
        best = _descended(voters, prior, np.r_[best[:2], prior.mean[2]], focal=False)
    share = float(voters.share(best[None], _FINE_DEG)[0])
    return _Found(best, share, share - float(prior.cost(best[None])[0]), told)


def _tells_focal(voters: _Voters, best: Floats) -> bool:
    """Whether a focal length a quarter off explains fewer lines, however yaw and horizon turn."""
    turns = np.radians(np.linspace(-4, 4, 9))
    rises = np.linspace(-0.04, 0.04, 5) * np.exp(best[2])
    share = voters.share(best[None], _FINE_DEG)[0]
    for off in (-0.25, 0.25):
        aside = np.stack(np.meshgrid(turns, rises, [off], indexing="ij"), axis=-1).reshape(-1, 3)
        if voters.share(best + aside, _FINE_DEG).max() > share - _FOCAL_TOLD:
            return False
    return True


def _known(
    found: Floats, size: tuple[int, int], confidence: float, *, told: bool, shifted: bool = False
) -> Directions:
    yaw, horizon, focal = float(found[0]), float(found[1]), float(np.exp(found[2]))
    row = horizon if shifted else size[1] / 2
    pitch = float(np.arctan2(row - horizon, focal))
    return Directions(yaw, pitch, focal, (size[0] / 2, row), confidence, told)
