"""How the product takes light: what its surface makes of light from here and from there.

Light at a place is taken to first order, an even part and one that grows in one direction
(R. Ramamoorthi, P. Hanrahan, "An efficient representation for irradiance environment maps",
SIGGRAPH 2001); what a surface makes of each, with its own shadows, is its transport (P.-P. Sloan,
J. Kautz, J. Snyder, "Precomputed radiance transfer", SIGGRAPH 2002). A net tells it from the
product's photo. What even light makes of it is left as the studio's light has it: most rooms, too,
are brightest above and before what stands in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from roomstage.cutout.continuation import continued
from roomstage.image import F32, Cutout
from roomstage.light.learned import net
from roomstage.light.learned.crop import CELLS, laid

_SURE = 0.6  # coverage from which a cell's transport is told
_DARKEST = 0.08  # share of the even light left on what faces away from the rest, as trained
_SHARP = 8.0  # of the bend there


@dataclass(frozen=True, eq=False, slots=True)
class Transport:
    """On a grid over the cut-out's crop."""

    turned: F32  # [h, w, 3] made of light that grows right, away, up, over what even light makes

    def lit(self, growth: F32, size: tuple[int, int]) -> F32:
        """Log factor [h, w, C] on the product's colours on a grid of `size` (w, h) over the crop.

        Args:
            growth: [3, C] of the light of C colours to the right, away from the camera and up, over
                its mean: 0 is even light, 3 a single lamp far away.
            size: of the grid over the crop.
        """
        made = 1 + self.turned @ growth
        bent = np.logaddexp(0, (made - _DARKEST) * _SHARP) / _SHARP + _DARKEST
        return np.asarray(
            cv2.resize(np.log(bent), size, interpolation=cv2.INTER_LINEAR), np.float32
        )


def transport(cutout: Cutout) -> Transport | None:
    """The product's transport as a net tells it from the photo; None without its weights."""
    if not net.available("transport"):
        return None
    photo, box = laid(cutout)
    said = _said(photo.tobytes())[:, box.y0 : box.y1, box.x0 : box.x1]
    turned = np.ascontiguousarray(said.transpose(1, 2, 0))
    alpha = photo[3, box.y0 : box.y1, box.x0 : box.x1]
    known = alpha > min(_SURE, 0.8 * float(alpha.max()))
    return Transport(
        np.where(known[..., None], turned, continued(turned, known)).astype(np.float32)
    )


@lru_cache(maxsize=8)
def _said(photo: bytes) -> F32:
    """The net's first three channels; kept, since a product is tried at one place after another."""
    seen = np.frombuffer(photo, np.float32).reshape(4, CELLS, CELLS)
    return net.run("transport", photo=seen)[:3].copy()
