"""`studio-preview`: a staging of small pictures, quick enough to follow a hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from roomstage.errors import ImageTooLarge
from roomstage.models.base import Output, RoomStore
from roomstage.models.fields import ImageFormat
from roomstage.models.furniture_staging import FurnitureStaging, StagingParams
from roomstage.options import Options
from roomstage.params import Params, WholeNumber

if TYPE_CHECKING:
    from roomstage.pipeline import Progress

_MOST_PIXELS = 1_500_000  # of each photo
_PHOTOS = "main_image", "overlay_image"


class StudioPreviewParams(StagingParams):
    """The request of `POST /studio/preview`."""

    image_format: ImageFormat = Field("jpeg", description="Format of the answer")
    image_quality: WholeNumber = Field(85, ge=10, le=100, description="Quality of jpeg and webp")
    draft: bool = Field(
        False,
        description="At most 768 pixels long, with a coarser shadow and no grain: for a product "
        "that is being dragged",
    )

    def options(self) -> Options:
        """What is asked for besides the pictures."""
        return replace(super().options(), draft=self.draft)


class StudioPreview:
    """The instrument: schema and run."""

    slug: ClassVar[str] = "studio-preview"
    summary: ClassVar[str] = "Stage small pictures while they are moved"
    schema: ClassVar[type[Params]] = StudioPreviewParams
    credits: ClassVar[int] = 0

    def run(
        self,
        params: StudioPreviewParams,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
    ) -> Output:
        """Stage the product.

        Raises:
            ImageTooLarge: a photo is larger than a preview's may be.
        """
        from roomstage.inputs.sniff import sniff

        for name in _PHOTOS:
            width, height = sniff(pictures[name], field=name).size
            if width * height > _MOST_PIXELS:
                raise ImageTooLarge(
                    f"{name} has {width} x {height} pixels: a preview takes at most "
                    f"{_MOST_PIXELS / 1e6:g} megapixels, so send a smaller copy",
                    field=name,
                )
        return FurnitureStaging().run(
            params, pictures, rooms=rooms, engine=engine, progress=progress
        )
