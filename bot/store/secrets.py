"""Sealed secrets of organisations."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from bot.store.models import OrganisationRow, SecretRow
from bot.store.port import StoredSecret
from bot.store.session import Sessions, Transaction


class SqlSecrets:
    """``OrganisationSecrets`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def put(self, forge: str, organisation: str, name: str, *, origin: str, sealed: str) -> None:
        """As the port says; one that is replaced counts as new and unused."""
        with self._sessions.write() as tx:
            value = {"origin": origin, "sealed": sealed, "created_at": tx.now(), "used_at": None}
            key = {"forge": forge, "organisation": organisation.lower(), "name": name}
            tx.execute(
                tx.insert(SecretRow)
                .values(**key, **value)
                .on_conflict_do_update(index_elements=list(key), set_=value)
            )

    def drop(self, forge: str, organisation: str, name: str) -> bool:
        """As the port says."""
        with self._sessions.write() as tx:
            row = _one(tx, forge, organisation, name)
            if row is not None:
                tx.delete(row)
            return row is not None

    def listed(self, forge: str, organisation: str) -> Sequence[StoredSecret]:
        """As the port says."""
        with self._sessions.read() as tx:
            rows = tx.scalars(
                select(SecretRow).where(
                    SecretRow.forge == forge, SecretRow.organisation == organisation.lower()
                )
            )
            return sorted((_value(row) for row in rows), key=lambda secret: secret.name)

    def take(self, forge: str, organisation: str, name: str) -> tuple[StoredSecret, str] | None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = _one(tx, forge, organisation, name)
            if row is None:
                return None
            row.used_at = tx.now()
            return _value(row), row.sealed


def let_go(tx: Transaction, organisation: OrganisationRow, login: str) -> None:
    """Drop the secrets of a login that this organisation gives up.

    They stay where another account has been seen under that login since: they are its own.
    """
    if not _others(tx, organisation, login):
        _drop_all(tx, organisation.forge, login)


def take_over(tx: Transaction, organisation: OrganisationRow) -> None:
    """Drop what an earlier bearer of this organisation's login left: it was not meant for it."""
    if _others(tx, organisation, organisation.login):
        _drop_all(tx, organisation.forge, organisation.login)


def _others(tx: Transaction, organisation: OrganisationRow, login: str) -> bool:
    """Whether other accounts were last seen under a login."""
    same = (
        OrganisationRow.forge == organisation.forge,
        func.lower(OrganisationRow.login) == login.lower(),
        OrganisationRow.id != organisation.id,
    )
    return tx.scalar(select(OrganisationRow.id).where(*same).limit(1)) is not None


def _drop_all(tx: Transaction, forge: str, login: str) -> None:
    tx.execute(
        delete(SecretRow)
        .where(SecretRow.forge == forge, SecretRow.organisation == login.lower())
        .execution_options(synchronize_session=False)
    )


def _one(tx: Transaction, forge: str, organisation: str, name: str) -> SecretRow | None:
    return tx.scalar(
        select(SecretRow)
        .where(
            SecretRow.forge == forge,
            SecretRow.organisation == organisation.lower(),
            SecretRow.name == name,
        )
        .with_for_update()
    )


def _value(row: SecretRow) -> StoredSecret:
    return StoredSecret(
        forge=row.forge,
        organisation=row.organisation,
        name=row.name,
        origin=row.origin,
        created_at=row.created_at,
        used_at=row.used_at,
    )
