"""Reading what a workflow's file says of each step, before steps are looked at together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.located import Located, nearest, plain
from bot.core.workflow import Fields, RetryRule, StepPlan
from bot.core.workflow_sheet import Sheet

MOST_STEPS = 100
MOST_ITEMS = 100
#: The longest that a step or a run may take. Waiting for an answer does not count.
LONGEST_S = 30 * 24 * 3600.0

_FIELDS = ("id", "uses", "needs", "if", "for_each", "with", "retry", "timeout", "outputs")
_RETRY_FIELDS = ("count", "backoff", "on")
REASON = re.compile(r"[a-z][a-z0-9_]{0,62}")
MOST_RETRIES = 10
_LONGEST_BACKOFF_S = 3600.0
MOST_REASONS = 20
_MOST_USES = 200


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A step as its file has it. ``plan`` is without its needs; ``fields`` are its type's.

    ``entries`` are the pieces of the file, for whoever checks them; ``fields`` is None where
    the type is not known.
    """

    plan: StepPlan
    at: Located
    entries: Mapping[str, Located]
    place: str
    fields: Fields | None


@dataclass(frozen=True, kw_only=True)
class StepTypes:
    """The step types of this installation, and those that it is known to lack, with why."""

    known: Mapping[str, Fields]
    absent: Mapping[str, str]


def read_steps(at: Located | None, types: StepTypes, sheet: Sheet) -> Sequence[Draft]:
    """The steps in the order of the file."""
    if at is None:
        return ()
    # A snapshot has those as well that policy put in.
    most = MOST_STEPS if at.line else 2 * MOST_STEPS
    items = sheet.items(at, "steps", most=most)
    if at.value == []:
        sheet.say(at, "steps", "must have at least one step")
    drafts = [_step(item, number, types, sheet) for number, item in enumerate(items, 1)]
    taken: set[str] = set()
    for draft in drafts:
        if draft.plan.id in taken:
            words = f"the id {draft.plan.id!r} is taken by an earlier step"
            sheet.say(draft.entries["id"], draft.place, words)
        taken |= {draft.plan.id} - {""}
    return drafts


def _step(at: Located, number: int, types: StepTypes, sheet: Sheet) -> Draft:
    place = f"step {number}"
    # Only the snapshot of a run, which has no lines, knows of steps that policy put in.
    entries = sheet.entries(at, place, _FIELDS if at.line else (*_FIELDS, "inserted"))
    for name in ("id", "uses"):
        if name not in entries and isinstance(at.value, dict):
            sheet.say(at, place, f"lacks {name!r}")
    step_id = sheet.identifier(entries.get("id"), f"{place}, id")
    place = f"step {step_id}" if step_id else place
    uses = _uses(entries.get("uses"), f"{place}, uses", types, sheet)
    plan = StepPlan(
        id=step_id,
        uses=uses,
        arguments=_table(entries.get("with"), f"{place}, with", sheet),
        condition=plain(entries.get("if")),
        for_each=plain(entries.get("for_each")),
        retry=_retry(entries.get("retry"), f"{place}, retry", sheet),
        timeout_s=sheet.seconds(
            entries.get("timeout"), f"{place}, timeout", least=1.0, most=LONGEST_S
        ),
        outputs=_table(entries.get("outputs"), f"{place}, outputs", sheet),
        inserted=_inserted(entries.get("inserted"), f"{place}, inserted", sheet),
    )
    return Draft(plan=plan, at=at, entries=entries, place=place, fields=types.known.get(uses))


def _uses(at: Located | None, place: str, types: StepTypes, sheet: Sheet) -> str:
    uses = sheet.text(at, place, most=_MOST_USES)
    if at is None or uses in types.known:
        return uses
    if uses in types.absent:
        why = types.absent[uses]
        words = f"the step type {uses!r} is not in this version" + (f": {why}" if why else "")
        sheet.say(at, place, words)
    elif isinstance(at.value, str):
        near = nearest(uses, (*types.known, *types.absent))
        sheet.say(at, place, f"unknown step type {uses[:60]!r}{near}")
    return uses


def _table(at: Located | None, place: str, sheet: Sheet) -> Mapping[str, object]:
    if at is None:
        return {}
    return {name: plain(value) for name, value in sheet.names(at, place).items()}


def _inserted(at: Located | None, place: str, sheet: Sheet) -> bool:
    if at is not None and not isinstance(at.value, bool):
        sheet.say(at, place, "must be true or false")
    return at is not None and at.value is True


def _retry(at: Located | None, place: str, sheet: Sheet) -> RetryRule | None:
    if at is None:
        return None
    entries = sheet.entries(at, place, _RETRY_FIELDS)
    count = entries.get("count")
    if count is None and isinstance(at.value, dict):
        sheet.say(at, place, "lacks 'count'")
    backoff_s = sheet.seconds(
        entries.get("backoff"), f"{place}.backoff", least=0.0, most=_LONGEST_BACKOFF_S
    )
    return RetryRule(
        count=_count(count, f"{place}.count", sheet),
        backoff_s=RetryRule.backoff_s if backoff_s is None else backoff_s,
        on=_reasons(entries.get("on"), f"{place}.on", sheet),
    )


def _count(at: Located | None, place: str, sheet: Sheet) -> int:
    if at is None:
        return 0
    value = at.value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_RETRIES:
        return value
    sheet.say(at, place, f"must be a whole number from 0 to {MOST_RETRIES}")
    return 0


def _reasons(at: Located | None, place: str, sheet: Sheet) -> tuple[str, ...]:
    if at is None:
        return ()
    items = sheet.items(at, place, most=MOST_REASONS)
    for item in items:
        if not isinstance(item.value, str) or not REASON.fullmatch(item.value):
            sheet.say(item, place, "must be transient, failed, timeout or a reason code")
    return tuple(str(item.value) for item in items)
