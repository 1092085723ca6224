"""`studio-cutout`: a product freed from its background, to be looked at and corrected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, Field

from roomstage.errors import InvalidParameter
from roomstage.models.base import Output, RoomStore
from roomstage.params import ImageField, MaskField, Params

if TYPE_CHECKING:
    from roomstage.image import Box, Image
    from roomstage.pipeline import Progress

_MOST = 2048  # pixels of the longer side that a page gets
_LEAST_BOX = 8  # pixels of the photo
_NUMBERS = re.compile(r"\s*\d{1,5}(\s*,\s*\d{1,5}){3}\s*")


def _four_numbers(text: str | None) -> str | None:
    if text is not None and not _NUMBERS.fullmatch(text):
        raise ValueError("not four numbers")
    return text


class StudioCutoutParams(Params):
    """The request of `POST /studio/cutout`."""

    overlay_image: ImageField = Field(description="Photo of the product")
    overlay_image_mask: MaskField = Field(None, description="What is the product in it (white)")
    overlay_box: Annotated[str | None, AfterValidator(_four_numbers)] = Field(
        None,
        max_length=64,
        description="What the product fills, x0,y0,x1,y1 in pixels of its photo: for photos whose "
        "background is not plain",
    )


class StudioCutout:
    """The instrument: schema and run."""

    slug: ClassVar[str] = "studio-cutout"
    summary: ClassVar[str] = "Free a photographed product from its background"
    schema: ClassVar[type[Params]] = StudioCutoutParams
    credits: ClassVar[int] = 0

    def run(
        self,
        params: StudioCutoutParams,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
    ) -> Output:
        """Cut out; the output is a PNG with transparency, laid out as the photo is.

        Raises:
            CutoutNotFound: the product can't be told from its background.
            InvalidParameter: the box is none, or lies outside of the photo.
        """
        from roomstage import encode, inputs
        from roomstage.cutout import cut
        from roomstage.cutout.layout import laid_out

        photo = inputs.decode_image(pictures["overlay_image"], field="overlay_image")
        drawn = pictures.get("overlay_image_mask")
        mask = None
        if drawn is not None:
            mask = inputs.decode_mask(drawn, of=photo, field="overlay_image_mask")
        box = None if params.overlay_box is None else _box(params.overlay_box, photo)
        freed = cut(photo, mask, box=box, max_side=_MOST)
        picture, place = laid_out(freed, photo.size, _MOST)
        warnings = list(dict.fromkeys((*photo.warnings, *freed.warnings)))
        return Output(
            data=encode.encode(picture, "png", 95),
            content_type="image/png",
            seed=0,
            size=picture.size,
            report={
                "cutout": {
                    "origin": freed.origin,
                    "box": [place.x0, place.y0, place.x1, place.y1],
                    "photo": list(photo.size),
                },
                "warnings": warnings,
            },
        )


def _box(text: str, photo: Image) -> Box:
    from roomstage.image import Box

    x0, y0, x1, y1 = (int(number) for number in text.split(","))
    box = Box(x0, y0, min(x1, photo.size[0]), min(y1, photo.size[1]))
    if box.width < _LEAST_BOX or box.height < _LEAST_BOX:
        raise InvalidParameter(
            f"overlay_box is {text!r}, which holds nothing of the photo's {photo.size[0]} x "
            f"{photo.size[1]} pixels: give x0,y0,x1,y1 around the product",
            field="overlay_box",
        )
    return box
