"""Who may look at pages: the Host check, the session cookie, and proof that a form is ours.

Rules over values; ``sign_in.py`` puts them before pages. Where a request comes from grants
nothing: being on this machine, or behind a proxy, is no identity.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from threading import Lock
from urllib.parse import urlsplit

from bot.core.signatures import same_secret

SESSION_LASTS = timedelta(days=30)
FAILURES_A_MINUTE = 10

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")
_COOKIE = re.compile(r"([A-Za-z0-9_-]{20,60})\.([0-9]{1,12})\.([0-9a-f]{64})")
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


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who has signed in. There is one person: the operator, ``you`` in threads."""

    id: str
    expires_at: datetime


class Sessions:
    """Makes and reads session cookies. A cookie is an id and an end, signed; no secret is in it."""

    def __init__(self, secret_key: str, clock: Callable[[], datetime]) -> None:
        self._key = secret_key.encode()
        self._clock = clock

    def begin(self) -> Session:
        """A new session."""
        return Session(id=secrets.token_urlsafe(24), expires_at=self._clock() + SESSION_LASTS)

    def cookie(self, session: Session) -> str:
        """The value that `read` accepts until the session ends."""
        said = f"{session.id}.{int(session.expires_at.timestamp())}"
        return f"{said}.{self._sign('session', said)}"

    def read(self, cookie: str | None) -> Session | None:
        """The session of a cookie that we made and that has not ended."""
        found = _COOKIE.fullmatch(cookie or "")
        if found is None:
            return None
        session_id, until, signature = found.groups()
        if not hmac.compare_digest(signature, self._sign("session", f"{session_id}.{until}")):
            return None
        now = self._clock()
        expires_at = datetime.fromtimestamp(int(until), tz=now.tzinfo)
        return Session(id=session_id, expires_at=expires_at) if now < expires_at else None

    def form_token(self, session: Session) -> str:
        """What every form of this session carries, so that nobody else's page can send it."""
        return self._sign("form", session.id)

    def is_form_token(self, session: Session, token: str) -> bool:
        """Whether a form carries this session's token."""
        return same_secret(token, self.form_token(session))

    def ending(self, session: Session) -> str:
        """The name under which the store knows that a session was left.

        Nobody but us can make it from a cookie; else it could be used up as a code.
        """
        return self._sign("ended", session.id)

    def _sign(self, purpose: str, said: str) -> str:
        # The purpose is signed too, so that one kind of token can never pass for the other.
        message = f"firstcommit {purpose}\n{said}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


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
