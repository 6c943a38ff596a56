"""What came of a run, as far as it can be the same when it is replayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.runs import Run
from bot.services import Services


def outcome_of(services: Services, run: Run) -> dict[str, Any]:
    """Status, steps, files and questions: no times, and no ids that the store has made."""
    files = services.store.projects.files(run.project_id) if run.project_id else ()
    return {
        "status": str(run.status),
        "reason": run.failure.reason if run.failure else "",
        "steps": {step.id: str(step.status) for step in (*run.steps, *run.parts)},
        "files": {file.path: f"{file.mode:o} {file.content_hash}" for file in files},
        "questions": [
            {"step": one.step_id, "text": one.text, "answer": one.answer}
            for one in services.store.questions.of_run(run.id)
        ],
    }


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Where two outcomes are not the same, a sentence each."""
    told = []
    if (before["status"], before["reason"]) != (now["status"], now["reason"]):
        told.append(f"It ended as {_ending(now)}, not as {_ending(before)}.")
    for what, name in (("steps", "step"), ("files", "file")):
        for key in sorted({*before[what], *now[what]}):
            was, becomes = before[what].get(key), now[what].get(key)
            if was != becomes:
                told.append(f"The {name} {key} {_change(what, was, becomes)}.")
    asked = [one["text"] for one in now["questions"]]
    if [one["text"] for one in before["questions"]] != asked:
        told.append("It asked people something else.")
    return told


def _ending(outcome: Mapping[str, Any]) -> str:
    return f"{outcome['status']} ({outcome['reason']})" if outcome["reason"] else outcome["status"]


def _change(what: str, was: str | None, becomes: str | None) -> str:
    if was is None:
        return "is new"
    if becomes is None:
        return "is missing"
    return "has other bytes" if what == "files" else f"is {becomes}, not {was}"
