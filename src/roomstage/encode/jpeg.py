"""JPEG by OpenCV's libjpeg-turbo: full colour resolution from quality 90 up."""

from __future__ import annotations

import cv2

from roomstage.encode.flatten import on_white
from roomstage.image import U8

_FULL_COLOUR = 90


def encode_jpeg(rgb: U8, alpha: U8 | None = None, quality: int = 95) -> bytes:
    """RGB [H, W, 3] as a baseline JPEG file; alpha is flattened on white."""
    full = quality >= _FULL_COLOUR
    sampling = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if full else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    )
    bgr = cv2.cvtColor(on_white(rgb, alpha), cv2.COLOR_RGB2BGR)
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    _, data = cv2.imencode(".jpg", bgr, settings)
    return data.tobytes()
