"""One staging in a process of its own; prints what memory it took as JSON.

python -m roomstage.bench.child ROOM PRODUCT MASK FORMAT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_FIELDS = ("main_image", "overlay_image", "main_image_mask", "overlay_image_mask")


def peak_mb() -> float:
    """The most memory (resident set) that this process has held so far, in MB of 10^6 bytes.

    Raises:
        ImportError: on systems that do not tell.
    """
    if _STATUS.is_file():
        # Not getrusage: a child's figure there starts from what its parent held when it forked.
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def _main(image_format: str, *files: str) -> None:
    from roomstage.bench.subject import PROMPT
    from roomstage.models.furniture_staging import FurnitureStaging, FurnitureStagingParams

    pictures = {name: Path(path).read_bytes() for name, path in zip(_FIELDS, files, strict=False)}
    fields = {**pictures, "prompt": PROMPT, "image_format": image_format}
    params = FurnitureStagingParams.parse(fields)
    before = peak_mb()
    output = FurnitureStaging().run(params, pictures)
    changed = output.report["pixels_changed"] / (output.size[0] * output.size[1])
    print(json.dumps({"before_mb": before, "peak_mb": peak_mb(), "changed": changed}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
