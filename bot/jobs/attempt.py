"""One attempt at a step, in a thread of its own, and what it came to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.kinds import problem_with
from bot.core.runs import Run, Step
from bot.errors import BotError, StepFailed
from bot.jobs.put_offs import put_offs
from bot.jobs.unfolding import Item
from bot.jobs.values import Values
from bot.sealing import masked, without
from bot.services import Services
from bot.steps import step_type
from bot.steps.gates import refuse_ungated
from bot.steps.spec import StepContext, StepType
from bot.steps.stopping import Stop

#: Attempts at a step that may fail, or end with their worker.
MOST_ATTEMPTS = 8
#: After it was told to stop, an attempt may still be in an outside call, which ends by then.
_GRACE_S = 12.0
#: Of what a step is given or gives; it is kept with the run.
_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How an attempt ended: with outputs, or with what was raised."""

    item: Item
    outputs: Mapping[str, object] | None = None
    problem: BaseException | None = None


class Attempt:
    """An attempt at a step or a part of one.

    Its thread touches nothing of the stretch: it hands in how it ended, and is heard if it was
    not given up before.
    """

    def __init__(
        self,
        services: Services,
        run: Run,
        item: Item,
        values: Values,
        *,
        number: int,
        hand_in: Callable[[Ended], None],
    ) -> None:
        self.stop = Stop()
        self._services = services
        self._run = run
        self._item = item
        self._values = values
        self._number = number
        self._hand_in = hand_in
        self._deadline = self._stopped_at = 0.0

    def begin(self, step: Step) -> None:
        """Record the attempt and begin it.

        Raises:
            BotError: What the step was given is wrong, or its workers end each time.
        """
        kind = step_type(self._item.plan.uses)
        self._refuse_poison(step)
        arguments = self._values.arguments(self._item, kind, self._run)
        shown = _shown(self._services, self._run, kind, arguments)
        if (problem := _too_much(shown)) is not None:
            raise StepFailed(
                f"What the step {self._item.id} is given is {problem}.", reason="bad_input"
            )
        self._services.store.runs.step_started(
            self._run.id, self._number, self._item.id, inputs=shown
        )
        context = StepContext(
            services=self._services,
            run=self._run,
            step_id=self._item.id,
            number=self._number,
            stop=self.stop,
            round=step.round,
            rehearsal=self._services.rehearsal,
        )
        self._deadline = time.monotonic() + (self._item.plan.timeout_s or kind.longest_s)
        threading.Thread(
            target=self._do,
            args=(kind, context, arguments),
            name=f"step-{self._item.id}",
            daemon=True,
        ).start()

    def watch(self) -> Ended | None:
        """Tell it to stop when its time is over; how it ended where it does not come back."""
        now = time.monotonic()
        if now > self._deadline and not self.stop.is_set:
            self.stop.set(self._out_of_time())
        if not self.stop.is_set:
            return None
        self._stopped_at = self._stopped_at or now
        if now - self._stopped_at < _GRACE_S:
            return None
        try:
            self.stop.check()
        except BotError as exc:
            return Ended(item=self._item, problem=exc)
        return None

    def _do(self, kind: StepType, context: StepContext, arguments: Mapping[str, object]) -> None:
        try:
            named = context.rehearsal and (not kind.rehearses or _hangs(kind, arguments))
            if kind.publishes and not named:
                refuse_ungated(context, kind, arguments)
            given = _only_named(kind, context) if named else kind.run(context, arguments)
            outputs = _checked(kind, self._item, given)
            more = self._values.more(self._item, outputs)
            if (problem := _too_much(more)) is not None:
                raise _bad_output(self._item, f"what it gave is {problem}")
            self._hand_in(Ended(item=self._item, outputs=more))
        except BaseException as exc:
            # Of whatever kind: the thread that decides is the one to break of it.
            self._hand_in(Ended(item=self._item, problem=exc))

    def _out_of_time(self) -> StepFailed:
        plan = self._item.plan
        limit_s = plan.timeout_s or step_type(plan.uses).longest_s
        return StepFailed(
            f"The step {self._item.id} has taken longer than the {limit_s:g} s that it may.",
            reason="timeout",
            remedy="`/retry` tries it again; the step's `timeout` can be raised.",
        )

    def _refuse_poison(self, step: Step) -> None:
        """A step whose attempts end their workers, without a word, is not tried for ever."""
        if step.attempts < MOST_ATTEMPTS:
            return
        before = put_offs(self._services.store.runs, self._run.id, self._item.id)
        if step.attempts - before.all >= MOST_ATTEMPTS:
            raise StepFailed(
                f"The step {self._item.id} was begun {step.attempts} times, and its workers ended "
                "each time.",
                reason="workers_lost",
                remedy="The operator finds in their log what ended them.",
            )


def _hangs(kind: StepType, arguments: Mapping[str, object]) -> bool:
    """Whether a step lacks what it needs, as it does behind one that was only named."""
    return any(field.needed and arguments.get(name) is None for name, field in kind.takes.items())


def _only_named(kind: StepType, context: StepContext) -> Mapping[str, object]:
    """What a step gives that would reach the outside even in a dry run: nothing."""
    context.log(f"{kind.name} would be done here; it cannot be rehearsed")
    return dict.fromkeys(kind.gives)


def _shown(
    services: Services, run: Run, kind: StepType, arguments: Mapping[str, object]
) -> Mapping[str, object]:
    """The inputs as the run's history keeps them."""
    secrets = kind.secrets_in(services, run, arguments) if kind.secrets_in is not None else ()
    return {name: without(masked(value), secrets) for name, value in arguments.items()}


def _checked(kind: StepType, item: Item, outputs: object) -> Mapping[str, object]:
    """What a step gave, if it is what its type says; StepFailed ``bad_output`` if not."""
    if not isinstance(outputs, Mapping):
        raise _bad_output(item, "it gave no mapping")
    for name, field in kind.gives.items():
        problem = None if outputs.get(name) is None else problem_with(outputs[name], field)
        if problem is not None:
            raise _bad_output(item, f"its {name} {problem}")
    unknown = [name for name in outputs if name not in kind.gives]
    if unknown:
        raise _bad_output(item, f"it gave {unknown[0]!r}, which its type does not name")
    return outputs


def _too_much(values: Mapping[str, object]) -> str | None:
    """What keeps values from being kept with the run, as the end of a sentence."""
    try:
        size = len(json.dumps(values, default=dict))
    except (TypeError, ValueError, RecursionError):
        return "no plain data"
    return None if size <= _MOST_BYTES else f"more than {_MOST_BYTES // 2**20} MiB"


def _bad_output(item: Item, problem: str) -> StepFailed:
    return StepFailed(
        f"The step {item.id} broke its word: {problem}.",
        reason="bad_output",
        remedy=f"This is a mistake in the step type {item.plan.uses}; tell whoever keeps it.",
    )
