"""Several pictures of one size in one."""

from __future__ import annotations

import numpy as np
import pytest

from roomstage import tiling
from roomstage.errors import InvalidParameter
from roomstage.image import Image
from roomstage.inputs import Limits
from roomstage.options import MAX_SEED, seeds


def plain(level: int, *, alpha: bool = False) -> Image:
    return Image(
        np.full((4, 6, 3), level, np.uint8), np.full((4, 6), level, np.uint8) if alpha else None
    )


@pytest.mark.parametrize(("count", "size"), [(1, (6, 4)), (2, (12, 4)), (3, (12, 8)), (4, (12, 8))])
@pytest.mark.parametrize("alpha", [False, True])
def test_each_picture_lies_in_its_box_and_the_rest_is_white(
    count: int, size: tuple[int, int], alpha: bool
) -> None:
    pictures = [plain(10 * n, alpha=alpha) for n in range(count)]
    whole = tiling.laid(pictures)
    assert whole.size == size == tiling.size_of((6, 4), count)
    covered = np.zeros(whole.rgb.shape[:2], int)
    for n, box in enumerate(tiling.boxes((6, 4), count)):
        assert (whole.rgb[box.slices] == 10 * n).all()
        if alpha:
            assert whole.alpha is not None
            assert (whole.alpha[box.slices] == 10 * n).all()
        covered[box.slices] += 1
    assert covered.max() == 1
    assert (whole.rgb[covered == 0] == 255).all()
    assert (whole.alpha is not None) == alpha


def test_what_is_too_large_is_refused_with_what_would_do() -> None:
    limits = Limits(pixels=100, side=20)
    for count in (1, 4):
        tiling.check((5, 5), count, field="variants", limits=limits)
    tiling.check((50, 50), 1, field="variants", limits=limits)
    with pytest.raises(InvalidParameter, match=r"10 x 14 pixels.*give at most 2, or") as caught:
        tiling.check((5, 7), 3, field="variants", limits=limits)
    assert caught.value.field == "variants"
    with pytest.raises(InvalidParameter, match=r"22 x 4 pixels.*20 on a side: give 1, or"):
        tiling.check((11, 4), 2, field="variants", limits=limits)


def test_seeds_follow_one_another_and_begin_again_after_the_largest() -> None:
    assert seeds(7, 3) == [7, 8, 9]
    assert seeds(MAX_SEED - 1, 4) == [MAX_SEED - 1, MAX_SEED, 0, 1]
