"""What runs have asked people, and the answers, each of which wakes its run."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import Select, select

from bot.core.identity import Actor, Thread, actor_from_dict, actor_to_dict
from bot.core.runs import RunStatus
from bot.store.models import QuestionRow, RunRow
from bot.store.port.questions import Question
from bot.store.run_rows import held, locked, wake
from bot.store.session import Sessions, Transaction

_UNFINISHED = tuple(status for status in RunStatus if not status.is_final)


class SqlQuestions:
    """``Questions`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def ask(self, run_id: str, step_id: str, text: str, *, number: int) -> Question:
        """As the port says."""
        with self._sessions.write() as tx:
            held(tx, run_id, number)
            row = tx.scalar(
                select(QuestionRow).where(
                    QuestionRow.run_id == run_id,
                    QuestionRow.step_id == step_id,
                    QuestionRow.answered_at.is_(None),
                )
            )
            return _question(row or _add(tx, run_id, step_id, text))

    def of_run(self, run_id: str) -> Sequence[Question]:
        """As the port says."""
        query = select(QuestionRow).where(QuestionRow.run_id == run_id)
        with self._sessions.read() as tx:
            return [_question(row) for row in tx.scalars(query.order_by(QuestionRow.serial))]

    def get(self, id: str) -> Question | None:
        """As the port says."""
        return self._one(select(QuestionRow).where(QuestionRow.id == id))

    def open_of_thread(self, thread: Thread) -> Question | None:
        """As the port says."""
        return self._one(
            select(QuestionRow)
            .join(RunRow, RunRow.id == QuestionRow.run_id)
            .where(
                RunRow.forge == thread.repository.forge,
                RunRow.repository_id == thread.repository.id,
                RunRow.thread_number == thread.number,
                RunRow.status.in_(_UNFINISHED),
                QuestionRow.answered_at.is_(None),
            )
            .order_by(QuestionRow.serial.desc())
            .limit(1)
        )

    def answer(self, id: str, text: str, *, by: Actor) -> Question | None:
        """As the port says."""
        asked = select(QuestionRow).where(QuestionRow.id == id)
        with self._sessions.write() as tx:
            row = tx.scalar(asked)
            run = None if row is None else locked(tx, row.run_id)
            if row is None or run is None or run.status not in _UNFINISHED:
                return None
            # Read again behind the lock of the run, which all who change it hold.
            row = tx.scalar(asked.execution_options(populate_existing=True))
            if row is None or row.answered_at is not None:
                return None
            now = tx.now()
            row.answer, row.answered_by, row.answered_at = text, actor_to_dict(by), now
            wake(run, now)
            return _question(row)

    def _one(self, query: Select[QuestionRow]) -> Question | None:
        with self._sessions.read() as tx:
            row = tx.scalar(query)
            return None if row is None else _question(row)


def _add(tx: Transaction, run_id: str, step_id: str, text: str) -> QuestionRow:
    row = QuestionRow(id=str(uuid4()), run_id=run_id, step_id=step_id, text=text, asked_at=tx.now())
    tx.add(row)
    tx.flush()
    return row


def _question(row: QuestionRow) -> Question:
    return Question(
        id=row.id,
        run_id=row.run_id,
        step_id=row.step_id,
        text=row.text,
        asked_at=row.asked_at,
        answer=row.answer,
        answered_by=actor_from_dict(row.answered_by) if row.answered_by else None,
        answered_at=row.answered_at,
    )
