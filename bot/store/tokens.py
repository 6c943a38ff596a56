"""Tokens, by the SHA-256 of their text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, func, or_, select, update

from bot.core.access_scopes import Scope, Scopes, in_order
from bot.errors import UserError
from bot.store.columns import Moment
from bot.store.models import PersonRow, TokenRow
from bot.store.persons import unknown_person
from bot.store.port import MOST_TOKENS, USE_NOTED_EVERY_S, NewToken, Token
from bot.store.session import Sessions, Transaction

_KEPT_AFTER_END = timedelta(days=30)


_TOKENS: Table = TokenRow.metadata.tables[TokenRow.__tablename__]
_FOUND = select(*_TOKENS.c).where(_TOKENS.c.sha256 == bindparam("sha256"))
#: On a server, with the time by its clock.
_BY_SHA256 = {
    False: _FOUND,
    True: _FOUND.add_columns(func.clock_timestamp(type_=Moment).label("now")),
}


class SqlTokens:
    """``Tokens`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, new: NewToken) -> Token:
        """As the port says; those that ended long ago are dropped."""
        with self._sessions.write() as tx:
            now = tx.now()
            _lock_owner(tx, new.person_id)
            tx.execute(delete(TokenRow).where(TokenRow.expires_at <= now - _KEPT_AFTER_END))
            _check_room(tx, new.person_id, now)
            row = TokenRow(
                id=str(uuid4()),
                person_id=new.person_id,
                name=new.name,
                sha256=new.sha256,
                beginning=new.beginning,
                scopes=" ".join(in_order(new.scopes)),
                created_at=now,
                expires_at=new.expires_at,
            )
            tx.add(row)
            tx.flush()
            return _value(row)

    def find(self, sha256: str) -> Token | None:
        """As the port says."""
        sessions = self._sessions
        rows = sessions.look(_BY_SHA256[sessions.has_server], sha256=sha256)
        if not rows:
            return None
        token = _value(rows[0])
        now = rows[0].now if sessions.has_server else sessions.now()
        if token.expires_at <= now:
            return None
        noted_before = now - timedelta(seconds=USE_NOTED_EVERY_S)
        if token.used_at is None or token.used_at <= noted_before:
            self._note_use(token.id, noted_before)
        return token

    def get(self, id: str) -> Token | None:
        """As the port says."""
        with self._sessions.read() as tx:
            row = tx.scalar(select(TokenRow).where(TokenRow.id == id))
            return _value(row) if row is not None else None

    def listed(
        self, person_id: str | None, *, before: str | None = None, limit: int = 50
    ) -> Sequence[Token]:
        """As the port says."""
        return self._page([_is_of(person_id)], before, limit)

    def everybodys(self, *, before: str | None = None, limit: int = 50) -> Sequence[Token]:
        """As the port says."""
        return self._page([], before, limit)

    def revoke(self, id: str, person_id: str | None) -> bool:
        """As the port says."""
        with self._sessions.write() as tx:
            found = delete(TokenRow).where(TokenRow.id == id, _is_of(person_id))
            return tx.scalar(found.returning(TokenRow.id)) is not None

    def _page(
        self, which: list[ColumnElement[bool]], before: str | None, limit: int
    ) -> Sequence[Token]:
        found = select(TokenRow).where(*which).order_by(TokenRow.serial.desc()).limit(limit)
        if before is not None:
            last = select(TokenRow.serial).where(TokenRow.id == before, *which).scalar_subquery()
            found = found.where(TokenRow.serial < last)
        with self._sessions.read() as tx:
            return [_value(row) for row in tx.scalars(found)]

    def _note_use(self, id: str, noted_before: datetime) -> None:
        with self._sessions.write() as tx:
            tx.execute(
                update(TokenRow)
                .where(
                    TokenRow.id == id,
                    # Of those who come at the same time one writes.
                    or_(TokenRow.used_at.is_(None), TokenRow.used_at <= noted_before),
                )
                .values(used_at=tx.now())
            )


def _is_of(person_id: str | None) -> ColumnElement[bool]:
    return TokenRow.person_id.is_(None) if person_id is None else TokenRow.person_id == person_id


def _lock_owner(tx: Transaction, person_id: str | None) -> None:
    """Keep a person from being joined with another meanwhile; refuse one who was."""
    if person_id is None:
        return
    owner = select(PersonRow.id).where(PersonRow.id == person_id).with_for_update()
    if tx.scalar(owner) is None:
        raise unknown_person()


def _check_room(tx: Transaction, person_id: str | None, now: datetime) -> None:
    alive = select(func.count()).where(_is_of(person_id), TokenRow.expires_at > now)
    if (tx.scalar(alive) or 0) >= MOST_TOKENS:
        raise UserError(
            f"There are {MOST_TOKENS} tokens that still work, which is the most.",
            reason="too_many_tokens",
            remedy="Revoke one that is not needed any more.",
        )


def _value(row: TokenRow | Row[Any]) -> Token:
    return Token(
        id=row.id,
        person_id=row.person_id,
        name=row.name,
        beginning=row.beginning,
        scopes=_scopes(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


def _scopes(words: str) -> Scopes:
    # One that a later version knew, whose database this is again, allows nothing here.
    return frozenset(Scope(word) for word in words.split() if word in set(Scope))
