"""What ``verify: require`` demands of the files that are about to leave, or to be approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.core.runs import Run, Step, StepStatus
from bot.errors import StepFailed
from bot.steps.evidence import is_about
from bot.steps.spec import StepContext
from bot.verification.evidence import Result

_NOT_GOOD = (Result.FAILED, Result.STOPPED)


def refuse_unverified(
    context: StepContext, run: Run, before: str, *, project_id: str, snapshot: int
) -> None:
    """Refuse to go on with files of which not everything was verified, or has passed.

    Args:
        before: What is not done, as a noun.

    Raises:
        StepFailed: ``not_verified``, with what has failed or was not run, and how to mend it.
    """
    about = (project_id, snapshot)
    steps = [step for step in all_steps(run, "verify") if _is_of(step, about)]
    if any(_has_passed(context, step, about) for step in steps):
        return
    what, remedy = _why(steps[-1]) if steps else ("none has passed for these files", "")
    raise StepFailed(
        f"Policy asks for a verification that has passed before {before}, and {what}.",
        reason="not_verified",
        remedy=remedy
        or "Mend what the verification found and write the command again, or put a `verify` step "
        "before it; this step has published nothing.",
    )


def all_steps(run: Run, uses: str) -> Iterator[Step]:
    """The steps of a type; in the place of one that is done for each item of a list, its parts."""
    for step in run.steps:
        if step.uses == uses:
            yield from run.parts_of(step.id) or (step,)


def _is_of(step: Step, about: tuple[str, int]) -> bool:
    project = (step.outputs or {}).get("project")
    return (
        step.status is StepStatus.COMPLETED
        and isinstance(project, Mapping)
        and (project.get("id"), project.get("snapshot")) == about
    )


def _has_passed(context: StepContext, step: Step, about: tuple[str, int]) -> bool:
    outputs = step.outputs or {}
    if outputs.get("passed") is not True:
        return False
    if context.rehearsal:
        # Nothing was run, and nobody has evidence of it.
        return True
    if outputs.get("complete") is not True:
        return False
    store = context.services.store
    kept = store.verifications.found(context.run.id, step.id, step.round, *about)
    files = store.projects.files(about[0], snapshot=about[1])
    return kept is not None and kept.digest == outputs["digest"] and is_about(kept.document, files)


def _why(step: Step) -> tuple[str, str]:
    """What keeps a verification from having passed, and what mends it."""
    outputs = step.outputs or {}
    told = list(_checks(outputs))
    failed = [str(check.get("name")) for check in told if check.get("result") in _NOT_GOOD]
    if failed:
        return f"{_listed(failed)} failed", (
            "What they said stands in the comment; mend the answers or the pack and write the "
            "command again. Nothing was published."
        )
    idle = [check for check in told if check.get("result") == Result.NOT_RUN]
    if outputs.get("passed") is True and idle:
        needs = str(idle[0].get("needs"))
        mend = str(idle[0].get("remedy"))
        command = f"`{mend}`" if mend.startswith("firstcommit ") else mend.rstrip(".")
        names = _listed([str(check.get("name")) for check in idle])
        return (
            f"{names} could not be run: needs {needs}",
            f"The operator mends that ({command}); then `/retry step={step.id.partition('[')[0]}` "
            "verifies the files again. Nothing was published.",
        )
    return "it has found something", ""


def _checks(outputs: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    checks = outputs.get("checks")
    for check in checks if isinstance(checks, list) else ():
        if isinstance(check, Mapping):
            yield check


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{'the check' if len(names) == 1 else 'the checks'} {shown}"
