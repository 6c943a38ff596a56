"""How far an internet address reaches: everywhere, into somebody's own network, or where no call
of ours has any business.

The tables are our own, since those of ``ipaddress`` differ between releases of Python.
https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


class Reach(IntEnum):
    """From the most open to the most closed, so that `max` gives the stricter of two."""

    PUBLIC = 0
    PRIVATE = 1
    NEVER = 2


_PRIVATE_4 = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
)
_NEVER_4 = (
    IPv4Network("0.0.0.0/8"),
    # Metadata services of clouds give credentials to whoever asks; not all are link-local.
    IPv4Network("100.100.100.200/32"),
    IPv4Network("168.63.129.16/32"),
    IPv4Network("169.254.0.0/16"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.0.2.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("198.18.0.0/15"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv4Network("224.0.0.0/4"),
    IPv4Network("240.0.0.0/4"),
)
_PRIVATE_6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
#: Metadata services again: one network's owner cannot own these.
_METADATA_6 = (IPv6Network("fd00:ec2::/32"), IPv6Network("fd20:ce::254/128"))
#: All that is given out for everybody to reach, and what of it is not.
_GIVEN_OUT_6 = IPv6Network("2000::/3")
_NEVER_6 = (
    IPv6Network("2001::/23"),
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
)
#: Networks whose addresses hold one of IPv4, and how many bits stand behind it.
_HOLDING_4 = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("64:ff9b:1::/48"), 0),
    (IPv6Network("2002::/16"), 80),
)


def reach(text: str) -> Reach:
    """How far an address reaches. What is no address, or has a zone, counts as NEVER."""
    try:
        address = ip_address(text)
    except ValueError:
        return Reach.NEVER
    if isinstance(address, IPv4Address):
        return _reach_4(address)
    return Reach.NEVER if address.scope_id else _reach_6(address)


def _reach_4(address: IPv4Address) -> Reach:
    if any(address in network for network in _NEVER_4):
        return Reach.NEVER
    if any(address in network for network in _PRIVATE_4):
        return Reach.PRIVATE
    return Reach.PUBLIC


def _reach_6(address: IPv6Address) -> Reach:
    if any(address in network for network in _METADATA_6):
        return Reach.NEVER
    if any(address in network for network in _PRIVATE_6):
        return Reach.PRIVATE
    for network, bits_behind in _HOLDING_4:
        if address in network:
            held = IPv4Address((int(address) >> bits_behind) & 0xFFFFFFFF)
            # Who leads such a packet where is decided by the network that we stand in.
            return max(Reach.PRIVATE, _reach_4(held))
    if address not in _GIVEN_OUT_6 or any(address in network for network in _NEVER_6):
        return Reach.NEVER
    return Reach.PUBLIC
