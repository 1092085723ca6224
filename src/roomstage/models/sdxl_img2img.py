"""`sdxl-img2img`: a picture painted anew after words, by Stable Diffusion XL."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from roomstage.engines.diffusion import checkpoints
from roomstage.engines.diffusion.schedulers import SCHEDULERS
from roomstage.models.base import Output, RoomStore
from roomstage.models.fields import ImageFormat
from roomstage.options import MAX_SEED, draw_seed
from roomstage.params import ImageField, Number, Params, WholeNumber, one_of

if TYPE_CHECKING:
    from roomstage.engines.diffusion import sdxl
    from roomstage.pipeline import Progress


class SdxlImg2ImgParams(Params):
    """The request of `POST /v1/sdxl-img2img`."""

    prompt: str = Field(min_length=1, max_length=2000, description="What the picture is to show")
    image: ImageField = Field(description="The picture to start from")
    negative_prompt: str | None = Field(None, max_length=2000, description="What it is not to show")
    samples: WholeNumber = Field(
        1, ge=1, le=4, description="How many pictures; more than one come side by side in one"
    )
    scheduler: one_of(*SCHEDULERS) = Field(  # type: ignore[valid-type]
        "UniPC", description="How noise is taken away"
    )
    base_model: str = Field(
        "sdxl", max_length=200, description="A checkpoint that the server's owner has named"
    )
    num_inference_steps: WholeNumber = Field(30, ge=1, le=100, description="Steps of the schedule")
    guidance_scale: Number = Field(6.5, ge=0.1, le=25, description="How closely words are followed")
    strength: Number = Field(
        0.65, ge=0.05, le=1, description="How much may change: 1 leaves little of the picture"
    )
    seed: WholeNumber = Field(
        98877465625, ge=-1, le=MAX_SEED, description="Sows the noise; -1 draws one and reports it"
    )
    image_format: ImageFormat = Field(
        "png", description="Format of the answer; jpg is taken for jpeg"
    )
    image_quality: WholeNumber = Field(
        95, ge=10, le=100, description="Quality of jpeg and webp; png is lossless"
    )
    base64: bool = Field(False, description='Answer {"image": "<base64>"} in place of raw bytes')

    @property
    def count(self) -> int:
        """See `Params.count`."""
        return self.samples


class SdxlImg2Img:
    """The model: schema and run."""

    slug: ClassVar[str] = "sdxl-img2img"
    summary: ClassVar[str] = "Paint a picture anew after words, by Stable Diffusion XL"
    schema: ClassVar[type[Params]] = SdxlImg2ImgParams
    credits: ClassVar[int] = 2  # the hosted call costs about 2 US cents

    @staticmethod
    def missing() -> str | None:
        """Why it can't run here, with the remedy; None if it can."""
        return checkpoints.missing()

    def run(
        self,
        params: SdxlImg2ImgParams,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
    ) -> Output:
        """Paint; see `roomstage.models.base.Model.run`. It has an engine of its own."""
        from roomstage import encode, inputs, tiling
        from roomstage.engines.diffusion import sdxl
        from roomstage.image import Image

        image = inputs.decode_image(pictures["image"], field="image")
        start = time.perf_counter()
        wish = sdxl.Wish(
            prompt=params.prompt,
            negative_prompt=params.negative_prompt or "",
            samples=params.samples,
            scheduler=params.scheduler or "UniPC",
            base_model=params.base_model,
            steps=params.num_inference_steps,
            guidance=params.guidance_scale,
            strength=params.strength,
            seed=draw_seed(params.seed),
        )

        def tell(share: float) -> None:
            if progress is not None:
                progress("paint", share)

        tell(0.0)
        made = sdxl.paint(image.rgb, wish, tell)
        sheet = tiling.laid([Image(picture) for picture in made.pictures])
        seconds = time.perf_counter() - start
        return Output(
            data=encode.encode(sheet, params.image_format, params.image_quality),
            content_type=encode.CONTENT_TYPES[params.image_format],
            seed=wish.seed,
            size=sheet.size,
            report=_report(made, wish, (*image.warnings, *made.warnings), seconds),
        )


def _report(
    made: sdxl.Made, wish: sdxl.Wish, warnings: tuple[str, ...], seconds: float
) -> dict[str, Any]:
    return {
        "engine": "sdxl",
        "seed": wish.seed,
        "base_model": made.base_model,
        "scheduler": wish.scheduler,
        "samples": wish.samples,
        "plan": made.plan.told(),
        "warnings": list(dict.fromkeys(warnings)),
        "timings_ms": {"paint": round(seconds * 1000, 2)},
    }
