"""Runs and their steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

from bot.core.budgets import RunBudget
from bot.core.homes import account_home, repository_home
from bot.core.identity import Actor, Repository, Thread
from bot.core.runs import Attempt, Failure, Run, RunStatus
from bot.store.port.events import Progress
from bot.store.port.paging import Page


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """What a command's decision asks for. ``steps`` are (id, uses) in order.

    ``repository`` is where it was asked for; None: in the thread's, if there is a thread.
    ``place`` is the repository whose people may see it, None where that is its requester alone.
    """

    id: str
    workflow: Mapping[str, object]
    inputs: Mapping[str, object]
    steps: Sequence[tuple[str, str]]
    requester: Actor
    thread: Thread | None
    command_id: str | None
    comment_id: str | None
    organisation_id: str | None
    project_name: str | None
    source: Mapping[str, object] = field(default_factory=dict)
    policy: Mapping[str, object] = field(default_factory=dict)
    #: The branches and new repositories that it publishes to, with a space between; of runs that
    #: have one in common, only one is worked on at a time. Empty where it publishes nothing.
    destination: str = ""
    repository: Repository | None = None
    place: Repository | None = None
    #: Whose it is, where that is neither the repository's nor the requester's.
    at_home: str = ""
    pack: str = ""
    budget: RunBudget | None = None

    @property
    def asked_in(self) -> Repository | None:
        """The repository in which it was asked for."""
        return self.thread.repository if self.thread else self.repository

    @property
    def whose(self) -> Repository | None:
        """The repository that it belongs to."""
        return self.place or self.asked_in

    @property
    def home(self) -> str:
        """Whose it is."""
        own = repository_home(self.whose) if self.whose else account_home(self.requester)
        return self.at_home or own


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """How many runs may be worked on at a time, where a run's own policy (`runs`) does not say. A
    run without an organisation counts towards those of its requester, one without a thread
    towards no thread and no repository."""

    per_thread: int = 3
    per_repository: int = 4
    per_organisation: int = 8


@dataclass(frozen=True, kw_only=True)
class RunFilter:
    """Which runs are wanted; all that is not said is left open. ``homes``: only of these."""

    homes: Collection[str] | None
    organisation_id: str | None = None
    project_id: str | None = None
    status: RunStatus | None = None


class RunSummary(NamedTuple):
    """As much of a run as lists show. ``workflow`` is its name; ``repository``, where it was asked
    for, is ``FORGE:OWNER/NAME``.

    A tuple, since of no other value so many are made at once, and a tuple is made the quickest.
    """

    id: str
    status: RunStatus
    workflow: str
    requester_forge: str
    requester_login: str
    repository: str | None
    thread_number: int | None
    thread_url: str | None
    organisation_id: str | None
    project_id: str | None
    waiting_for: str | None
    cancel_requested_by: str | None
    failure: Failure | None
    outputs: Mapping[str, object] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RunLine(NamedTuple):
    """As much of a run as the page of all runs shows, a tuple for the same reason.

    ``name`` is what was asked for and ``into`` the name of the repository where it goes; both are
    None where nobody said, as is ``pack``. ``repository`` is as in `RunSummary`.
    """

    id: str
    status: RunStatus
    workflow: str
    name: str | None
    pack: str | None
    into: str | None
    repository: str | None
    thread_number: int | None
    thread_url: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def summary_of(run: Run) -> RunSummary:
    """What a list would show of a run."""
    where, thread = run.repository, run.thread
    return RunSummary(
        id=run.id,
        status=run.status,
        workflow=str(run.workflow.get("name", "")),
        requester_forge=run.requester.forge,
        requester_login=run.requester.login,
        repository=f"{where.forge}:{where.full_name}" if where else None,
        thread_number=thread.number if thread else None,
        thread_url=thread.url if thread else None,
        organisation_id=run.organisation_id,
        project_id=run.project_id,
        waiting_for=run.waiting_for,
        cancel_requested_by=run.cancel_requested_by,
        failure=run.failure,
        outputs=run.outputs,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


class Runs(Protocol):
    """Runs and their steps. ``number`` is the lease number that a worker holds."""

    def create(self, run: NewRun) -> Run:
        """Save a queued run, its pending steps, and its pending project where it has a name.

        Settles its command as ``run`` in the same transaction. A second call with the same
        ``command_id`` gives the run of the first.
        """

    def settle(self, id: str, number: int, repository: Repository) -> None:
        """A run that was its requester's alone has made a repository: it is that one's now, with
        its project. ``LeaseLost`` under an older lease number."""

    def get(self, id: str) -> Run | None:
        """One run with its steps."""

    def in_thread(self, thread: Thread, *, limit: int = 20) -> Sequence[Run]:
        """Runs of a thread (forge, repository id, number), newest first."""

    def newest_statuses(
        self, forge: str, threads: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], RunStatus]:
        """How the newest run of each thread stands, by repository id and number.

        Threads without a run are left out.
        """

    def recent(
        self, *, limit: int = 50, status: RunStatus | None = None, before: str | None = None
    ) -> Sequence[Run]:
        """The newest runs first; ``before`` (the id of a run) goes on behind that one."""

    def listed(
        self, wanted: RunFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[RunSummary]:
        """A page of those that are wanted, newest first, behind the one that ended at ``after``."""

    def lines(
        self, wanted: RunFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[RunLine]:
        """As `listed`, with what a page shows."""

    def named(self, prefix: str, *, limit: int = 2) -> Sequence[Run]:
        """Runs whose id, without its hyphens, begins with these hex digits; newest first."""

    def choose(self, id: str, *, crowd: Crowd, settled_for_s: float = 0.0) -> str | None:
        """Which run the worker that was asked for this one is to take: queues are first come,
        first served, and this is where they become fair.

        Of the runs that may be taken now, one of the organisation (else: requester) with the
        fewest under way, and of those the one that has been due longest. Left aside are runs of
        a thread, repository or organisation that is crowded, and runs for a destination that
        another run is being worked on for. None where nothing may be taken.

        Args:
            settled_for_s: Of others than this one, only runs that were queued that long ago:
                whoever saved a newer one is still telling its thread of it.
        """

    def lease(
        self, id: str, *, worker: str, lease_s: float, crowd: Crowd | None = None
    ) -> Run | None:
        """Take a run that is queued, or waiting and due, or running under a lapsed lease.

        Gives it as running, under the next lease number; None where there is nothing to do, and
        where ``crowd`` or another run for the same destination forbids it just now.
        """

    def renew(self, id: str, number: int, *, lease_s: float) -> None:
        """Hold it longer (never shorter than it is held); ``LeaseLost`` under an older number."""

    def wait(self, id: str, number: int, *, resume_in_s: float | None, waiting_for: str) -> None:
        """Give the run back until later, or (None) until somebody wakes it.

        ``LeaseLost`` under an older number.
        """

    def wake(self, id: str) -> bool:
        """Make a waiting run due now; False where it does not wait. A run that is being worked
        on is remembered as woken: its next `wait` is over at once."""

    def add_parts(self, id: str, number: int, step_id: str, count: int) -> Run:
        """Give a step that many pending parts, ``ID[0]`` and so on; those that are there stay.

        ``LeaseLost`` under an older number, as for all that follow. Wherever they take a step's
        id they take a part's.
        """

    def step_started(
        self, id: str, number: int, step_id: str, *, inputs: Mapping[str, object] | None = None
    ) -> None:
        """Record an attempt; ``inputs`` with secrets masked."""

    def step_completed(
        self, id: str, number: int, step_id: str, outputs: Mapping[str, object]
    ) -> None:
        """Record a step's outputs (JSON data)."""

    def step_skipped(self, id: str, number: int, step_id: str) -> None:
        """Record that its condition did not hold."""

    def step_failed(self, id: str, number: int, step_id: str, failure: Failure) -> None:
        """Record why it stopped."""

    def step_waiting(
        self, id: str, number: int, step_id: str, *, resume_in_s: float | None, waiting_for: str
    ) -> None:
        """Record that it goes on later, or (None) when somebody has answered."""

    def attempts(self, id: str) -> Sequence[Attempt]:
        """Every attempt at every step and part, oldest first."""

    def finish(
        self,
        id: str,
        number: int,
        status: RunStatus,
        failure: Failure | None = None,
        outputs: Mapping[str, object] | None = None,
    ) -> None:
        """End the run. A project that is not completed by then becomes failed with the reason;
        exports that are not completed likewise, and a pending plan lapses. ``outputs`` are those
        that the workflow names."""

    def request_cancel(self, id: str, by: str) -> Run:
        """Ask a run to stop: one that nobody works on is cancelled here and now, a final one
        stays as it is. ``UserError`` (``unknown_run``) where there is none."""

    def cancel_requested(self, id: str) -> bool:
        """Whether somebody asked it to stop; a cheap read, for steps to poll."""

    def retry(
        self,
        id: str,
        *,
        steps: Collection[str] = (),
        outputs: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
        budget: RunBudget | None = None,
    ) -> Run:
        """Put a failed or cancelled run back in the queue: its failed, running, waiting and
        (after a cancel) pending steps are pending again and count their attempts anew, completed
        ones keep their outputs. Clears the failure, the request to cancel, the final report and
        the time worked.

        ``steps`` are done again whatever became of them (and then a completed run can be put
        back, too): their outputs and parts are dropped and their ``round`` rises. ``outputs`` take
        the place of what other completed steps gave, whose files were changed by hand since.
        ``budget`` takes the place of the one it had.
        ``UserError`` (``not_retryable``) in any other state, ``unknown_run`` for none, and
        ``unknown_step`` where the run has no such step (parts are not asked for by name).
        """

    def stop_of_installation(self, forge: str, installation: str, failure: Failure) -> int:
        """Fail every unfinished run whose thread is under that installation; how many."""

    def due(self, *, queued_for_s: float, limit: int = 100) -> Sequence[str]:
        """Runs that somebody should take: queued that long ago or more, waiting and due, or
        running under a lapsed lease."""

    def unreported(self, *, finished_for_s: float, limit: int = 100) -> Sequence[str]:
        """Finished runs with a thread whose last report has not been made."""

    def reported(self, id: str) -> None:
        """Record that the final report is made."""

    def add_event(self, id: str, kind: str, data: Mapping[str, object]) -> None:
        """Append a line to the run's stream (no lease needed)."""

    def events(self, id: str, *, after: int = 0, limit: int = 500) -> Sequence[Progress]:
        """The run's stream in order, from the number after ``after``. All methods above that
        change a run or a step append to it in their own transaction."""
