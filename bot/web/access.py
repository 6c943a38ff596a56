"""Who may look at pages: the Host check, proof that a form is ours, and how often one may guess.

Rules over values; ``sign_in.py`` puts them before pages. Where a request comes from grants
nothing: being on this machine, or behind a proxy, is no identity.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_address
from threading import Lock
from urllib.parse import urlsplit

FAILURES_A_MINUTE = 10

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")
_ADDRESS_HERE = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def is_our_host(host: str, public_url: str | None) -> bool:
    """Whether a Host header names this server: localhost, loopback, or the public address.

    Any other name is somebody's own, pointed at us so that their script counts as ours.
    """
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].strip("[]").lower()
    if name == "localhost" or (public_url and name == urlsplit(public_url).hostname):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_our_origin(origin: str | None, site: str | None, host: str, public_url: str | None) -> bool:
    """Whether a form was sent by one of our own pages.

    Args:
        origin: The Origin header; programs that are no browser send none.
        site: The Sec-Fetch-Site header.
        host: The Host header, already found to be ours.
    """
    if site not in (None, "same-origin", "none"):
        return False
    if origin is None:
        return True
    parts = urlsplit(origin)
    return parts.netloc == host or (public_url is not None and _origin_of(public_url) == origin)


def is_address_here(address: str) -> bool:
    """Whether an address to go on to after signing in stays on this server."""
    return _ADDRESS_HERE.fullmatch(address) is not None


class Attempts:
    """Counts wrong tokens that this process was given; those beyond ten a minute are not heard."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures: deque[datetime] = deque(maxlen=FAILURES_A_MINUTE)
        self._lock = Lock()

    def wait_s(self) -> int:
        """Seconds until another wrong one is heard; 0 where it is heard now."""
        with self._lock:
            if len(self._failures) < FAILURES_A_MINUTE:
                return 0
            free_at = self._failures[0] + timedelta(minutes=1)
            left = (free_at - self._clock()).total_seconds()
        return max(0, int(left) + (left > int(left)))

    def failed(self) -> None:
        """Count one."""
        with self._lock:
            self._failures.append(self._clock())


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
