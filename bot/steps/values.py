"""Reading what a step was given: plain data by now, and checked here once."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.destination import Destination, destination_from_dict
from bot.core.hidden import revealed
from bot.core.identity import Thread
from bot.core.kinds import Kind
from bot.core.runs import Run
from bot.errors import StepFailed
from bot.steps.spec import StepContext
from bot.store.port import Project


def text(given: Mapping[str, object], name: str) -> str:
    """A text; StepFailed ``bad_input`` for anything else."""
    value = given.get(name)
    if not isinstance(value, str):
        raise _bad(name, "a text")
    return value


def mapping(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A mapping; StepFailed ``bad_input`` for anything else."""
    value = given.get(name)
    if not isinstance(value, Mapping):
        raise _bad(name, "a mapping")
    return value


def optional_mapping(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A mapping, empty where nothing is given; StepFailed ``bad_input`` for anything else."""
    return {} if given.get(name) is None else mapping(given, name)


def revealed_mapping(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A mapping with its secrets in the clear, for whoever puts them to use at once."""
    return {key: revealed(part) for key, part in mapping(given, name).items()}


def destination(given: Mapping[str, object], name: str = "into") -> Destination:
    """A destination, mostly the step's ``into``; StepFailed ``bad_input`` where it is none."""
    try:
        return destination_from_dict(mapping(given, name))
    except KeyError as exc:
        raise _bad(name, "a destination") from exc


def project(context: StepContext, given: Mapping[str, object]) -> tuple[Project, int]:
    """The project and the snapshot that the step's ``project`` names.

    Raises:
        StepFailed: ``bad_input``, also for a project that neither this run nor another one of its
            thread has made, and that the run was not asked for: who may read this thread may not
            read that.
    """
    data = mapping(given, "project")
    found = context.services.store.projects.get(str(data.get("id")))
    snapshot = data.get("snapshot")
    if found is None or not isinstance(snapshot, int):
        raise _bad("project", "a generated project")
    if not (_is_within_reach(context, found) or _is_asked_for(context.run, found, snapshot)):
        raise _bad("project", "a generated project")
    return found, snapshot


def _is_asked_for(run: Run, found: Project, snapshot: int) -> bool:
    """Whether the run is of the project's own home, and was started for exactly that.

    Data that only looks like a project (in an object, in a list) has been checked by nobody.
    """
    if not run.home or run.home != found.home:
        return False
    declared = run.workflow.get("inputs")
    given = [
        run.inputs.get(name)
        for name, spec in (declared.items() if isinstance(declared, Mapping) else ())
        if isinstance(spec, Mapping) and spec.get("type") == Kind.PROJECT
    ]
    return any(
        isinstance(one, Mapping) and (one.get("id"), one.get("snapshot")) == (found.id, snapshot)
        for one in given
    )


def _is_within_reach(context: StepContext, found: Project) -> bool:
    run = context.run
    if found.run_id == run.id:
        return True
    maker = context.services.store.runs.get(found.run_id) if found.run_id else None
    if maker is None or maker.thread is None or run.thread is None:
        return False
    return _place(maker.thread) == _place(run.thread)


def _place(thread: Thread) -> tuple[str, str, int]:
    return thread.repository.forge, thread.repository.id, thread.number


def _bad(name: str, wanted: str) -> StepFailed:
    return StepFailed(f"The step's {name} is not {wanted}.", reason="bad_input")
