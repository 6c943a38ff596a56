"""What verification found amiss in a run that goes on all the same, in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.core.runs import Run, Step, StepStatus

VERIFY = "verify"
_FAILED = ("failed", "stopped")


def amiss(run: Run) -> str:
    """What its last verification found amiss; empty where nothing is, or none has ended."""
    ended = [step for step in run.steps if step.uses == VERIFY and _has_ended(step)]
    return amiss_in(run, ended[-1]) if ended else ""


def amiss_in(run: Run, step: Step) -> str:
    """What a step that verifies found amiss, in each of its parts; empty where nothing is."""
    if step.uses != VERIFY or not _has_ended(step):
        return ""
    given = [part.outputs for part in run.parts_of(step.id)] or [step.outputs]
    kept = [outputs for outputs in given if outputs is not None]
    return told(
        failed=sum(_failed(outputs) for outputs in kept),
        findings=sum(_findings(outputs) for outputs in kept),
    )


def told(*, failed: int, findings: int) -> str:
    """So much in words."""
    words = []
    if failed:
        words.append(f"{failed} check{'' if failed == 1 else 's'} failed")
    if findings:
        words.append(f"{findings} finding{'' if findings == 1 else 's'}")
    return ", ".join(words)


def _has_ended(step: Step) -> bool:
    return step.status is StepStatus.COMPLETED


def _failed(outputs: Mapping[str, object]) -> int:
    checks = _items(outputs.get("checks"))
    return sum(isinstance(one, Mapping) and one.get("result") in _FAILED for one in checks)


def _findings(outputs: Mapping[str, object]) -> int:
    more = outputs.get("more")
    return len(list(_items(outputs.get("findings")))) + (more if isinstance(more, int) else 0)


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else ()
