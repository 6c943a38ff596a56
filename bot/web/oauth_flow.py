"""A sign-in that is on its way: what the browser keeps while a forge asks its person."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.signatures import same_secret
from bot.web.signing import Signer

FLOW_LASTS = timedelta(minutes=10)
_PARTS = ("provider", "state", "verifier", "redirect_uri", "onwards", "session")
_MOST_CHARACTERS = 4_000


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A sign-in between its two halves. It can be ended by the browser that began it, once."""

    provider: str
    #: What the forge hands back with the code; shows that both belong to this flow.
    state: str
    #: What shows the forge that whoever ends it is who began it (PKCE).
    verifier: str
    redirect_uri: str
    #: Where to go on to when it has ended.
    onwards: str
    #: The id of the session in which it began; empty where nobody had signed in.
    session: str
    expires_at: datetime

    def is_state(self, given: str) -> bool:
        """Whether a forge's answer is to this flow; compared in constant time."""
        return same_secret(given, self.state)


class Flows:
    """Makes and reads the cookies of sign-ins that are on their way."""

    def __init__(self, signer: Signer, clock: Callable[[], datetime]) -> None:
        self._signer = signer
        self._clock = clock

    def begin(self, provider: str, *, redirect_uri: str, onwards: str, session: str) -> Flow:
        """A new one."""
        return Flow(
            provider=provider,
            state=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            onwards=onwards,
            session=session,
            expires_at=self._clock() + FLOW_LASTS,
        )

    def cookie(self, flow: Flow) -> str:
        """The value that `read` accepts for ten minutes."""
        data = {part: getattr(flow, part) for part in _PARTS}
        data["until"] = int(flow.expires_at.timestamp())
        said = base64.urlsafe_b64encode(json.dumps(data).encode()).decode("ascii").rstrip("=")
        return f"{said}.{self._signer.sign('oauth', said)}"

    def read(self, cookie: str | None) -> Flow | None:
        """The flow of a cookie that we made and whose time is not over."""
        said, _, signature = (cookie or "")[:_MOST_CHARACTERS].rpartition(".")
        if not self._signer.holds("oauth", said, signature):
            return None
        now = self._clock()
        try:
            data = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
            flow = Flow(
                **{part: str(data[part]) for part in _PARTS},
                expires_at=datetime.fromtimestamp(int(data["until"]), tz=now.tzinfo),
            )
        except (ValueError, KeyError, TypeError, binascii.Error):
            # Signed by an earlier version, which kept other things.
            return None
        return flow if now < flow.expires_at else None

    def ending(self, flow: Flow) -> str:
        """The name under which the store knows that it was ended. Nobody but us can make it."""
        return self._signer.sign("oauth ended", flow.state)
