"""The sample pictures of the package, by name and by the server's own addresses."""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

_PATH = re.compile(r"/samples/((?:rooms|products|masks)/[A-Za-z0-9_-]+\.(?:jpg|png))")


def folder() -> Path:
    """Where they are: in the package, or in the checkout that it is run from."""
    packaged = Path(str(files("roomstage"))) / "samples"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "samples"


class Samples:
    """Knows the samples' addresses, so that examples with them need no fetch from oneself.

    Args:
        public_url: under which callers reach the server, or "".
        host: the address it listens on.
    """

    def __init__(self, public_url: str, host: str) -> None:
        self._public_url = public_url
        self._host = host

    def data(self, url: str) -> bytes | None:
        """The sample that a URL of this server names, or None if it is none."""
        try:
            parts = urlsplit(url.strip())
            host = parts.hostname or ""
        except ValueError:
            return None
        match = _PATH.fullmatch(parts.path)
        if match is None or not (host in self._own_names or _is_of_this_machine(host)):
            return None
        path = folder() / match[1]
        return path.read_bytes() if path.is_file() else None

    @cached_property
    def _own_names(self) -> frozenset[str]:
        public = urlsplit(self._public_url).hostname or ""
        names = {public, self._host.strip("[]"), socket.gethostname()}
        return frozenset(name.lower() for name in names if name)


def _is_of_this_machine(host: str) -> bool:
    """Whether it is localhost or an address of this machine: pages name the one they came from."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    if address.is_loopback:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.bind((host, 0))  # no packet is sent; only own addresses can be bound
    except OSError:
        return False
    return not (address.is_unspecified or address.is_multicast)
