"""LitServe serving the same engine function as roomstage's own workers.

python -m roomstage.bench.litserve_peer PORT WORKERS
"""

from __future__ import annotations

import base64
import sys
import time
from typing import Any

import litserve  # pyright: ignore[reportMissingImports]


class Staging(litserve.LitAPI):
    """`furniture-staging` as a LitServe function."""

    def setup(self, device: Any) -> None:
        """Import everything and stage the canary, as a worker of roomstage does."""
        from roomstage.models import canary, registry
        from roomstage.service.rooms import RoomCache

        self._model = registry()["furniture-staging"]
        self._rooms = RoomCache(256_000_000)
        canary.stage("cpu")

    def predict(self, x: Any, **kwargs: Any) -> dict[str, Any]:
        """Stage, and tell how long that took; `x` is the request's JSON, what returns is it too."""
        schema = self._model.schema
        pictures = {name: base64.b64decode(x[name]) for name in schema.image_roles() if x.get(name)}
        start = time.perf_counter()
        output = self._model.run(schema.parse({**x, **pictures}), pictures, rooms=self._rooms)
        spent = (time.perf_counter() - start) * 1000
        return {"image": base64.b64encode(output.data).decode("ascii"), "engine_ms": spent}


if __name__ == "__main__":
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    server = litserve.LitServer(Staging(), accelerator="cpu", workers_per_device=workers)
    server.run(port=port, host="127.0.0.1", generate_client_file=False, log_level="error")
