"""Approvals of one workflow come one after the other.

A thread has one plan to answer at a time, so that nobody approves one thing and means another: a
newer plan ends the older. Two steps that could ask at once would end each other's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.core.workflow_gates import APPROVAL_STEP
from bot.core.workflow_sheet import Sheet
from bot.core.workflow_steps import Draft

_EACH = (
    "a thread has one plan to answer at a time; give each destination a step of its own, of which "
    "each needs the one before"
)


def check_approvals(
    drafts: Sequence[Draft], reached: Sequence[Collection[str]], sheet: Sheet
) -> None:
    """Note where two plans of a run could wait side by side.

    Args:
        reached: The ids of all that comes before each step.
    """
    asking: list[str] = []
    for draft, above in zip(drafts, reached, strict=True):
        if draft.plan.uses != APPROVAL_STEP:
            continue
        if "for_each" in draft.entries:
            sheet.say(draft.entries["for_each"], f"{draft.place}, for_each", _EACH)
        beside = [one for one in asking if one not in above]
        if beside:
            sheet.say(draft.at, draft.place, _at_once(beside[0]))
        asking.append(draft.plan.id)


def _at_once(other: str) -> str:
    return (
        f"would ask for approval at the same time as step {other!r}, and a thread has one plan to "
        f"answer at a time; add {other!r} to its needs (a step that is skipped keeps nobody back)"
    )
