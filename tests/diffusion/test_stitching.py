"""What comes back from a model that is honest, toned, shifted or blind: looked at from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import pytest

import roomstage
from roomstage.engines import base
from roomstage.engines.cpu import CpuEngine
from roomstage.engines.diffusion import memory
from roomstage.engines.diffusion.engine import DiffusionEngine
from roomstage.engines.diffusion.task import Task
from roomstage.image import U8
from server import live

from . import drawn

ROOM = drawn.room(480, 640)
PRODUCT = live.pictures()
PIXELS = 256 * 256


class Painted(DiffusionEngine):
    """An engine whose model is a function of its task."""

    name = "painted"
    footprint = memory.Footprint(1, 1, 1, 1)
    model: Callable[[Task], U8]
    tasks: list[Task]

    @classmethod
    def missing(cls) -> str | None:
        return None

    def painter(self, plan: Any, settings: Any) -> Any:
        return self

    def release(self) -> None:
        pass

    def paint(self, tasks: Sequence[Task], step: Any) -> list[U8]:
        type(self).tasks += tasks
        step(1.0)
        return [type(self).model(task) for task in tasks]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = base._addresses() | {"painted": f"{__name__}:Painted"}
    monkeypatch.setattr(base, "_addresses", lambda: found)
    monkeypatch.setattr(base, "_engine_class", lambda _: Painted)
    plan = memory.Plan("cpu", "float32", "none", "none", PIXELS)
    monkeypatch.setattr(memory, "ladder", lambda *_, **__: [plan])
    Painted.tasks = []


def stage(
    model: Callable[[Task], U8],
    fidelity: str = "faithful",
    room: Any = ROOM,
    remove: bool = False,
) -> tuple[Any, Any]:
    """The painted staging, and the compositor's."""
    Painted.model = staticmethod(model)
    mask = np.zeros((480, 640), np.uint8)
    mask[260:400, 240:400] = 255
    given = {
        "prompt": "a blue box",
        "main_image_mask": mask,
        "overlay_image_mask": PRODUCT["overlay_image_mask"],
        "remove": remove,
    }
    seen = roomstage.Room(room, engine="painted")
    done = seen.stage(PRODUCT["overlay_image"], fidelity=fidelity, **given)
    object.__setattr__(seen._room, "engine", CpuEngine())
    return done, seen.stage(PRODUCT["overlay_image"], **given)


def through_a_vae(rgb: U8) -> U8:
    """Softer, and of another tone on every side, as a VAE gives pictures back."""
    soft = cv2.GaussianBlur(rgb, (0, 0), 0.6).astype(np.float32)
    across = np.linspace(-5, 6, rgb.shape[1])[None, :, None]
    down = np.linspace(4, -6, rgb.shape[0])[:, None, None]
    return np.clip(soft * 0.98 + across + down, 0, 255).astype(np.uint8)


def test_an_honest_model_leaves_no_seam() -> None:
    done, plain = stage(lambda task: task.staged)
    off = np.abs(done.image.rgb.astype(int) - plain.image.rgb)
    assert off.mean() < 0.3
    assert np.percentile(off, 99.5) <= 6


def test_a_vaes_tone_leaves_no_seam_either() -> None:
    done, plain = stage(lambda task: through_a_vae(task.staged))
    off = done.image.rgb.astype(np.float32) - plain.image.rgb
    assert abs(cv2.GaussianBlur(off, (0, 0), 6)).max() < 3  # no patch of another tone
    untouched = done.changed.values == 0
    assert (done.image.rgb[untouched] == ROOM[untouched]).all()


def test_without_the_match_the_tone_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from roomstage.engines.diffusion import tone

    monkeypatch.setattr(tone, "matched", lambda painted, *_: painted)
    done, plain = stage(lambda task: through_a_vae(task.staged))
    off = done.image.rgb.astype(np.float32) - plain.image.rgb
    assert abs(cv2.GaussianBlur(off, (0, 0), 6)).max() > 4


