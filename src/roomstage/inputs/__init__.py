"""Everything a caller may hand over, as checked pictures and masks. No sockets are opened here.

Before the pipeline: bytes, text, paths and arrays come in, `Image` and `Mask` go out. What decodes
loads on first use: who only looks at a file's first bytes, as servers do, needs no pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomstage.inputs.limits import Limits
from roomstage.inputs.sniff import kind_of_file
from roomstage.inputs.text import bytes_from_text

if TYPE_CHECKING:
    from roomstage.inputs.decode import decode_image
    from roomstage.inputs.mask import decode_mask
    from roomstage.inputs.source import Source, read_image, read_mask

__all__ = [
    "Limits",
    "Source",
    "bytes_from_text",
    "decode_image",
    "decode_mask",
    "kind_of_file",
    "read_image",
    "read_mask",
]

_HOMES = {
    "decode_image": "roomstage.inputs.decode",
    "decode_mask": "roomstage.inputs.mask",
    "Source": "roomstage.inputs.source",
    "read_image": "roomstage.inputs.source",
    "read_mask": "roomstage.inputs.source",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'roomstage.inputs' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
