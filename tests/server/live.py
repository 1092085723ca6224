"""Real servers on loopback ports, and four real pictures."""

from __future__ import annotations

import contextlib
import http.server
import io
import threading
import time
from collections.abc import Iterator, Mapping

import numpy as np
import uvicorn
from fastapi import FastAPI
from PIL import Image

from roomstage.server.connections import Deadlines, Watch


def pictures() -> dict[str, bytes]:
    """A room with a floor, a product on white, and a mask of each, as PNG files by field."""
    noise = np.random.default_rng(1).integers(0, 12, (240, 320, 3), np.uint8)
    room = noise + np.where(np.arange(240)[:, None, None] < 150, 190, 120).astype(np.uint8)
    product = np.full((120, 160, 3), 255, np.uint8)
    product[30:110, 30:130] = (70, 90, 140)
    spot, silhouette = np.zeros((240, 320), np.uint8), np.zeros((120, 160), np.uint8)
    spot[130:210, 110:210] = 255
    silhouette[30:110, 30:130] = 255
    return {
        "main_image": _png(room),
        "overlay_image": _png(product),
        "main_image_mask": _png(spot),
        "overlay_image_mask": _png(silhouette),
    }


def _png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


@contextlib.contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """`app` as `roomstage serve` runs it, on a free loopback port; yields its root URL."""
    protocol = Watch(Deadlines()).protocol()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", http=protocol))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


@contextlib.contextmanager
def files(content: Mapping[str, bytes]) -> Iterator[str]:
    """A plain web server of `content` by path; yields its root URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = content[self.path.strip("/")]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