def test_a_shifted_picture_is_laid_back_before_it_is_stitched() -> None:
    def shifted(task: Task) -> U8:
        move = np.array([[1, 0, 2.4], [0, 1, -1.7]], np.float32)
        size = task.staged.shape[1], task.staged.shape[0]
        return np.asarray(cv2.warpAffine(task.staged, move, size, borderMode=2), np.uint8)

    done, plain = stage(shifted)
    assert done.report()["painting"]["registration"]["shift_px"] > 2
    off = np.abs(done.image.rgb.astype(int) - plain.image.rgb)
    assert off.mean() < 0.6


def test_the_task_is_the_crop_at_the_models_size_with_the_tight_mask_inside_the_wide() -> None:
    stage(lambda task: task.staged)
    (task,) = Painted.tasks
    height, width = task.wide.shape
    assert height % 16 == width % 16 == 0
    assert 0.7 * PIXELS < height * width <= PIXELS
    assert task.staged.shape == task.room.shape == (height, width, 3)
    assert (task.wide[task.tight > 0] > 0).mean() > 0.99
    assert (task.wide > 0).sum() > 1.3 * (task.tight > 0).sum()
    assert 30 <= len(task.caption.split()) <= 80
    assert "a blue box" in task.caption
    corner = task.product[:20, :20]
    assert (corner == 255).all()


def test_faithful_lets_the_model_paint_around_the_product_and_generative_the_product() -> None:
    stage(lambda task: task.staged)
    stage(lambda task: task.staged, "generative")
    faithful, generative = Painted.tasks
    moved = np.abs(faithful.staged.astype(int) - faithful.room).max(axis=2) > 40
    assert (faithful.wide[moved] > 0).mean() < 0.5
    moved = np.abs(generative.staged.astype(int) - generative.room).max(axis=2) > 40
    assert (generative.tight[moved] > 0).mean() > 0.9


@pytest.mark.parametrize("fidelity", ["faithful", "generative"])
def test_what_stands_in_the_place_is_gone_before_the_model_sees_the_room(fidelity: str) -> None:
    stage(lambda task: task.staged, fidelity, room=occupied(), remove=True)
    (task,) = Painted.tasks
    red = task.room[..., 0].astype(int) - task.room[..., 1] > 80
    assert red.mean() < 0.002
    stage(lambda task: task.staged, fidelity, room=occupied(), remove=False)
    left = Painted.tasks[1].room
    assert (left[..., 0].astype(int) - left[..., 1] > 80).mean() > 0.03


def occupied() -> Any:
    """The room with a red box where the product is to stand."""
    room = ROOM.copy()
    room[290:395, 255:385] = (190, 40, 40)
    return room


def test_generative_tells_how_far_the_product_drifted() -> None:
    same, _ = stage(lambda task: task.staged, "generative")
    other, _ = stage(lambda task: recoloured(task), "generative")
    assert same.report()["painting"]["drift"]["colour_delta_e"] < 2
    assert same.report()["painting"]["drift"]["structure"] > 0.9
    assert other.report()["painting"]["drift"]["colour_delta_e"] > 15
    assert any("colour drifted" in text for text in other.warnings)


def recoloured(task: Task) -> U8:
    out = task.staged.copy()
    product = np.abs(task.staged.astype(int) - task.room).max(axis=2) > 30
    out[product] = (30, 140, 60)
    return out


def test_a_model_that_paints_a_stronger_shadow_is_heard_and_the_product_is_kept() -> None:
    def darker(task: Task) -> U8:
        return np.where((task.wide > 0)[..., None], task.staged * 0.7, task.staged).astype(np.uint8)

    done, plain = stage(darker)
    box = plain.placement.box
    below = np.s_[box.y1 + 2 : box.y1 + 10, box.x0 + 20 : box.x1 - 20]
    assert done.image.rgb[below].mean() < 0.8 * plain.image.rgb[below].mean()
    inner = np.s_[box.y0 + 25 : box.y1 - 25, box.x0 + 25 : box.x1 - 25]
    assert np.abs(done.image.rgb[inner].astype(int) - plain.image.rgb[inner]).mean() < 6
