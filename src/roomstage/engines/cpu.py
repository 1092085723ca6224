"""The default engine: geometry and light transport on the CPU, no download, no GPU."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from roomstage import cutout as cutouts
from roomstage import light, scene
from roomstage.cutout.white import white_level
from roomstage.image import Cutout, Image, Mask
from roomstage.light import Shading
from roomstage.options import Options
from roomstage.placement import Placement
from roomstage.scene import Scene


class CpuEngine:
    """Keeps the product's own pixels: warped, relit and shadowed."""

    name: ClassVar[str] = "cpu"

    @classmethod
    def missing(cls) -> str | None:
        """Nothing: this engine runs everywhere."""
        return None

    def analyse(self, image: Image) -> Scene:
        """See `Engine.analyse`."""
        return scene.analyse(image)

    def cut(self, photo: Image, mask: Mask | None, *, max_side: int | None) -> Cutout:
        """See `Engine.cut`."""
        cutout = cutouts.cut(photo, mask, max_side=max_side)
        return replace(cutout, white=white_level(photo, cutout))

    def shade(
        self, image: Image, scene: Scene, cutout: Cutout, placement: Placement, options: Options
    ) -> Shading:
        """See `Engine.shade`."""
        return light.shade(image, scene, cutout, placement, options)
