"""Session cookies: an id, whose it is, and an end, signed; no secret is in one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.port import Person
from bot.web.signing import Signer

SESSION_LASTS = timedelta(days=30)

_COOKIE = re.compile(
    r"([A-Za-z0-9_-]{20,60})\.(?=[op])(o?)(?:p([0-9a-f-]{36})r([0-9]{1,9}))?"
    r"\.([0-9]{1,12})\.([0-9a-f]{64})"
)


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who has signed in: the operator (``you`` in threads), a person, or both in one."""

    id: str
    expires_at: datetime
    is_operator: bool = False
    person_id: str | None = None
    #: Which of the person's rounds of sessions it is of; those of an earlier one are over.
    round: int = 0


class Sessions:
    """Makes and reads session cookies. Whether a session was left since, the store knows."""

    def __init__(self, signer: Signer, clock: Callable[[], datetime]) -> None:
        self._signer = signer
        self._clock = clock

    def begin(self, *, is_operator: bool = False, person: Person | None = None) -> Session:
        """A new session, with an id that nobody has seen before."""
        return Session(
            id=secrets.token_urlsafe(24),
            expires_at=self._clock() + SESSION_LASTS,
            is_operator=is_operator,
            person_id=person.id if person else None,
            round=person.session_round if person else 0,
        )

    def cookie(self, session: Session) -> str:
        """The value that `read` accepts until the session ends."""
        whose = "o" if session.is_operator else ""
        if session.person_id is not None:
            whose += f"p{session.person_id}r{session.round}"
        said = f"{session.id}.{whose}.{int(session.expires_at.timestamp())}"
        return f"{said}.{self._signer.sign('session', said)}"

    def read(self, cookie: str | None) -> Session | None:
        """The session of a cookie that we made and that has not ended."""
        found = _COOKIE.fullmatch(cookie or "")
        if found is None:
            return None
        said = found[0].rpartition(".")[0]
        if not self._signer.holds("session", said, found[6]):
            return None
        now = self._clock()
        session = Session(
            id=found[1],
            expires_at=datetime.fromtimestamp(int(found[5]), tz=now.tzinfo),
            is_operator=bool(found[2]),
            person_id=found[3],
            round=int(found[4] or 0),
        )
        return session if now < session.expires_at else None

    def form_token(self, session: Session) -> str:
        """What every form of this session carries, so that nobody else's page can send it."""
        return self._signer.sign("form", session.id)

    def is_form_token(self, session: Session, token: str) -> bool:
        """Whether a form carries this session's token."""
        return self._signer.holds("form", session.id, token)

    def ending(self, session: Session) -> str:
        """The name under which the store knows that a session was left.

        Nobody but us can make it from a cookie; else it could be used up as a code.
        """
        return self._signer.sign("ended", session.id)
