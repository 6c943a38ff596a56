"""Who may be worked for now: crowds, fairness, and one run at a time for a destination.

A run holds its place from the moment it is taken until it ends or is given back, also while its
lease has lapsed: whoever takes it over needs no new place, and no limit can keep it from going on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, and_, case, func, literal, or_, select, true

from bot.core.runs import RunStatus
from bot.store.leases import has_lapsed, lapsed
from bot.store.models import RunRow
from bot.store.port import Crowd
from bot.store.session import Transaction

_Repository = tuple[str, str]
_Thread = tuple[str, str, int]
#: What policy calls a limit, and what a crowd does.
_LIMITS: Mapping[str, str] = {
    "thread": "per_thread",
    "repository": "per_repository",
    "organisation": "per_organisation",
}


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """The runs that have been taken, counted. ``alive`` leaves out those whose lease lapsed."""

    alive: Counter[str]
    parties: Counter[str]
    repositories: Counter[_Repository]
    threads: Counter[_Thread]
    destinations: frozenset[str]

    def has_room(self, run: RunRow, crowd: Crowd | None) -> bool:
        """Whether one more run may be taken."""
        if self.destinations.intersection(run.destination.split()):
            return False
        if crowd is None:
            return True
        repository, thread = _repository_of(run), _thread_of(run)
        most = _limits_of(run, crowd)
        return (
            self.parties[run.party] < most.per_organisation
            and (repository is None or self.repositories[repository] < most.per_repository)
            and (thread is None or self.threads[thread] < most.per_thread)
        )

    def rooms(self, crowd: Crowd) -> ColumnElement[bool]:
        """`has_room` of rows."""
        thread, repository, party = (_limit(crowd, name) for name in _LIMITS)
        crowded = [
            *(and_(RunRow.party == it, party <= n) for it, n in self.parties.items()),
            *(and_(_is_in(it), repository <= n) for it, n in self.repositories.items()),
            *(and_(_is_in(it), thread <= n) for it, n in self.threads.items()),
        ]
        return and_(
            true(),
            *(_goes_to(key).is_not(true()) for key in sorted(self.destinations)),
            # A run without a thread is in none of them: NULL is not TRUE.
            *(each.is_not(true()) for each in crowded),
        )

    def share(self) -> ColumnElement[int]:
        """How many runs of a row's party somebody is at work on."""
        if not self.alive:
            return literal(0, Integer)
        return case(dict(self.alive), value=RunRow.party, else_=0)


def under_way(tx: Transaction, now: datetime) -> UnderWay:
    """What has been taken at present."""
    rows = tx.execute(
        select(
            RunRow.party,
            RunRow.forge,
            RunRow.repository_id,
            RunRow.thread_number,
            RunRow.destination,
            RunRow.due_at,
        ).where(RunRow.status == RunStatus.RUNNING)
    ).all()
    in_threads = [row for row in rows if row.repository_id is not None]
    return UnderWay(
        alive=Counter(row.party for row in rows if not has_lapsed(row.due_at, now)),
        parties=Counter(row.party for row in rows),
        repositories=Counter((row.forge, row.repository_id) for row in in_threads),
        threads=Counter((row.forge, row.repository_id, row.thread_number) for row in in_threads),
        destinations=frozenset(key for row in rows for key in row.destination.split()),
    )


def choose(tx: Transaction, asked: str, crowd: Crowd, settled_for_s: float) -> str | None:
    """The run that is to be taken next; of equals the one that was asked for."""
    now = tx.now()
    taken = under_way(tx, now)
    rooms = taken.rooms(crowd)
    settled = RunRow.due_at <= now - timedelta(seconds=settled_for_s)
    queued = and_(RunRow.status == RunStatus.QUEUED, or_(RunRow.id == asked, settled), rooms)
    resumable = and_(RunRow.status == RunStatus.WAITING, RunRow.due_at <= now, rooms)
    left = and_(RunRow.status == RunStatus.RUNNING, lapsed(RunRow.due_at, now))
    was_asked = case((RunRow.id == asked, 0), else_=1)
    return tx.scalar(
        select(RunRow.id)
        .where(or_(queued, resumable, left))
        .order_by(taken.share(), RunRow.due_at, was_asked, RunRow.serial)
        .limit(1)
    )


def may_take(tx: Transaction, run: RunRow, crowd: Crowd | None, now: datetime) -> bool:
    """Whether a locked run may be taken; the caller keeps others from taking one meanwhile."""
    if run.status == RunStatus.RUNNING:
        return has_lapsed(run.due_at, now)
    if run.status == RunStatus.WAITING and (run.due_at is None or run.due_at > now):
        return False
    if run.status not in (RunStatus.QUEUED, RunStatus.WAITING):
        return False
    return under_way(tx, now).has_room(run, crowd)


def _goes_to(key: str) -> ColumnElement[bool]:
    """Whether a destination is one of a row's. SQLite takes large letters for small ones here: at
    worst a run waits for one that it could have gone beside."""
    return (literal(" ") + RunRow.destination + " ").contains(f" {key} ", autoescape=True)


def _limit(crowd: Crowd, name: str) -> ColumnElement[int]:
    """How many runs the policy of a row allows where it is."""
    return func.coalesce(RunRow.policy["runs"][name].as_integer(), getattr(crowd, _LIMITS[name]))


def _limits_of(run: RunRow, crowd: Crowd) -> Crowd:
    """`_limit` of a row that was read."""
    told = run.policy.get("runs")
    if not isinstance(told, Mapping):
        return crowd
    return replace(crowd, **{_LIMITS[name]: int(told[name]) for name in _LIMITS if name in told})


def _repository_of(run: RunRow) -> _Repository | None:
    if run.forge is None or run.repository_id is None:
        return None
    return run.forge, run.repository_id


def _thread_of(run: RunRow) -> _Thread | None:
    repository = _repository_of(run)
    if repository is None or run.thread_number is None:
        return None
    return (*repository, run.thread_number)


def _is_in(place: _Repository | _Thread) -> ColumnElement[bool]:
    columns = (RunRow.forge, RunRow.repository_id, RunRow.thread_number)
    return and_(*(column == value for column, value in zip(columns, place, strict=False)))
