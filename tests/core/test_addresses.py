"""Which internet addresses are for everybody, for the operator's consent, or for nobody."""

from __future__ import annotations

import pytest

from bot.core.addresses import Reach, reach


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111"],
)
def test_what_everybody_reaches(address: str) -> None:
    assert reach(address) is Reach.PUBLIC


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "127.0.0.1", "127.255.255.254", "172.16.0.1", "172.31.255.255"),
        *("192.168.0.1", "100.64.0.1", "100.127.255.254", "::1", "fc00::1", "fd12:3456::1"),
        # They hold an address of IPv4, be it private or not.
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:10.0.0.1"),
        *("64:ff9b::10.0.0.1", "64:ff9b::808:808", "64:ff9b:1::7f00:1", "2002:7f00:1::"),
        "2002:0a00:0001::1",
    ],
)
def test_what_is_somebodys_own(address: str) -> None:
    assert reach(address) is Reach.PRIVATE


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "255.255.255.255", "240.0.0.1"),
        *("224.0.0.1", "239.255.255.255", "192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.9"),
        *("198.51.100.1", "192.88.99.1", "100.100.100.200", "168.63.129.16"),
        *("::", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1", "2001::1"),
        *("3fff::1", "5f00::1", "100::1", "fd00:ec2::254", "fd20:ce::254", "2001:10::1"),
        *("::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
        *("::ffff:0.0.0.0", "64:ff9b:1::a9fe:a9fe", "name", "", "127.1", "0177.0.0.1"),
    ],
)
def test_what_nobody_reaches(address: str) -> None:
    assert reach(address) is Reach.NEVER
