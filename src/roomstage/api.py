"""The library: `stage` for one picture, `Room` for many products in one room."""

from __future__ import annotations

from roomstage import inputs
from roomstage.image import Image, Mask
from roomstage.inputs import Source
from roomstage.models.furniture_staging import FurnitureStagingParams
from roomstage.pipeline import Options, Progress, analyse, draw_seed, run
from roomstage.scene import Scene
from roomstage.staging import Staging

__all__ = ["Room", "Staging", "stage"]


class Room:
    """A room that is read and analysed once and staged many times.

    Args:
        source: path, bytes, file object, PIL image or array [H, W, 3] of the room's photo.
        engine: which engine analyses and stages.
        progress: called with (step, share done).

    Raises:
        InvalidImage: the source is no readable picture, or too large.
        EngineUnavailable: the engine can't run on this machine.
    """

    def __init__(
        self, source: Source, *, engine: str = "cpu", progress: Progress | None = None
    ) -> None:
        image = inputs.read_image(source, field="main_image")
        self._room = analyse(image, engine=engine, progress=progress)
        self._fresh = True  # until the first staging, whose timings hold the analysis

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self._room.image.size

    @property
    def scene(self) -> Scene:
        """What the analysis found."""
        return self._room.scene

    def stage(
        self,
        overlay_image: Source,
        *,
        prompt: str,
        main_image_mask: Source | None = None,
        overlay_image_mask: Source | None = None,
        steps: int = 25,
        seed: int = 42424242,
        guidance: float = 30,
        overlay_width_cm: float | None = None,
        overlay_height_cm: float | None = None,
        progress: Progress | None = None,
    ) -> Staging:
        """Stage a product into this room; arguments and errors as in `roomstage.stage`."""
        options = _options(prompt, steps, seed, guidance, overlay_width_cm, overlay_height_cm)
        overlay = inputs.read_image(overlay_image, field="overlay_image")
        mask = _mask(main_image_mask, self._room.image, "main_image_mask")
        overlay_mask = _mask(overlay_image_mask, overlay, "overlay_image_mask")
        fresh, self._fresh = self._fresh, False
        return run(
            self._room,
            overlay,
            mask=mask,
            overlay_mask=overlay_mask,
            options=options,
            progress=progress,
            fresh=fresh,
        )


def stage(
    main_image: Source | Room,
    overlay_image: Source,
    *,
    prompt: str,
    main_image_mask: Source | None = None,
    overlay_image_mask: Source | None = None,
    steps: int = 25,
    seed: int = 42424242,
    guidance: float = 30,
    overlay_width_cm: float | None = None,
    overlay_height_cm: float | None = None,
    engine: str = "cpu",
    progress: Progress | None = None,
) -> Staging:
    """Stage the product of `overlay_image` into the room of `main_image`.

    Args:
        main_image: the room: path, bytes, file object, PIL image, array [H, W, 3] or a `Room`.
        overlay_image: the product, the same kinds.
        prompt: what is staged, in words; kind and surface are read from it.
        main_image_mask: white where the product goes; None: free floor is found.
        overlay_image_mask: white = product; None: its alpha or its plain background tells.
        steps: light samples, 10 to 100.
        seed: sampling seed; -1 draws one, which the staging reports.
        guidance: how far light and tone follow the room, 1 to 50; 30 is the light as measured.
        overlay_width_cm: the product's true width, 1 to 2000; None: the mask tells its size.
        overlay_height_cm: its true height, or a rug's length; one of the two is enough.
        engine: "cpu" or another installed engine; a `Room` keeps the one it was made with.
        progress: called with (step, share done).

    Raises:
        InvalidInput: a picture, mask or number is wrong; `field` names it, the text the remedy.
        EngineUnavailable: the engine can't run on this machine.
    """
    _options(
        prompt, steps, seed, guidance, overlay_width_cm, overlay_height_cm
    )  # refuse before the room is read
    if not isinstance(main_image, Room):
        main_image = Room(main_image, engine=engine, progress=progress)
    return main_image.stage(
        overlay_image,
        prompt=prompt,
        main_image_mask=main_image_mask,
        overlay_image_mask=overlay_image_mask,
        steps=steps,
        seed=seed,
        guidance=guidance,
        overlay_width_cm=overlay_width_cm,
        overlay_height_cm=overlay_height_cm,
        progress=progress,
    )


def _options(
    prompt: str,
    steps: int,
    seed: int,
    guidance: float,
    width_cm: float | None,
    height_cm: float | None,
) -> Options:
    """The scalar arguments, held to the limits that the service's requests are held to."""
    fields = {
        "prompt": prompt,
        "steps": steps,
        "seed": seed,
        "guidance": guidance,
        "overlay_width_cm": width_cm,
        "overlay_height_cm": height_cm,
    }
    checked = FurnitureStagingParams.parse({**fields, "main_image": b"-", "overlay_image": b"-"})
    return Options(
        checked.prompt,
        checked.steps,
        draw_seed(checked.seed),
        checked.guidance,
        checked.overlay_width_cm,
        checked.overlay_height_cm,
    )


def _mask(source: Source | None, of: Image, field: str) -> Mask | None:
    return None if source is None else inputs.read_mask(source, of=of, field=field)
