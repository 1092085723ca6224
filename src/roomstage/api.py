"""The library: `stage` and `erase` for one picture, `Room` for many calls in one room."""

from __future__ import annotations

from roomstage import inputs
from roomstage.erasure import Erasure
from roomstage.image import Image, Mask
from roomstage.inputs import Source
from roomstage.models.erase_furniture import MARKS, EraseFurnitureParams
from roomstage.models.furniture_staging import FurnitureStagingParams
from roomstage.options import Options, draw_seed
from roomstage.pipeline import Progress, analyse, clear, run
from roomstage.scene import Scene
from roomstage.staging import Staging

__all__ = ["Erasure", "Room", "Staging", "erase", "stage"]


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
        remove: bool | None = None,
        fidelity: str = "faithful",
        variants: int = 1,
        progress: Progress | None = None,
    ) -> Staging:
        """Stage a product into this room; arguments and errors as in `roomstage.stage`."""
        sizes = overlay_width_cm, overlay_height_cm
        options, count = _options(prompt, steps, seed, guidance, sizes, remove, fidelity, variants)
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
            variants=count,
            progress=progress,
            fresh=fresh,
        )

    def erase(
        self,
        main_image_mask: Source,
        *,
        seed: int = 42424242,
        progress: Progress | None = None,
    ) -> Erasure:
        """Take something out of this room; arguments and errors as in `roomstage.erase`."""
        seed = _erase_seed(seed)
        mask = inputs.read_mask(
            main_image_mask, of=self._room.image, field="main_image_mask", marks=MARKS
        )
        fresh, self._fresh = self._fresh, False
        return clear(self._room, mask, seed=seed, progress=progress, fresh=fresh)


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
    remove: bool | None = None,
    fidelity: str = "faithful",
    variants: int = 1,
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
        remove: take out what stands in `main_image_mask` first; None: when one whole piece
            clearly stands there.
        fidelity: "faithful" keeps the product's own pixels; with "generative" an engine that
            paints draws it anew, and the report's `painting` tells how far it drifted.
        variants: 1 to 4 stagings, by the seed and those that follow. The first is returned, its
            `variants` are all of them; each is what a call with its seed alone gives.
        engine: "cpu", "flux2-klein", "flux-fill", "qwen-edit", another installed engine, or
            "auto" for the best that can run here; a `Room` keeps the one it was made with.
        progress: called with (step, share done).

    Raises:
        InvalidInput: a picture, mask or number is wrong; `field` names it, the text the remedy.
        EngineUnavailable: the engine can't run on this machine.
        PaintingFailed: what a generative model painted does not fit the room.
    """
    # Refuse before the room is read.
    sizes = overlay_width_cm, overlay_height_cm
    _options(prompt, steps, seed, guidance, sizes, remove, fidelity, variants)
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
        remove=remove,
        fidelity=fidelity,
        variants=variants,
        progress=progress,
    )


def erase(
    main_image: Source | Room,
    main_image_mask: Source,
    *,
    seed: int = 42424242,
    engine: str = "cpu",
    progress: Progress | None = None,
) -> Erasure:
    """Take what a mask marks, and its shadow, out of the room of `main_image`.

    Args:
        main_image: the room: path, bytes, file object, PIL image, array [H, W, 3] or a `Room`.
        main_image_mask: white over what is to go: its outline, or a box around one piece.
        seed: sows the search for what to fill the place with; -1 draws one and reports it.
        engine: "cpu" or another installed engine; a `Room` keeps the one it was made with.
        progress: called with (step, share done).

    Raises:
        InvalidInput: a picture, mask or number is wrong; `field` names it, the text the remedy.
        EngineUnavailable: the engine can't run on this machine.
    """
    _erase_seed(seed)  # refuse before the room is read
    if not isinstance(main_image, Room):
        main_image = Room(main_image, engine=engine, progress=progress)
    return main_image.erase(main_image_mask, seed=seed, progress=progress)


def _erase_seed(seed: int) -> int:
    """The seed, held to the limits of the service's requests; drawn for -1."""
    pictures = {"main_image": b"-", "main_image_mask": b"-"}
    return draw_seed(EraseFurnitureParams.parse({**pictures, "seed": seed}).seed)


def _options(
    prompt: str,
    steps: int,
    seed: int,
    guidance: float,
    size_cm: tuple[float | None, float | None],
    remove: bool | None,
    fidelity: str,
    variants: int,
) -> tuple[Options, int]:
    """The scalar arguments, held to the limits that the service's requests are held to.

    Returns:
        The options, and how many variants there are to be.
    """
    fields = {
        "prompt": prompt,
        "steps": steps,
        "seed": seed,
        "guidance": guidance,
        "overlay_width_cm": size_cm[0],
        "overlay_height_cm": size_cm[1],
        "remove": remove,
        "fidelity": fidelity,
        "variants": variants,
    }
    checked = FurnitureStagingParams.parse({**fields, "main_image": b"-", "overlay_image": b"-"})
    return checked.options(), checked.count


def _mask(source: Source | None, of: Image, field: str) -> Mask | None:
    return None if source is None else inputs.read_mask(source, of=of, field=field)
