"""Recorders round the ports of a run that is worked on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast

from bot.core.identity import actor_to_dict, repository_to_dict, thread_to_dict
from bot.core.model_calls import ModelName, ModelTask, Price, Unfit
from bot.core.runs import Run
from bot.errors import BotError
from bot.forges.port import Forge
from bot.sandbox.port import Sandbox, SandboxOrder, SandboxOutcome
from bot.services import Accepted, Meter, Models, Services, Tool
from bot.store.port import KnownFiles
from bot.tapes.outcome import outcome_of
from bot.tapes.tape import VERSION, Tape, cleaning, drop_old, folder_of, key_of, path_of
from bot.tapes.values import as_asked, error_to_plain, to_plain

#: Under this name lies what was known of files, beside the forges.
KNOWN = "(known files)"
_NO_TOOLS: Mapping[str, Tool] = MappingProxyType({})


def recorded(services: Services, run: Run) -> Services:
    """The same services with recorders round them, where runs are recorded."""
    if not services.settings.record_runs or services.rehearsal:
        return services
    tape = Tape(path_of(services, run.id), cleaning(services))
    if tape.is_new:
        drop_old(folder_of(services), services.clock())
        tape.write(_header(services, run))
    forges = {
        name: cast(Forge, RecordedCalls(forge, tape, "forge", name))
        for name, forge in services.forges.items()
    }
    # What of policy files was known is not asked for again: it belongs to what the forge said.
    known = RecordedCalls(services.store.known_files, tape, "forge", KNOWN)
    return replace(
        services,
        store=replace(services.store, known_files=cast(KnownFiles, known)),
        forges=forges,
        models=RecordedModels(services.models, tape),
        sandbox=RecordedSandbox(services.sandbox, tape),
    )


def note_outcome(services: Services, run_id: str) -> None:
    """Take down what has come of a run so far."""
    run = services.store.runs.get(run_id)
    if run is None or not services.settings.record_runs or services.rehearsal:
        return
    tape = Tape(path_of(services, run_id), cleaning(services))
    tape.write({"is": "outcome", **outcome_of(services, run)})


def _header(services: Services, run: Run) -> dict[str, Any]:
    project = services.store.projects.get(run.project_id) if run.project_id else None
    return {
        "is": "run",
        "version": VERSION,
        "id": run.id,
        "workflow": run.workflow,
        "inputs": run.inputs,
        "policy": run.policy,
        "source": run.source,
        "destination": run.destination,
        "requester": actor_to_dict(run.requester),
        "thread": thread_to_dict(run.thread) if run.thread else None,
        "repository": repository_to_dict(run.repository) if run.repository else None,
        "project": project.name if project else None,
        "created_at": run.created_at.isoformat(),
        "chain": [[model.provider, model.name] for model in services.models.chain],
        "sandbox": services.sandbox.problem(),
        "forges": {
            name: {"lag_s": forge.lag_s, "me": to_plain(forge.me())}
            for name, forge in services.forges.items()
            if name in (run.requester.forge, run.repository.forge if run.repository else "")
        },
    }


class RecordedCalls:
    """A port whose calls are taken down, with what came of them."""

    def __init__(self, real: object, tape: Tape, kind: str, name: str) -> None:
        self._real = real
        self._tape = tape
        self._entry = {"is": kind, kind: name}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return functools.partial(self._call, name, found) if callable(found) else found

    def _call(self, method: str, real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        asked = self._tape.clean(as_asked([args, kwargs]))
        entry = {**self._entry, "method": method, "key": key_of(asked)}
        try:
            result = real(*args, **kwargs)
        except BotError as exc:
            self._tape.write({**entry, **error_to_plain(exc)})
            raise
        self._tape.write({**entry, "result": to_plain(result)})
        return result


def question_of(task: ModelTask, clean: Callable[[Any], Any]) -> dict[str, str]:
    """A question by hashes of its parts, so that it can be told which part is another."""
    parts = {
        "instructions": task.instructions,
        "prompt": task.prompt,
        "schema": to_plain(task.schema),
        "tools": [[tool.name, tool.description, to_plain(tool.schema)] for tool in task.tools],
    }
    return {name: key_of(clean(part)) for name, part in parts.items()}


class RecordedModels:
    """``Models`` whose answers are taken down, with what was said to each."""

    def __init__(self, real: Models, tape: Tape) -> None:
        self._real = real
        self._tape = tape

    @property
    def chain(self) -> Sequence[ModelName]:
        """As the real one."""
        return self._real.chain

    def problem(self, *, strangers: bool = False) -> str | None:
        """As the real one."""
        return self._real.problem(strangers=strangers)

    def price(self, model: ModelName) -> Price | None:
        """As the real one."""
        return self._real.price(model)

    def close(self, run_id: str) -> None:
        """As the real one."""
        self._real.close(run_id)

    def ask(
        self,
        task: ModelTask,
        *,
        accept: Callable[[Mapping[str, object]], Accepted],
        meter: Meter,
        tools: Mapping[str, Tool] = _NO_TOOLS,
        poll: Callable[[], object] | None = None,
    ) -> Accepted:
        """As the real one."""
        turns: list[dict[str, Any]] = []

        def accepting(answer: Mapping[str, object]) -> Accepted:
            turns.append({"answer": answer})
            try:
                return accept(answer)
            except Unfit as exc:
                turns[-1]["unfit"] = exc.problems
                raise

        def using(name: str, tool: Tool, arguments: Mapping[str, object]) -> object:
            turns.append({"tool": name, "arguments": arguments})
            return tool(arguments)

        acts = {name: functools.partial(using, name, tool) for name, tool in tools.items()}
        question = question_of(task, self._tape.clean)
        entry = {"is": "model", "purpose": task.purpose, "question": question, "turns": turns}
        try:
            accepted = self._real.ask(task, accept=accepting, meter=meter, tools=acts, poll=poll)
        except BotError as exc:
            self._tape.write({**entry, **error_to_plain(exc)})
            raise
        self._tape.write(entry)
        return accepted


def order_key(order: SandboxOrder) -> str:
    """What a program in a sandbox is known by: its command, and the files that it gets."""
    files = {path: as_asked(file.content) for path, file in sorted(order.files.items())}
    return key_of([list(order.command), order.folder, files, as_asked(order.stdin)])


class RecordedSandbox:
    """A sandbox whose programs' output is taken down."""

    def __init__(self, real: Sandbox, tape: Tape) -> None:
        self._real = real
        self._tape = tape

    def problem(self) -> str | None:
        """As the real one."""
        return self._real.problem()

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """As the real one."""
        outcome = self._real.run(order, poll=poll)
        self._tape.write(
            {
                "is": "sandbox",
                "key": order_key(order),
                "command": list(order.command),
                "ending": outcome.ending.value,
                "exit_code": outcome.exit_code,
                "stdout": to_plain(outcome.stdout),
                "stderr": to_plain(outcome.stderr),
                "duration_s": outcome.duration_s,
            }
        )
        return outcome
