"""A dry run as people read it in a terminal, and as programs do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.console.plain import printable
from bot.console.run_data import event_data, run_line
from bot.console.run_sheet import workflow_of
from bot.console.tables import aligned
from bot.core.runs import Run

if TYPE_CHECKING:
    from bot.trials import OutsideEffect, Rehearsal, Tried

_DIGITS = 12
NOTHING_DONE = "Nothing was done: no forge, database, queue or API was told anything."


def as_text(tried: Tried, rehearsal: Rehearsal, *, price: str = "") -> str:
    """What would happen, in order, and that it has not.

    Args:
        price: What the run may cost, in words; empty where it asks no language model.
    """
    where = f"{tried.forge}:{tried.repository}"
    sections = [
        [f"{tried.actor.login} in {where}: {printable(tried.text)}"],
        _reply(rehearsal) if rehearsal.run is None else _run(rehearsal.run),
        _list("Price of language models", [printable(price)] if price else ()),
        _list("Outside, in order", _effects(rehearsal)),
        _list("Only named, since it cannot be rehearsed", rehearsal.named),
        _list(_files_title(rehearsal), _files(rehearsal)),
        _list(
            "Waits there until somebody approves",
            (f"{step}: the plan {digest[:_DIGITS]}" for step, digest in rehearsal.waits),
        ),
        _ending(rehearsal),
        [NOTHING_DONE],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def as_data(tried: Tried, rehearsal: Rehearsal, *, price: str = "") -> dict[str, object]:
    """The same as plain data."""
    run = rehearsal.run
    return {
        "comment": tried.text,
        "actor": {"forge": tried.actor.forge, "login": tried.actor.login},
        "forge": tried.forge,
        "repository": tried.repository,
        "carried_out": rehearsal.carried_out,
        "reason": rehearsal.reason,
        "message": rehearsal.message,
        "remedy": rehearsal.remedy,
        "reply": rehearsal.comment,
        "run": _run_data(run) if run else None,
        "price": price,
        "effects": [asdict(effect) for effect in rehearsal.effects],
        "named": list(rehearsal.named),
        "files": [
            {"path": file.path, "size": file.size, "mode": f"{file.mode:o}"}
            for file in rehearsal.files
        ],
        "waits": [{"step": step, "digest": digest} for step, digest in rehearsal.waits],
        "events": [event_data(event) for event in rehearsal.log],
    }


def _run_data(run: Run) -> dict[str, object]:
    steps = [
        {"id": step.id, "uses": step.uses, "status": str(step.status), "outputs": step.outputs}
        for step in (*run.steps, *run.parts)
    ]
    return {**run_line(run), "source": run.source, "steps": steps, "outputs": run.outputs}


def _reply(rehearsal: Rehearsal) -> list[str]:
    if not rehearsal.comment:
        return []
    return ["It would be answered:", *(f"  {line}" for line in rehearsal.comment.splitlines())]


def _run(run: Run) -> list[str]:
    rows = [(step.id, step.uses, str(step.status)) for step in run.steps]
    return [f"A run of the workflow {workflow_of(run)}", aligned(rows, indent="  ")]


def _list(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return [title, *found] if found else []


def _effects(rehearsal: Rehearsal) -> Iterable[str]:
    rows = [
        (f"{effect.number}.", _place(effect), printable(effect.summary))
        for effect in rehearsal.effects
    ]
    return aligned(rows).splitlines()


def _place(effect: OutsideEffect) -> str:
    return f"{effect.at}:{effect.where}" if effect.where else effect.at


def _files_title(rehearsal: Rehearsal) -> str:
    total = sum(file.size for file in rehearsal.files)
    return f"Files: {len(rehearsal.files)}, {total:,} bytes"


def _files(rehearsal: Rehearsal) -> Iterable[str]:
    return (f"{file.size:>9,}  {printable(file.path)}" for file in rehearsal.files)


def _ending(rehearsal: Rehearsal) -> list[str]:
    if rehearsal.carried_out:
        return []
    what = "It would be put off" if rehearsal.reason == "waits" else "It would not be carried out"
    lines = [f"{what} ({rehearsal.reason}): {printable(rehearsal.message)}"]
    return [*lines, printable(rehearsal.remedy)] if rehearsal.remedy else lines
