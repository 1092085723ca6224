"""Alpha on the edge band where the ground behind the product is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from roomstage.cutout import matte
from roomstage.image import U8

SIDE = 40


def alpha(rgb: U8, inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Alpha of a picture on white, of which all is the band but what is `inside`."""
    ground = np.full((SIDE, SIDE, 3), 255, np.float32)
    drawn = np.zeros((SIDE, SIDE), np.float32)
    return matte.estimate(rgb, ground, drawn, inside, np.zeros_like(inside), noise=0.0)


@pytest.mark.parametrize(("product", "stays"), [(10, False), (200, True)])
def test_a_faint_speck_is_ringing_only_beside_a_stark_edge(product: int, stays: bool) -> None:
    rgb = np.full((SIDE, SIDE, 3), 255, np.uint8)
    rgb[:, :20] = product
    rgb[20, 24] = 243
    inside = np.zeros((SIDE, SIDE), bool)
    inside[:, :18] = True
    assert bool(alpha(rgb, inside)[20, 24] > 0.9) is stays
