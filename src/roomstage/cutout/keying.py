"""A product told from a plain background without any mask."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout import background as grounds
from roomstage.cutout import faces, holes, learned, slits, studio_shadow, told
from roomstage.cutout.background import Background, largest
from roomstage.cutout.continuation import continued
from roomstage.cutout.division import core, divide, outlined, smoothed, surely
from roomstage.image import F32, U8

Marks = NDArray[np.bool_]
_MARGIN = 8  # pixels of the border's own colours put round the picture
_INNER = np.s_[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
_NOISIEST = 4.0  # levels of detail on the border above which no background is plain
_REACHED = 0.7  # least share of the border that has to be ground
_OUTLINED = 0.8  # least share of the product's outline that has to be an edge
_SAME = 0.9  # intersection over union from which the net takes the same for the product
_BESIDE = np.ones((21, 21), np.uint8)
_STRAY = 0.03  # edges beside the product, as a share of its pixels, from which doubt is told of
_DUST = 0.015  # of the largest item's pixels; smaller ones are dropped


@dataclass(frozen=True, eq=False, slots=True)
class Key:
    """What keying found, at the size that was analysed."""

    product: Marks  # [h, w] the product
    ground: F32  # [h, w, 3] what would be seen without it, shadow included, sRGB levels
    lit: Marks  # [h, w] where that is in full light
    background: Background  # of the picture with its margin
    plain: bool  # whether the background is plain enough to be trusted
    remarks: tuple[str, ...]  # for the user

    @property
    def noise(self) -> float:
        """Of the ground, levels."""
        return self.background.noise

    def follows(self, marked: Marks) -> float:
        """The share of the outline of `marked` [h, w] that lies on edges of the picture."""
        wide = np.zeros(self.background.ring.shape, bool)
        wide[_INNER] = marked
        return outlined(wide, self.background)

    def within(self, marked: Marks) -> Key:
        """The items that lie under `marked` [h, w] for the most part."""
        count, found = cv2.connectedComponents(self.product.view(np.uint8), connectivity=8)
        labels = np.asarray(found, np.intp)
        total = np.bincount(labels.ravel(), minlength=count)
        under = np.bincount(labels[marked], minlength=count)
        chosen = under > 0.5 * total
        chosen[0] = False
        return replace(self, product=chosen[labels])


def key(rgb: U8) -> Key:
    """Tell product from ground in a picture [h, w, 3], sRGB."""
    # The margin lets the flood round a product that is close to the edge.
    margin = cv2.copyMakeBorder(rgb, *(4 * (_MARGIN,)), borderType=cv2.BORDER_REPLICATE)
    wide = np.asarray(margin, np.uint8)
    background = grounds.fit(wide)
    levels = wide.astype(np.float32)
    sharp = studio_shadow.sharp(levels, background)
    reached, patches = studio_shadow.reach(levels, sharp, background)
    share = _share(rgb)
    if share is not None:
        reached = told.kept(levels, reached, share, background)
    product, outside, evident = _product(wide, levels, background, reached, sharp, patches, share)
    chosen, count = items(product, evident)
    doubts = _doubts(chosen, sharp)
    agreed = not doubts and share is not None and _agreed(chosen, share)
    plain = (
        background.noise < _NOISIEST
        and float(reached[background.ring].mean()) > _REACHED
        and (outlined(chosen, background) > _OUTLINED or agreed)
    )
    inner = np.ascontiguousarray(chosen[_INNER])
    ground = continued(np.ascontiguousarray(levels[_INNER]), outside[_INNER] & ~inner)
    return Key(
        product=inner,
        ground=ground,
        lit=ground[..., 1] > 0.97 * background.lit[_INNER][..., 1],
        background=background,
        plain=plain,
        remarks=_remarks(chosen, count, reached, background) + doubts,
    )


def _share(rgb: U8) -> F32 | None:
    """What the net takes for the product, with the margin round it."""
    share = learned.share(rgb)
    if share is None:
        return None
    wide = cv2.copyMakeBorder(share, *(4 * (_MARGIN,)), borderType=cv2.BORDER_CONSTANT, value=0)
    return np.asarray(wide, np.float32)


def _agreed(product: Marks, share: F32) -> bool:
    """Whether the net takes the same [h, w] for the product: then its outline may be soft."""
    said = share > 0.5
    return bool(np.count_nonzero(said & product) > _SAME * np.count_nonzero(said | product))


def _product(
    wide: U8,
    levels: F32,
    background: Background,
    reached: Marks,
    sharp: Marks,
    patches: faces.Faces,
    share: F32 | None,
) -> tuple[Marks, Marks, Marks]:
    """The product, the sure ground, and where the picture differs from the ground evidently."""
    ground = continued(levels, reached)
    opened = holes.find(levels, ground, ~reached, background)
    linked = np.zeros_like(reached)
    if share is not None:
        linked = told.linked(share, reached, sharp, background)
        within = ~(reached | linked)
        opened = opened | told.openings(levels, ground, within, share, sharp, background)
    outside = reached | studio_shadow.widened(levels, opened, ~reached, sharp, background)
    outside |= slits.find(levels, outside, background)
    sure = surely(levels, ground, outside, sharp, background)
    outside |= linked & ~sure
    inside = core(levels, ground, outside, sure, patches.of(), background)
    evident = largest(cv2.absdiff(levels, ground)) > 6 + 4 * background.noise
    if share is not None:
        deep = told.inner(share)
        inside |= deep & ~outside
        evident |= deep
    markers = np.zeros(outside.shape, bool)
    markers[_INNER] = inside[_INNER]
    product = smoothed(levels, divide(wide, outside, markers), background)
    return product, outside, evident


def items(candidates: Marks, evident: Marks) -> tuple[Marks, int]:
    """The connected candidates that differ evidently from the ground, and how many are big.

    Dust is dropped; an item counts as big from a fifth of the largest.
    """
    count, found = cv2.connectedComponents(candidates.view(np.uint8), connectivity=8)
    labels = np.asarray(found, np.intp)
    weight = np.bincount(labels[evident & candidates], minlength=count).astype(np.float64)
    weight[0] = 0
    heaviest = float(weight.max())
    kept = weight >= max(4.0, _DUST * heaviest)
    return kept[labels], int(np.count_nonzero(weight > max(3.0, 0.2 * heaviest)))


def _remarks(product: Marks, count: int, reached: Marks, background: Background) -> tuple[str, ...]:
    """What the user may want to know."""
    remarks: list[str] = []
    shadow = np.count_nonzero(reached & (background.light < 0.9))
    if shadow > 0.02 * np.count_nonzero(product):
        remarks.append("the shadow in overlay_image was taken out: the room's light casts its own")
    if count > 1:
        remarks.append(
            f"overlay_image shows {count} separate items: all are placed; give overlay_image_mask "
            "to choose one"
        )
    return tuple(remarks)


def _doubts(product: Marks, sharp: Marks) -> tuple[str, ...]:
    """A warning where edges lie beside the product [H, W]: something may have been taken out."""
    near = cv2.dilate(product.view(np.uint8), _BESIDE).astype(bool)
    stray = (sharp & ~near)[2 * _MARGIN : -2 * _MARGIN, 2 * _MARGIN : -2 * _MARGIN]
    if np.count_nonzero(stray) <= _STRAY * np.count_nonzero(product):
        return ()
    return (
        "parts of the product look like its background: give overlay_image_mask if something is "
        "missing",
    )
