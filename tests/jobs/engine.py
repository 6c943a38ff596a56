"""Workflows of steps that tests make up, carried on by the real executor."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

import bot.steps
from bot.core.kinds import Field, Kind
from bot.core.runs import Run
from bot.core.workflow import to_data
from bot.sealing import seal_inputs
from bot.steps import registry
from bot.steps.spec import Done, StepContext, StepType
from bot.store.port import Effect, NewRun
from bot.workflows import checked
from tests.spine import Bot

Act = Callable[[StepContext, Mapping[str, object]], Mapping[str, object]]
ANY = Field(kind=Kind.ANY, needed=False)
PATIENCE_S = 20


def step(name: str, run: Act, **changes: Any) -> StepType:
    """A step type that takes and gives ``value``, whatever that is."""
    given: dict[str, Any] = {"takes": {"value": ANY}, "gives": {"value": ANY}, **changes}
    return StepType(name=name, summary=name.capitalize(), run=run, **given)


@contextmanager
def step_types(*kinds: StepType) -> Iterator[None]:
    """Have these step types besides those that ship."""
    with pytest.MonkeyPatch.context() as patch:
        # What ships is a constant, and a package would have to be installed: tests that make up
        # a step for one question can do neither.
        patch.setattr(bot.steps, "STEP_TYPES", (*bot.steps.STEP_TYPES, *kinds))
        registry.forget()
        yield
    registry.forget()


def echo(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    """Gives what it takes."""
    return {"value": given.get("value")}


class World:
    """Somewhere outside, where effects show: each is a line, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._lock = threading.Lock()

    def touch(self, context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        """A step that writes one line, once."""
        line = f"{context.step_id}={given.get('value')}"

        def look(_: Effect) -> Done | None:
            return Done(id=line, result={}) if line in self.lines else None

        def do(_: Effect) -> Done:
            with self._lock:
                self.lines.append(line)
            return Done(id=line, result={})

        context.once(f"line:{context.step_id}", kind="line", look=look, do=do, lag_s=0.0)
        return {"value": line}


class Together:
    """A step that only ends when as many of its kind are under way at once."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count)

    def meet(self, context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        """Meets the others; BrokenBarrierError where they never come."""
        self._barrier.wait(timeout=PATIENCE_S)
        return {"value": given.get("value")}


def start(
    bot: Bot,
    steps: list[dict[str, object]],
    *,
    inputs: Mapping[str, object] | None = None,
    **top: Any,
) -> Run:
    """Queue a run of a workflow in the current thread."""
    kinds = {name: {"type": _kind(value)} for name, value in (inputs or {}).items()}
    data = {"name": "made-up", "inputs": kinds, "steps": steps, **top}
    return start_sealed(bot, data, inputs or {})


def start_sealed(bot: Bot, data: Mapping[str, object], inputs: Mapping[str, object]) -> Run:
    """Queue a run of a workflow's file, as dispatch does: with its secret inputs sealed."""
    workflow = checked(data, source="made-up.yaml")
    run_id = str(uuid4())
    run = bot.store.runs.create(
        NewRun(
            id=run_id,
            workflow=to_data(workflow),
            inputs=seal_inputs(
                bot.services.keys, workflow, inputs, run_id, pack=bot.services.generator.library.get
            ),
            steps=[(plan.id, plan.uses) for plan in workflow.steps],
            requester=bot.person("ann"),
            thread=bot.thread,
            command_id=None,
            comment_id=None,
            organisation_id=None,
            project_name=None,
        )
    )
    bot.queue.run(run.id)
    return run


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "object"
    return "list" if isinstance(value, list) else "string"


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something becomes true before patience ends."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.01)
    return holds()
