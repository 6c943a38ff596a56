"""Commands, each recorded once by its key."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, or_, select, update

from bot.core.identity import Actor, actor_to_dict, thread_to_dict
from bot.core.passes import ASKED_BY_RUN
from bot.store.leases import happened_by
from bot.store.models import CommandRecord, RunRow
from bot.store.port import CommandRow, NewCommand
from bot.store.session import Sessions, Transaction


class SqlCommands:
    """``Commands`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, command: NewCommand) -> tuple[CommandRow, bool]:
        """As the port says."""
        repository = command.thread.repository if command.thread else None
        with self._sessions.write() as tx:
            new = tx.scalar(
                tx.insert(CommandRecord)
                .values(
                    id=str(uuid4()),
                    key=command.key,
                    delivery_id=command.delivery,
                    actor_forge=command.actor.forge,
                    actor_id=command.actor.account_id,
                    actor=actor_to_dict(command.actor),
                    owner_forge=repository.forge if repository else None,
                    owner_id=repository.owner_id if repository else None,
                    thread=thread_to_dict(command.thread) if command.thread else None,
                    comment_id=command.comment_id,
                    source=command.source,
                    request_sha256=command.request_sha256,
                    created_at=tx.moment,
                )
                .on_conflict_do_nothing(index_elements=[CommandRecord.key])
                .returning(CommandRecord.id)
            )
            return _by_key(tx, command.key), new is not None

    def take(self, id: str, *, lapses_s: float) -> datetime | None:
        """As the port says."""
        with self._sessions.write() as tx:
            now = tx.now()
            since = CommandRecord.settled_at
            lapsed = happened_by(since, now - timedelta(seconds=lapses_s), now)
            return tx.scalar(
                update(CommandRecord)
                .where(CommandRecord.id == id, CommandRecord.outcome.is_(None))
                .where(or_(since.is_(None), lapsed))
                .values(settled_at=now)
                .returning(since)
                .execution_options(synchronize_session=False)
            )

    def give_back(self, id: str, taken_at: datetime) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.execute(
                update(CommandRecord)
                .where(CommandRecord.id == id, CommandRecord.outcome.is_(None))
                .where(CommandRecord.settled_at == taken_at)
                .values(settled_at=None)
                .execution_options(synchronize_session=False)
            )

    def settle(self, id: str, outcome: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            settle(tx, id, outcome, tx.now())

    def forget_words(self, id: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.execute(
                update(CommandRecord)
                .where(CommandRecord.id == id)
                .values(source="")
                .execution_options(synchronize_session=False)
            )

    def is_asked_by_run(self, id: str) -> bool:
        """As the port says."""
        with self._sessions.read() as tx:
            key = tx.scalar(select(CommandRecord.key).where(CommandRecord.id == id))
        return (key or "").startswith(ASKED_BY_RUN)

    def answered_since(self, actor: Actor, since: datetime) -> int:
        """As the port says."""
        with self._sessions.read() as tx:
            return tx.scalars(
                select(func.count())
                .select_from(CommandRecord)
                .where(
                    CommandRecord.actor_forge == actor.forge,
                    CommandRecord.actor_id == actor.account_id,
                    CommandRecord.settled_at >= since,
                    # Programs are answered where nobody else has to read it.
                    CommandRecord.request_sha256.is_(None),
                    ~CommandRecord.outcome.startswith("silent"),
                )
            ).one()


def settle(tx: Transaction, id: str, outcome: str, now: datetime) -> None:
    """Record an outcome where there is none yet, in a transaction that has begun."""
    tx.execute(
        update(CommandRecord)
        .where(CommandRecord.id == id, CommandRecord.outcome.is_(None))
        .values(outcome=outcome, settled_at=now)
        .execution_options(synchronize_session=False)
    )


def _by_key(tx: Transaction, key: str) -> CommandRow:
    row, run_id = tx.execute(
        select(CommandRecord, RunRow.id)
        .outerjoin(RunRow, RunRow.command_id == CommandRecord.id)
        .where(CommandRecord.key == key)
    ).one()
    return CommandRow(
        id=row.id,
        key=row.key,
        delivery=row.delivery_id,
        outcome=row.outcome,
        run_id=run_id,
        request_sha256=row.request_sha256,
        created_at=row.created_at,
    )
