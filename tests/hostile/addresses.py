"""Groups 65 to 74: addresses that must never be connected to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_LOOPBACK = (
    "http://127.0.0.1/a.png",
    "http://127.255.255.254/",
    "http://localhost/a.png",
    "http://localhost./a.png",
    "http://LOCALHOST/",
    "http://0.0.0.0/",
    "http://0/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://2130706433/",
    "http://017700000001/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
)
_METADATA = (
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://metadata.google.internal/computeMetadata/v1/",
)
_EMBEDDED = (
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",  # mapped
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",  # compatible
    "http://[64:ff9b::a9fe:a9fe]/",  # NAT64
    "http://[64:ff9b:1::a9fe:a9fe]/",  # local NAT64
    "http://[2002:7f00:1::]/",  # 6to4
    "http://[2001:0:53aa:64c::7f00:1]/",  # Teredo
    "http://[2a01:4f8::5efe:127.0.0.1]/",  # ISATAP
    "http://[2a01:4f8::200:5efe:7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
)
_PRIVATE = (
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://192.0.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "https://127.0.0.1:8443/",
)
_SCHEMES = (
    "file:///etc/passwd",
    "ftp://8.8.8.8/a",
    "gopher://8.8.8.8/",
    "dict://8.8.8.8:11211/",
    "unix:/var/run/docker.sock",
    "jar:http://8.8.8.8/a!/b",
    "javascript:alert(1)",
    "javascript://8.8.8.8/",
    "\\\\host\\share",
)
_TRICKS = (
    "http://good@8.8.8.8/",
    "http://user:word@8.8.8.8/",
    "http://good@127.0.0.1/",
    "http://127.0.0.1#@8.8.8.8/",
    "http://127.0.0.1?@8.8.8.8/",
    "http://8.8.8.8\\@127.0.0.1/",
    "http://8.8.8.8/\t../",
    "http://8.8\t.8.8/",
    "http://8.8.8.8/\na",
    "http://8.8.8.8/a\r\nHost: b/",
    "http://8.8.8.8%2f@127.0.0.1/",
    "http://8.8.8.8%00.example/",
    "http://8.8.8.8:80:81/",
    "http://8.8.8.8:99999/",
    "http://8.8.8.8:-1/",
    "http://8.8.8.8:8o/",
    "http:///nohost",
    "http://",
    "http:/8.8.8.8/",
    "http:8.8.8.8",
    "http://[::1",
    "http://[8.8.8.8]/",
    "http://" + "a" * 300 + ".example/",
    "http://" + "ä" * 300 + ".example/",
    "http://8.8.8.8/" + "a" * 10_000,
    "http://a..b/",
    "http://xn--/",
    "http://ex ample.com/",
)
_PORTS = (
    "http://8.8.8.8:22/",
    "http://8.8.8.8:25/",
    "http://8.8.8.8:0/",
    "http://8.8.8.8:1023/",
    "http://127.0.0.1:6379/",
)

_GROUPS = {
    65: _LOOPBACK,
    66: _METADATA,
    67: _EMBEDDED,
    68: _PRIVATE,
    71: _SCHEMES,
    72: _TRICKS,
    73: _PORTS,
}


@dataclass(frozen=True)
class Address:
    """One URL that is refused unasked."""

    group: int
    url: str


def addresses() -> Iterator[Address]:
    """Every address."""
    for group, urls in _GROUPS.items():
        for url in urls:
            yield Address(group, url)


def redirected_to() -> list[str]:
    """Where a public host must not send a fetch: one of every kind, for group 69."""
    return [*_LOOPBACK[:3], _METADATA[0], *_EMBEDDED[:2], *_PRIVATE[:3], _SCHEMES[0], _SCHEMES[2]]
