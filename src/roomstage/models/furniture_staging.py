"""`furniture-staging`: place the product of one photo into the room of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from roomstage import engines
from roomstage.models.base import Output, RoomStore
from roomstage.models.fields import ImageFormat
from roomstage.models.known_room import analysed_room, draft_of
from roomstage.options import MAX_SEED, Options, draw_seed
from roomstage.params import (
    CentiMetres,
    ImageField,
    MaskField,
    Number,
    Params,
    WholeNumber,
    one_of,
)

if TYPE_CHECKING:  # who reads the schema loads nothing that knows pixels
    from roomstage.pipeline import Progress, Staging


class StagingParams(Params):
    """What every request for a staging may say."""

    prompt: str = Field(
        min_length=1,
        max_length=2000,
        description="What is staged, in words: kind of product and surface are read from it",
        examples=["a teal velvet sofa"],
    )
    main_image: ImageField = Field(
        description="Photo of the room", examples=["/samples/rooms/living_room.jpg"]
    )
    overlay_image: ImageField = Field(
        description="Photo of the product", examples=["/samples/products/sofa.png"]
    )
    main_image_mask: MaskField = Field(
        None,
        description="Where the product goes (white); without it a free stretch of floor is found",
        examples=["/samples/masks/living_room_sofa.png"],
    )
    overlay_image_mask: MaskField = Field(
        None, description="What is the product in its photo (white); a plain background needs none"
    )
    steps: WholeNumber = Field(
        25, ge=10, le=100, description="Light samples: more make smoother penumbrae"
    )
    seed: WholeNumber = Field(
        42424242,
        ge=-1,
        le=MAX_SEED,
        description="Sows light samples, grain and removal; -1 draws one and reports it",
    )
    guidance: Number = Field(
        30, ge=1, le=50, description="How far light and tone follow the room; 30 is measured light"
    )
    overlay_width_cm: CentiMetres = Field(
        None,
        description="True width of the product in cm: staged at that size, at the mask's place",
    )
    overlay_height_cm: CentiMetres = Field(
        None,
        description="True height of the product in cm (length, of a rug); one of the two is enough",
    )
    image_format: ImageFormat = Field(
        "png", description="Format of the answer; jpg is taken for jpeg", examples=["jpeg"]
    )
    image_quality: WholeNumber = Field(
        95, ge=10, le=100, description="Quality of jpeg and webp; png is lossless"
    )
    remove: bool | None = Field(
        None,
        description="Take out what stands in main_image_mask first: true, false, or by default "
        "when one whole piece clearly stands there",
    )
    engine: one_of(*engines.choices()) = Field(  # type: ignore[valid-type]
        None, description="Which engine does the work; by default the one that is set up"
    )
    fidelity: one_of("faithful", "generative") = Field(  # type: ignore[valid-type]
        "faithful",
        description="faithful keeps the product's own pixels; with generative an engine that "
        "paints draws it anew",
    )
    base64: bool = Field(False, description='Answer {"image": "<base64>"} in place of raw bytes')

    def options(self) -> Options:
        """What is asked for besides the pictures."""
        return Options(
            prompt=self.prompt,
            steps=self.steps,
            seed=draw_seed(self.seed),
            guidance=self.guidance,
            overlay_width_cm=self.overlay_width_cm,
            overlay_height_cm=self.overlay_height_cm,
            remove=self.remove,
            fidelity=self.fidelity or "faithful",
        )


class FurnitureStagingParams(StagingParams):
    """The request of `POST /v1/furniture-staging`."""

    variants: WholeNumber = Field(
        1,
        ge=1,
        le=4,
        description="How many pictures, by the seed and those that follow; more than one come "
        "side by side in one",
    )

    @property
    def count(self) -> int:
        """See `Params.count`."""
        return self.variants


class FurnitureStaging:
    """The model: schema and run."""

    slug: ClassVar[str] = "furniture-staging"
    summary: ClassVar[str] = "Place a photographed product into a photographed room"
    schema: ClassVar[type[Params]] = FurnitureStagingParams
    credits: ClassVar[int] = 12  # the hosted call costs about 12 US cents

    def run(
        self,
        params: StagingParams,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
    ) -> Output:
        """Stage the product; see `roomstage.models.base.Model.run`."""
        from roomstage import encode

        staging = self.stage(
            params, pictures, rooms=rooms, engine=engine, progress=progress, in_one=True
        )
        whole = staging.side_by_side()
        return Output(
            data=encode.encode(whole, params.image_format, params.image_quality),
            content_type=encode.CONTENT_TYPES[params.image_format],
            seed=staging.seed,
            size=whole.size,
            report=staging.report_in_one(hashed=False),  # a caller has the picture to hash
        )

    def stage(
        self,
        params: StagingParams,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
        in_one: bool = False,
    ) -> Staging:
        """The staging before it is encoded, for callers that want more than the picture.

        Args:
            params: the checked fields.
            pictures: the encoded pictures by field.
            rooms: where analysed rooms are kept.
            engine: what does the work where `params` doesn't say.
            progress: called with (step, share done).
            in_one: all variants are to be one picture.

        Raises:
            InvalidParameter: that picture would be too large.
        """
        from roomstage import inputs, tiling
        from roomstage.pipeline import run

        wanted = params.engine or engine
        options = params.options()
        room, known = analysed_room(pictures["main_image"], rooms, wanted, progress)
        if in_one:
            tiling.check(room.image.size, params.count, field="variants")
        if options.draft:
            room = draft_of(room, pictures["main_image"], rooms, wanted)
        overlay = inputs.decode_image(pictures["overlay_image"], field="overlay_image")
        mask = pictures.get("main_image_mask")
        overlay_mask = pictures.get("overlay_image_mask")
        return run(
            room,
            overlay,
            mask=None
            if mask is None
            else inputs.decode_mask(mask, of=room.image, field="main_image_mask"),
            overlay_mask=None
            if overlay_mask is None
            else inputs.decode_mask(overlay_mask, of=overlay, field="overlay_image_mask"),
            options=options,
            variants=params.count,
            progress=progress,
            fresh=not known,
        )
