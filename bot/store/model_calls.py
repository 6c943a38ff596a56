"""The calls of models that runs have made, as they were recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import defer

from bot.core.model_calls import CallStatus, Usage
from bot.store.models import ModelCallRow
from bot.store.port.model_calls import CallSum, ModelCall, Repeats
from bot.store.port.paging import Page
from bot.store.session import Sessions

#: So many of the last answers are looked at.
_LOOKED_AT = 20


class SqlModelCalls:
    """``ModelCalls`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def get(self, run_id: str, id: str) -> ModelCall | None:
        """As the port says."""
        wanted = select(ModelCallRow).where(ModelCallRow.id == id, ModelCallRow.run_id == run_id)
        with self._sessions.read() as tx:
            row = tx.scalar(wanted)
            if row is None:
                return None
            return _call(row, has_texts=row.prompt is not None, texts=(row.prompt, row.answer))

    def of_run(
        self, run_id: str, *, after: str | None = None, limit: int = 50, texts: bool = False
    ) -> Page[ModelCall]:
        """As the port says."""
        has_texts = ModelCallRow.prompt.is_not(None)
        query = select(ModelCallRow, has_texts).where(ModelCallRow.run_id == run_id)
        if after is not None:
            query = query.where(ModelCallRow.serial > int(after))
        if not texts:
            query = query.options(defer(ModelCallRow.prompt), defer(ModelCallRow.answer))
        with self._sessions.read() as tx:
            found = tx.execute(query.order_by(ModelCallRow.serial).limit(limit + 1)).all()
            items = [
                _call(
                    row,
                    has_texts=bool(kept),
                    texts=(row.prompt, row.answer) if texts else (None, None),
                )
                for row, kept in found[:limit]
            ]
            goes_on = len(found) > limit
            return Page(items=items, next=str(found[limit - 1][0].serial) if goes_on else None)

    def repeats(
        self, run_id: str, number: int, step_id: str, purpose: str, prompt_hash: str
    ) -> Repeats:
        """As the port says."""
        ours = (
            ModelCallRow.run_id == run_id,
            ModelCallRow.number == number,
            ModelCallRow.status == CallStatus.ANSWERED,
        )
        asked = select(func.count()).where(*ours, ModelCallRow.prompt_hash == prompt_hash)
        answered = (
            select(ModelCallRow.answer_hash)
            .where(
                *ours,
                ModelCallRow.step_id == step_id,
                ModelCallRow.purpose == purpose,
                ModelCallRow.attempt > 1,
            )
            .order_by(ModelCallRow.serial.desc())
            .limit(_LOOKED_AT)
        )
        with self._sessions.read() as tx:
            answers = tx.scalars(answered).all()
            same = sum(1 for _ in takewhile(lambda one: one == answers[0], answers))
            return Repeats(prompts=tx.scalars(asked).one(), answers=same)

    def sums(self, *, within_s: float) -> Sequence[CallSum]:
        """As the port says; each of the two by an index of its own."""
        with self._sessions.read() as tx:
            since = tx.now() - timedelta(seconds=within_s)
            ended = _summed().where(
                ModelCallRow.created_at > since, ModelCallRow.settled_at.is_not(None)
            )
            under_way = _summed().where(ModelCallRow.settled_at.is_(None))
            return [_sum(row) for query in (ended, under_way) for row in tx.execute(query)]

    def purge_texts(self, *, older_than_days: int = 30) -> int:
        """As the port says."""
        with self._sessions.write() as tx:
            gone = tx.scalars(
                update(ModelCallRow)
                .where(
                    ModelCallRow.prompt.is_not(None),
                    ModelCallRow.created_at <= tx.now() - timedelta(days=older_than_days),
                )
                .values(prompt=None, answer=None)
                .returning(ModelCallRow.id)
                .execution_options(synchronize_session=False)
            )
            return len(gone.all())


def _summed() -> Select[str, str, int, int | None, int | None]:
    by = (ModelCallRow.model, ModelCallRow.status)
    sums = (func.sum(ModelCallRow.tokens), func.sum(ModelCallRow.micro_usd))
    return select(*by, func.count(), *sums).group_by(*by).order_by(*by)


def _sum(row: Row[str, str, int, int | None, int | None]) -> CallSum:
    model, status, calls, tokens, micro_usd = row
    # A server adds whole numbers up to a decimal, and what has no price to nothing.
    return CallSum(
        model=model,
        status=CallStatus(status),
        calls=calls,
        tokens=int(tokens or 0),
        micro_usd=int(micro_usd or 0),
    )


def _call(
    row: ModelCallRow, *, has_texts: bool, texts: tuple[str | None, str | None] = (None, None)
) -> ModelCall:
    return ModelCall(
        id=row.id,
        run_id=row.run_id,
        step_id=row.step_id,
        purpose=row.purpose,
        model=row.model,
        attempt=row.attempt,
        status=CallStatus(row.status),
        tokens=row.tokens,
        micro_usd=row.micro_usd,
        usage=_usage(row),
        http_status=row.http_status,
        duration_ms=row.duration_ms,
        prompt_hash=row.prompt_hash,
        answer_hash=row.answer_hash,
        created_at=row.created_at,
        settled_at=row.settled_at,
        has_texts=has_texts,
        prompt=texts[0],
        answer=texts[1],
    )


def _usage(row: ModelCallRow) -> Usage | None:
    if row.input_tokens is None:
        return None
    return Usage(
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens or 0,
        cached_tokens=row.cached_tokens or 0,
    )
