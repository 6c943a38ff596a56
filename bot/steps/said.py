"""What agents have said of what they amended, mended or reviewed, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.runs import Run
from bot.steps.titles import arguments_of


@dataclass(frozen=True, kw_only=True)
class Said:
    """Words of one step. ``kind`` is ``amended``, ``mended`` or ``reviewed``; of a review also how
    many findings there are of each severity."""

    kind: str
    text: str
    findings: Mapping[str, int]


def said_of_changes(run: Run) -> Sequence[Said]:
    """What was said of a change or of a plan that was there already, in order."""
    found = []
    for step in run.steps:
        given, outputs = arguments_of(run, step.id), step.outputs or {}
        kind = _kind(step.uses, given)
        text = str(outputs.get("summary" if kind == "reviewed" else "text") or "")
        if kind and text:
            found.append(Said(kind=kind, text=text, findings=_counts(outputs.get("findings"))))
    return found


def _kind(uses: str, given: Mapping[str, object]) -> str:
    if uses == "review" and "change" in given:
        return "reviewed"
    if uses != "agent":
        return ""
    if given.get("role") == "revision":
        return "amended"
    return "mended" if given.get("role") == "repair" and "change" in given else ""


def _counts(findings: object) -> Mapping[str, int]:
    listed = findings if isinstance(findings, list) else []
    severities = [str(one.get("severity")) for one in listed if isinstance(one, Mapping)]
    known = ("blocking", "major", "minor")
    return {one: severities.count(one) for one in known if one in severities}
