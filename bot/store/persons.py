"""People and their accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, bindparam, delete, select, update

from bot.core.identity import Actor
from bot.errors import UserError
from bot.store.models import AccountRow, PersonRow, TokenRow
from bot.store.port import Person
from bot.store.session import Sessions, Transaction, Turn

_PERSONS: Table = PersonRow.metadata.tables[PersonRow.__tablename__]
_ACCOUNTS: Table = AccountRow.metadata.tables[AccountRow.__tablename__]
_WITH_ACCOUNTS = (
    select(
        _PERSONS.c.id,
        _PERSONS.c.session_round,
        _ACCOUNTS.c.forge,
        _ACCOUNTS.c.account_id,
        _ACCOUNTS.c.login,
    )
    .select_from(_PERSONS.outerjoin(_ACCOUNTS, _ACCOUNTS.c.person_id == _PERSONS.c.id))
    .order_by(_ACCOUNTS.c.linked_at, _ACCOUNTS.c.forge)
)
_BY_ID = _WITH_ACCOUNTS.where(_PERSONS.c.id == bindparam("id"))


class SqlPersons:
    """``Persons`` over SQLAlchemy.

    Whoever changes whose an account is takes a turn: few do, and never two of them at once.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def signed_in(self, actor: Actor) -> Person:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.take_turn(Turn.LINKING)
            account = _account(tx, actor)
            if account is None:
                person = PersonRow(id=str(uuid4()), session_round=0, created_at=tx.now())
                tx.add(person)
                tx.flush()
                account = _added(tx, person.id, actor)
            account.login = actor.login
            tx.flush()
            return _one(tx, account.person_id)

    def link(self, person_id: str, actor: Actor) -> Person:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.take_turn(Turn.LINKING)
            person = _one(tx, person_id)
            account = _account(tx, actor)
            if account is None:
                _check_room(person, actor)
                account = _added(tx, person_id, actor)
            elif account.person_id != person_id:
                other = _one(tx, account.person_id)
                for theirs in other.accounts:
                    _check_room(person, theirs)
                _join(tx, other.id, person_id)
            account.login = actor.login
            tx.flush()
            return _one(tx, person_id)

    def unlink(self, person_id: str, forge: str) -> Person:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.take_turn(Turn.LINKING)
            person = _one(tx, person_id)
            account = person.on(forge)
            if account is None:
                raise UserError("No account on that forge is linked.", reason="not_linked")
            if len(person.accounts) == 1:
                raise UserError(
                    "The last account stays: without it you could not sign in.",
                    reason="last_account",
                    remedy="Link another one first.",
                )
            tx.execute(
                delete(AccountRow).where(
                    AccountRow.forge == forge, AccountRow.account_id == account.account_id
                )
            )
            return _in_next_round(tx, person_id)

    def end_sessions(self, person_id: str) -> Person:
        """As the port says."""
        with self._sessions.write() as tx:
            return _in_next_round(tx, person_id)

    def get(self, id: str) -> Person | None:
        """As the port says."""
        return _value(self._sessions.look(_BY_ID, id=id))

    def of_account(self, forge: str, account_id: str) -> Person | None:
        """As the port says."""
        owner = (
            select(AccountRow.person_id)
            .where(AccountRow.forge == forge, AccountRow.account_id == account_id)
            .scalar_subquery()
        )
        with self._sessions.read() as tx:
            return _read(tx, PersonRow.id == owner)


def _account(tx: Transaction, actor: Actor) -> AccountRow | None:
    return tx.get(AccountRow, (actor.forge, actor.account_id))


def _added(tx: Transaction, person_id: str, actor: Actor) -> AccountRow:
    account = AccountRow(
        forge=actor.forge,
        account_id=actor.account_id,
        person_id=person_id,
        login=actor.login,
        linked_at=tx.now(),
    )
    tx.add(account)
    return account


def _check_room(person: Person, actor: Actor) -> None:
    has = person.on(actor.forge)
    if has is not None and not has.is_same_as(actor):
        raise UserError(
            f"You have the account {has.login} on that forge already, and can have one only.",
            reason="account_taken",
            remedy=f"Unlink {has.login} first, or sign out to go on as {actor.login}.",
        )


def _join(tx: Transaction, other_id: str, person_id: str) -> None:
    """Give all that is somebody's to another, and drop them."""
    tx.execute(
        update(AccountRow).where(AccountRow.person_id == other_id).values(person_id=person_id)
    )
    # A token may be in the making for them: it is here by then, or finds nobody any more.
    other = tx.scalars(select(PersonRow).where(PersonRow.id == other_id).with_for_update()).one()
    tx.execute(update(TokenRow).where(TokenRow.person_id == other_id).values(person_id=person_id))
    tx.delete(other)
    tx.flush()


def _in_next_round(tx: Transaction, person_id: str) -> Person:
    tx.execute(
        update(PersonRow)
        .where(PersonRow.id == person_id)
        .values(session_round=PersonRow.session_round + 1)
    )
    return _one(tx, person_id)


def _one(tx: Transaction, person_id: str) -> Person:
    person = _read(tx, PersonRow.id == person_id)
    if person is None:
        raise unknown_person()
    return person


def unknown_person() -> UserError:
    """Somebody who was joined with another since, or never was."""
    return UserError(
        "There is no such person any more.", reason="unknown_person", remedy="Sign in again."
    )


def _read(tx: Transaction, which: ColumnElement[bool]) -> Person | None:
    return _value(tx.execute(_WITH_ACCOUNTS.where(which)).all())


def _value(rows: Sequence[Any]) -> Person | None:
    if not rows:
        return None
    accounts = tuple(
        Actor(forge=row.forge, account_id=row.account_id, login=row.login)
        for row in rows
        if row.forge is not None
    )
    return Person(id=rows[0].id, accounts=accounts, session_round=rows[0].session_round)
