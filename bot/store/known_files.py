"""Configuration files of people as they were last found."""

from __future__ import annotations

from sqlalchemy import select

from bot.store.models import KnownFileRow
from bot.store.port import KnownFile
from bot.store.session import Sessions, Transaction


class SqlKnownFiles:
    """``KnownFiles`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def get(self, forge: str, repository_id: str, path: str) -> KnownFile | None:
        """As the port says."""
        with self._sessions.read() as tx:
            row = tx.get(KnownFileRow, (forge, repository_id, path))
            return None if row is None else _value(row)

    def good(
        self,
        forge: str,
        repository_id: str,
        path: str,
        *,
        version: str,
        text: str | None,
        owner_id: str = "",
    ) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = _locked(tx, forge, repository_id, path, owner_id)
            row.version, row.text = version, text
            row.problem = row.problem_version = ""

    def bad(
        self,
        forge: str,
        repository_id: str,
        path: str,
        *,
        version: str,
        problem: str,
        owner_id: str = "",
    ) -> bool:
        """As the port says."""
        with self._sessions.write() as tx:
            row = _locked(tx, forge, repository_id, path, owner_id)
            is_new = (row.problem_version, row.problem) != (version, problem)
            row.problem_version, row.problem = version, problem
            return is_new


def _locked(
    tx: Transaction, forge: str, repository_id: str, path: str, owner_id: str
) -> KnownFileRow:
    """The row of a file, made where there is none."""
    tx.execute(
        tx.insert(KnownFileRow)
        .values(forge=forge, repository_id=repository_id, path=path, owner_id=owner_id)
        .on_conflict_do_nothing()
    )
    row = tx.scalars(
        select(KnownFileRow)
        .where(
            KnownFileRow.forge == forge,
            KnownFileRow.repository_id == repository_id,
            KnownFileRow.path == path,
        )
        .with_for_update()
    ).one()
    row.owner_id = owner_id or row.owner_id
    return row


def _value(row: KnownFileRow) -> KnownFile:
    return KnownFile(
        text=row.text,
        version=row.version,
        problem=row.problem,
        problem_version=row.problem_version,
    )
