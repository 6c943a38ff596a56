"""Accounts that installed us, and the grants under which we act for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Select, select, update

from bot.store import erasing, secrets
from bot.store.models import InstallationRow, OrganisationRow
from bot.store.port import Organisation
from bot.store.session import Sessions, Transaction


class SqlOrganisations:
    """``Organisations`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def seen(
        self, forge: str, account_id: str, login: str, *, is_person: bool, installation: str
    ) -> Organisation:
        """As the port says. A grant that was not known makes it the present one."""
        account = _Account(forge, account_id, login, is_person)
        with self._sessions.write() as tx:
            row = _account(tx, account, installation)
            # An event that names no grant says nothing against the one that is known.
            if (installation or not row.installation) and _add_grant(tx, row, installation):
                row.installation = installation
            tx.flush()
            return _one(tx, row.id)

    def installed(
        self, forge: str, account_id: str, login: str, *, is_person: bool, installation: str
    ) -> Organisation:
        """As the port says."""
        account = _Account(forge, account_id, login, is_person)
        with self._sessions.write() as tx:
            row = _account(tx, account, installation)
            _add_grant(tx, row, installation)
            row.installation = installation
            tx.execute(
                update(InstallationRow)
                .where(
                    InstallationRow.organisation_id == row.id,
                    InstallationRow.installation == installation,
                )
                .values(suspended=False, removed_at=None)
                .execution_options(synchronize_session=False)
            )
            tx.flush()
            return _one(tx, row.id)

    def suspend(self, forge: str, installation: str, *, suspended: bool) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.execute(
                update(InstallationRow)
                .where(InstallationRow.forge == forge, InstallationRow.installation == installation)
                .values(suspended=suspended)
            )

    def remove(self, forge: str, installation: str) -> None:
        """As the port says; the time of the first removal stays."""
        with self._sessions.write() as tx:
            tx.execute(
                update(InstallationRow)
                .where(
                    InstallationRow.forge == forge,
                    InstallationRow.installation == installation,
                    InstallationRow.removed_at.is_(None),
                )
                .values(removed_at=tx.now())
            )

    def find(self, forge: str, account_id: str) -> Organisation | None:
        """As the port says."""
        with self._sessions.read() as tx:
            account = OrganisationRow.forge == forge, OrganisationRow.account_id == account_id
            found = _read(tx, _PRESENT.where(*account))
            return found[0] if found else None

    def all(self) -> Sequence[Organisation]:
        """As the port says."""
        with self._sessions.read() as tx:
            return sorted(_read(tx, _PRESENT), key=lambda found: (found.forge, found.login))

    def erase_removed(self, *, removed_for_days: int = 30) -> int:
        """As the port says."""
        with self._sessions.write() as tx:
            now = tx.now()
            gone = tx.scalars(
                select(OrganisationRow)
                .join(InstallationRow, _IS_PRESENT)
                .where(InstallationRow.removed_at <= now - timedelta(days=removed_for_days))
                .order_by(OrganisationRow.id)
                .with_for_update()
            ).all()
            for organisation in gone:
                erasing.erase(tx, organisation, now)
            return len(gone)


class _Account(NamedTuple):
    forge: str
    account_id: str
    login: str
    is_person: bool


_IS_PRESENT = (InstallationRow.organisation_id == OrganisationRow.id) & (
    InstallationRow.installation == OrganisationRow.installation
)
_PRESENT = select(OrganisationRow, InstallationRow).join(InstallationRow, _IS_PRESENT)


def _account(tx: Transaction, account: _Account, installation: str) -> OrganisationRow:
    """The locked row of an account, made or renamed."""
    new = tx.scalar(
        tx.insert(OrganisationRow)
        .values(
            id=str(uuid4()),
            forge=account.forge,
            account_id=account.account_id,
            login=account.login,
            is_person=account.is_person,
            installation=installation,
            created_at=tx.moment,
        )
        .on_conflict_do_nothing(index_elements=[OrganisationRow.forge, OrganisationRow.account_id])
        .returning(OrganisationRow.id)
    )
    row = tx.scalars(
        select(OrganisationRow)
        .where(
            OrganisationRow.forge == account.forge, OrganisationRow.account_id == account.account_id
        )
        .with_for_update(key_share=True)
    ).one()
    is_renamed = row.login.lower() != account.login.lower()
    if is_renamed:
        secrets.let_go(tx, row, row.login)
    row.login = account.login
    row.is_person = account.is_person
    if new is not None or is_renamed:
        # Logins are given up and taken by others; secrets are kept by login.
        secrets.take_over(tx, row)
    return row


def _add_grant(tx: Transaction, organisation: OrganisationRow, installation: str) -> bool:
    """Whether the grant was not known yet."""
    new = tx.scalar(
        tx.insert(InstallationRow)
        .values(
            organisation_id=organisation.id,
            installation=installation,
            forge=organisation.forge,
            suspended=False,
        )
        .on_conflict_do_nothing()
        .returning(InstallationRow.installation)
    )
    return new is not None


def _one(tx: Transaction, id: str) -> Organisation:
    return _read(tx, _PRESENT.where(OrganisationRow.id == id))[0]


def _read(tx: Transaction, query: Select[OrganisationRow, InstallationRow]) -> list[Organisation]:
    return [
        Organisation(
            id=row.id,
            forge=row.forge,
            account_id=row.account_id,
            login=row.login,
            is_person=row.is_person,
            installation=row.installation,
            suspended=grant.suspended,
            removed_at=grant.removed_at,
        )
        for row, grant in tx.execute(query)
    ]
