"""Everything a caller may hand over, as checked pictures and masks. No sockets are opened here.

Before the pipeline: bytes, text, paths and arrays come in, `Image` and `Mask` go out.
"""

from __future__ import annotations

from roomstage.inputs.decode import decode_image
from roomstage.inputs.limits import Limits
from roomstage.inputs.mask import decode_mask
from roomstage.inputs.sniff import kind_of_file
from roomstage.inputs.source import Source, read_image, read_mask
from roomstage.inputs.text import bytes_from_text

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
