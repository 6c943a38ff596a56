"""Runs as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.amiss import amiss, amiss_in
from bot.core.identity import Repository, Thread, repository_from_dict
from bot.core.runs import Failure, Run, RunStatus, Step, StepStatus
from bot.steps.titles import title_of
from bot.store.port import Progress
from bot.web.times import took

LOG = "log"
WARNING = "warning"
# Of use to a machine only; the page has the run's own id.
_IDS = frozenset({"project", "export", "lease"})


@dataclass(frozen=True, kw_only=True)
class StepView:
    """One step: what it is, where it stands, how long it has taken so far.

    ``called``: its id, where another step of the run is of the same type. ``parts``: how many are
    done of a step that is done for each item of a list, whose outputs are then left out.
    """

    id: str
    called: str
    title: str
    parts: str
    uses: str
    status: str
    took: str
    attempts: int
    failure: Failure | None
    outputs: Mapping[str, object]
    last_line: str
    amiss: str

    @property
    def look(self) -> str:
        """Its status as a page draws it: what found something amiss is no tick."""
        return WARNING if self.amiss else self.status


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run has made: a repository, on a branch of it, and the change, if any."""

    repository: Repository
    branch: str
    commit: str = ""
    tree: str = ""
    change_number: int | None = None
    change_url: str = ""

    @property
    def is_local(self) -> bool:
        """Whether our own pages can show it."""
        return self.repository.forge == "local"


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run, for a list as well as for its own page."""

    id: str
    short_id: str
    status: str
    is_final: bool
    name: str
    pack: str
    into: str
    requester: str
    steps: tuple[StepView, ...]
    done: int
    failure: Failure | None
    waiting_for: str | None
    cancel_requested_by: str | None
    result: Result | None
    thread: Thread | None
    thread_title: str
    thread_address: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    took: str
    amiss: str = ""

    @property
    def look(self) -> str:
        """Its status as a page draws it."""
        return WARNING if self.amiss else self.status

    @property
    def words(self) -> str:
        """Its status in words, with what was found amiss."""
        return f"{self.status}, {self.amiss}" if self.amiss else self.status

    @property
    def address(self) -> str:
        """Its page."""
        return f"/runs/{self.id}"

    @property
    def may_cancel(self) -> bool:
        """Whether it makes sense to ask it to stop."""
        return not self.is_final and self.cancel_requested_by is None

    @property
    def may_retry(self) -> bool:
        """Whether it can go on from where it stopped."""
        return self.status in (RunStatus.FAILED, RunStatus.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class EventView:
    """One line of a run's stream."""

    number: int
    kind: str
    detail: str
    at: datetime


def run_view(run: Run, now: datetime, events: Sequence[Progress] = ()) -> RunView:
    """A run as it stands; its ``events`` tell what a running step said last."""
    lines = {str(event.data.get("step")): event for event in events if event.kind == LOG}
    steps = tuple(_step(run, step, now, lines.get(step.id)) for step in run.steps)
    title, address = _thread(run.thread)
    settled = (StepStatus.COMPLETED, StepStatus.SKIPPED)
    return RunView(
        id=run.id,
        short_id=run.short_id,
        status=run.status.value,
        is_final=run.status.is_final,
        name=_name(run),
        pack=_text(run.inputs, "pack"),
        into=_text(run.inputs, "into", "repository"),
        requester=run.requester.login,
        steps=steps,
        done=sum(step.status in settled for step in run.steps),
        failure=run.failure,
        waiting_for=run.waiting_for,
        cancel_requested_by=run.cancel_requested_by,
        result=result_of(run),
        thread=run.thread,
        thread_title=title,
        thread_address=address,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        took=took(run.started_at, run.finished_at, now),
        amiss=amiss(run) if run.status is RunStatus.COMPLETED else "",
    )


def _name(run: Run) -> str:
    """What people would call it: as its project is called, as far as that is known."""
    made = (_text(step.outputs or {}, "project", "name") for step in reversed(run.steps))
    return (
        _text(run.inputs, "answers", "name")
        or _text(run.inputs, "name")
        or next(filter(None, made), "")
        or _text(run.inputs, "pack")
        or _text(run.workflow, "name")
        or run.short_id
    )


def result_of(run: Run) -> Result | None:
    """What the steps say they have made, as far as they have come."""
    made = _outputs(run, "repo_creation")
    commit = _outputs(run, "commit")
    change = _outputs(run, "open_change")
    described = commit.get("repository") or made.get("repository")
    if not isinstance(described, Mapping):
        return None
    repository = repository_from_dict(described)
    number = change.get("number")
    return Result(
        repository=repository,
        branch=_text(commit, "branch") or repository.default_branch,
        commit=_text(commit, "commit"),
        tree=_text(commit, "tree"),
        change_number=number if isinstance(number, int) else None,
        change_url=_text(change, "url"),
    )


def event_views(events: Sequence[Progress]) -> tuple[EventView, ...]:
    """A run's stream with its data in words."""
    return tuple(_event(event) for event in events)


def _event(event: Progress) -> EventView:
    if event.kind == LOG:
        kind, detail = str(event.data.get("step", LOG)), str(event.data.get("line", ""))
    else:
        kind = event.kind.replace("_", " ").replace(".", " ")
        said = [
            _said(key.replace("_", " "), value)
            for key, value in event.data.items()
            if value and key not in _IDS
        ]
        detail = ", ".join(said)
    return EventView(number=event.number, kind=kind, detail=detail, at=event.at)


def _said(key: str, value: object) -> str:
    if value is True:
        return key
    return f"{key} {' '.join(map(str, value)) if isinstance(value, list) else value}"


def thread_address(thread: Thread) -> str:
    """Where a person reads a thread: here for the local forge, else on its own forge."""
    if thread.repository.forge == "local":
        return f"/threads/{thread.repository.full_name}/{thread.number}"
    return thread.url


def _step(run: Run, step: Step, now: datetime, said: Progress | None) -> StepView:
    finished = step.finished_at
    is_loop, parts = step.id in _loops(run), run.parts_of(step.id)
    done = sum(part.status in (StepStatus.COMPLETED, StepStatus.SKIPPED) for part in parts)
    return StepView(
        id=step.id,
        called=step.id if sum(one.uses == step.uses for one in run.steps) > 1 else "",
        title=title_of(run, step),
        parts=f"{done} of {len(parts)}" if is_loop else "",
        uses=step.uses,
        status=step.status.value,
        took=took(step.started_at, finished, now) if step.status is not StepStatus.PENDING else "",
        attempts=step.attempts,
        failure=step.failure,
        outputs={} if is_loop else step.outputs or {},
        last_line="" if said is None else str(said.data.get("line", "")),
        amiss=amiss_in(run, step),
    )


def _loops(run: Run) -> frozenset[str]:
    """The steps that are done for each item of a list."""
    listed = run.workflow.get("steps")
    steps = listed if isinstance(listed, Sequence) else ()
    return frozenset(
        str(step["id"]) for step in steps if isinstance(step, Mapping) and "for_each" in step
    )


def _outputs(run: Run, uses: str) -> Mapping[str, object]:
    for step in run.steps:
        if step.uses == uses and step.outputs is not None:
            return step.outputs
    return {}


def _thread(thread: Thread | None) -> tuple[str, str]:
    if thread is None:
        return "", ""
    return f"{thread.repository.full_name}#{thread.number}", thread_address(thread)


def _text(data: Mapping[str, object], *keys: str) -> str:
    """The text at a path of keys; empty where there is none."""
    value: object = data
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
