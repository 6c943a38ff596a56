"""One-time sign-in codes."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, select

from bot.store.models import SignInRow
from bot.store.session import Sessions


class SqlSignIns:
    """``SignIns`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, code: str, *, valid_s: float) -> None:
        """As the port says; codes that have expired unused are dropped."""
        with self._sessions.write() as tx:
            now = tx.now()
            tx.execute(delete(SignInRow).where(SignInRow.expires_at <= now))
            tx.add(
                SignInRow(code_sha256=_digest(code), expires_at=now + timedelta(seconds=valid_s))
            )

    def use(self, code: str) -> bool:
        """As the port says."""
        with self._sessions.write() as tx:
            expires_at = tx.scalar(
                delete(SignInRow)
                .where(SignInRow.code_sha256 == _digest(code))
                .returning(SignInRow.expires_at)
            )
            return expires_at is not None and expires_at > tx.now()

    def holds(self, code: str) -> bool:
        """As the port says."""
        with self._sessions.read() as tx:
            found = select(SignInRow.expires_at).where(SignInRow.code_sha256 == _digest(code))
            expires_at = tx.scalar(found)
            return expires_at is not None and expires_at > tx.now()

    def claim(self, code: str, *, valid_s: float) -> bool:
        """As the port says."""
        with self._sessions.write() as tx:
            now = tx.now()
            tx.execute(delete(SignInRow).where(SignInRow.expires_at <= now))
            new = tx.scalar(
                tx.insert(SignInRow)
                .values(code_sha256=_digest(code), expires_at=now + timedelta(seconds=valid_s))
                .on_conflict_do_nothing()
                .returning(SignInRow.code_sha256)
            )
            return new is not None


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
