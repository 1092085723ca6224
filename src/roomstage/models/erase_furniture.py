"""`erase-furniture`: take a piece of furniture and its shadow out of the photo of a room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from roomstage.models.base import Output, RoomStore
from roomstage.models.fields import ImageFormat
from roomstage.models.known_room import analysed_room
from roomstage.options import MAX_SEED, draw_seed
from roomstage.params import ImageField, Params, RequiredMaskField, WholeNumber

if TYPE_CHECKING:
    from roomstage.pipeline import Erasure, Progress

MARKS = "what is to be taken out"


class EraseFurnitureParams(Params):
    """The request of `POST /v1/erase-furniture`."""

    main_image: ImageField = Field(
        description="Photo of the room", examples=["/samples/rooms/living_room.jpg"]
    )
    main_image_mask: RequiredMaskField = Field(
        description="What is to be taken out (white): its outline, or a box around one piece",
        examples=["/samples/masks/living_room_sideboard.png"],
    )
    seed: WholeNumber = Field(
        42424242, ge=-1, le=MAX_SEED, description="Sows the search; -1 draws one and reports it"
    )
    image_format: ImageFormat = Field(
        "png", description="Format of the answer; jpg is taken for jpeg", examples=["jpeg"]
    )
    image_quality: WholeNumber = Field(
        95, ge=10, le=100, description="Quality of jpeg and webp; png is lossless"
    )
    base64: bool = Field(False, description='Answer {"image": "<base64>"} in place of raw bytes')


class EraseFurniture:
    """The model: schema and run."""

    slug: ClassVar[str] = "erase-furniture"
    summary: ClassVar[str] = "Take a piece of furniture and its shadow out of a photographed room"
    schema: ClassVar[type[Params]] = EraseFurnitureParams
    credits: ClassVar[int] = 12

    def run(
        self,
        params: EraseFurnitureParams,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
    ) -> Output:
        """Erase; see `roomstage.models.base.Model.run`."""
        from roomstage import encode

        erasure = self.erase(params, pictures, rooms=rooms, engine=engine, progress=progress)
        return Output(
            data=erasure.encoded(params.image_format, params.image_quality),
            content_type=encode.CONTENT_TYPES[params.image_format],
            seed=erasure.seed,
            size=erasure.image.size,
            report=erasure.report(hashed=False),  # a caller has the picture to hash
        )

    def erase(
        self,
        params: EraseFurnitureParams,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
    ) -> Erasure:
        """The erasure before it is encoded, for callers that want more than the picture."""
        from roomstage import inputs
        from roomstage.pipeline import clear

        room, known = analysed_room(pictures["main_image"], rooms, engine, progress)
        mask = inputs.decode_mask(
            pictures["main_image_mask"], of=room.image, field="main_image_mask", marks=MARKS
        )
        seed = draw_seed(params.seed)
        return clear(room, mask, seed=seed, progress=progress, fresh=not known)
