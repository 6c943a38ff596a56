"""A run carried on once more from its tape: without a network, and with nothing coming of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from bot.core.identity import actor_from_dict, repository_from_dict, thread_from_dict
from bot.core.model_calls import ModelName
from bot.core.runs import Run, RunStatus
from bot.forges.port import Forge
from bot.jobs.execute import execute
from bot.rehearsal.api import RecordingAgentApis, RecordingApi
from bot.rehearsal.effects import Effects
from bot.rehearsal.queue import RecordingQueue
from bot.rehearsal.store import replay_store
from bot.services import NoHookSender, Services
from bot.store.port import NewRun, Question
from bot.tapes.outcome import differences, outcome_of
from bot.tapes.playing import Divergences, PlayedForge, PlayedKnown, PlayedModels, PlayedSandbox
from bot.tapes.recording import KNOWN
from bot.tapes.tape import Entry, cleaning

_MOST_STRETCHES = 30


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What came of it: where it asked otherwise than then, and what came out otherwise."""

    run: Run
    divergences: Sequence[str]
    differences: Sequence[str]

    @property
    def is_same(self) -> bool:
        """Whether the outcome is what it was."""
        return not self.differences


def replay(services: Services, entries: Sequence[Entry]) -> Replay:
    """Carry a recorded run on from the beginning, in a store that is gone afterwards.

    Args:
        entries: As `bot.tapes.tape.read_tape` gives them.
    """
    header, divergences = entries[0], Divergences()
    clock = _clock_from(datetime.fromisoformat(header["created_at"]))
    with replay_store(clock) as store:
        stage = replace(
            _stage(services, entries, divergences),
            store=replace(store, known_files=PlayedKnown(entries, cleaning(services))),
            clock=clock,
        )
        run = stage.store.runs.create(_new(header))
        then: Mapping[str, Any] = next(
            (entry for entry in reversed(entries) if entry["is"] == "outcome"), {}
        )
        _work(stage, run.id, _answers(then.get("questions", ())))
        ended = stage.store.runs.get(run.id) or run
        now = outcome_of(stage, ended)
        told = differences(then, now) if then else ["The recording does not say how it ended."]
        return Replay(run=ended, divergences=divergences.all, differences=told)


def _answers(questions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The answers that people gave, in order."""
    return [one for one in questions if one.get("answer") is not None]


def _stage(services: Services, entries: Sequence[Entry], divergences: Divergences) -> Services:
    header, clean = entries[0], cleaning(services)
    names = {*header["forges"], *(entry["forge"] for entry in entries if entry["is"] == "forge")}
    names -= {KNOWN}
    forges = {
        name: cast(
            Forge,
            PlayedForge(name, header["forges"].get(name, {}), entries, clean, divergences),
        )
        for name in names
    }
    chain = [ModelName(provider=provider, name=name) for provider, name in header["chain"]]
    note = Effects().of("api")
    return replace(
        services,
        # A replay is no run that is recorded.
        settings=services.settings.replace(record_runs=False),
        queue=RecordingQueue(),
        forges=forges,
        models=PlayedModels(chain, entries, clean, divergences),
        sandbox=PlayedSandbox(header["sandbox"], entries, divergences),
        api=RecordingApi(services.settings.api_origins, note),
        agent_apis=RecordingAgentApis(services.agent_apis, note),
        hook_sender=NoHookSender(),
        people=None,
    )


def _new(header: Entry) -> NewRun:
    repository, thread = header["repository"], header["thread"]
    return NewRun(
        id=header["id"],
        workflow=header["workflow"],
        inputs=header["inputs"],
        steps=[(step["id"], step["uses"]) for step in header["workflow"]["steps"]],
        requester=actor_from_dict(header["requester"]),
        thread=thread_from_dict(thread) if thread else None,
        repository=repository_from_dict(repository) if repository else None,
        command_id=None,
        comment_id=None,
        organisation_id=None,
        project_name=header["project"],
        policy=header["policy"],
        source=header["source"],
        destination=header["destination"],
    )


def _work(stage: Services, run_id: str, answers: list[Mapping[str, Any]]) -> None:
    """What workers did, and people who answered, until it ended or waits for something else."""
    for _ in range(_MOST_STRETCHES):
        execute(stage, run_id, worker="replay")
        run = stage.store.runs.get(run_id)
        if run is None or run.status.is_final:
            return
        question = _open(stage, run_id)
        if question is not None and answers:
            answer = str(answers.pop(0)["answer"])
            stage.store.questions.answer(question.id, answer, by=run.requester)
        elif run.status is RunStatus.WAITING:
            return


def _open(stage: Services, run_id: str) -> Question | None:
    asked = stage.store.questions.of_run(run_id)
    return next((one for one in asked if one.answer is None), None)


def _clock_from(began: datetime) -> Callable[[], datetime]:
    """A clock that goes as fast as any, and shows the time of then."""
    started = time.monotonic()
    return lambda: began + timedelta(seconds=time.monotonic() - started)
