"""Which IP addresses belong to the public internet.

`ipaddress.is_global` alone does not tell: it calls 224.0.0.1, fec0::1 and every IPv6 address that
carries an IPv4 one (mapped, NAT64, 6to4, Teredo, ISATAP) global, though they lead elsewhere.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_REFUSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "100.64.0.0/10",  # carrier-grade NAT
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarking
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")  # all that is assigned to the public internet
_REFUSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",  # documentation
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # the word before the IPv4 address in an ISATAP interface id


def is_public(address: str) -> bool:
    """True if `address`, a numeric IPv4 or IPv6 address, is a host on the public internet.

    IPv6 addresses that embed an IPv4 address are refused as a class, whatever they embed.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(parsed) if isinstance(parsed, IPv4Address) else _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in block for block in _REFUSED_V4)
    )


def _is_public_v6(address: IPv6Address) -> bool:
    interface_word = (int(address) >> 32) & 0xFFFFFFFF
    return (
        address.scope_id is None
        and address in _UNICAST_V6
        and address.is_global
        and interface_word not in _ISATAP
        and not any(address in block for block in _REFUSED_V6)
    )
