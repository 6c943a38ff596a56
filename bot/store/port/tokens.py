"""Tokens with which programs act for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.access_scopes import Scopes

#: A use is written down at most once in this time, so that reading stays reading.
USE_NOTED_EVERY_S = 60
MOST_TOKENS = 100


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token without its text. ``person_id`` is None for the operator's."""

    id: str
    person_id: str | None
    name: str
    #: The first characters of its text, by which people know it.
    beginning: str
    scopes: Scopes
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """A token as it is made. Of its text only ``sha256`` and ``beginning`` come here."""

    person_id: str | None
    name: str
    sha256: str
    beginning: str
    scopes: Scopes
    expires_at: datetime


class Tokens(Protocol):
    """Tokens, by the SHA-256 of their text. One whose time is over is kept 30 days for lists."""

    def add(self, new: NewToken) -> Token:
        """Store one.

        Raises ``UserError``: ``too_many_tokens`` where its owner has 100 that still work;
        ``unknown_person``.
        """

    def find(self, sha256: str) -> Token | None:
        """The token, if it still works; it counts as used now, to the minute."""

    def get(self, id: str) -> Token | None:
        """A token, whether it still works or not."""

    def listed(
        self, person_id: str | None, *, before: str | None = None, limit: int = 50
    ) -> Sequence[Token]:
        """Those of a person, or where None the operator's, the newest first.

        Args:
            before: The id of the last one seen; nothing follows an id that is not theirs.
        """

    def everybodys(self, *, before: str | None = None, limit: int = 50) -> Sequence[Token]:
        """The same of all owners, for the operator."""

    def revoke(self, id: str, person_id: str | None) -> bool:
        """Drop one of that owner's; False where they have none of that id."""
