"""From a file's data to a checked workflow, or to all that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.core.located import Located, Problem
from bot.core.workflow import Fields, Workflow
from bot.core.workflow_approvals import check_approvals
from bot.core.workflow_data import flaws, unplaced
from bot.core.workflow_inputs import read_inputs
from bot.core.workflow_links import Links
from bot.core.workflow_order import Order
from bot.core.workflow_sheet import MOST_PROBLEMS, Sheet
from bot.core.workflow_steps import LONGEST_S, StepTypes, read_steps
from bot.errors import ConfigurationError

__all__ = ["Problem", "examine", "read_workflow"]

FIELDS = ("name", "summary", "inputs", "steps", "outputs", "timeout")
MOST_SUMMARY = 200
_NOTHING: Mapping[str, str] = {}


def examine(
    data: object,
    step_types: Mapping[str, Fields],
    *,
    source: str,
    absent: Mapping[str, str] = _NOTHING,
) -> tuple[Workflow | None, tuple[Problem, ...]]:
    """The workflow that a file's data says, or None and everything that is wrong with it.

    Args:
        data: A tree of `Located`, or plain data, whose problems then have no lines.
        step_types: What is known of each step type.
        source: What the file is called in problems.
        absent: Step types that are known to be missing here, and a clause that says why.
    """
    sheet = Sheet(source)
    top = unplaced(data)
    for at, place, problem in flaws(top):
        sheet.say(at, place, problem)
    if sheet.problems:
        return None, _told(sheet, source)
    workflow = _read(top, sheet, StepTypes(known=step_types, absent=absent))
    return (None if sheet.problems else workflow), _told(sheet, source)


def _told(sheet: Sheet, source: str) -> tuple[Problem, ...]:
    """The problems in the order of the file."""
    problems = sorted(sheet.problems, key=lambda one: (one.line or 0, one.column or 0))
    if sheet.is_full:
        words = f"there are more; these are {MOST_PROBLEMS}"
        problems.append(Problem(line=None, column=None, place="", message=words, source=source))
    return tuple(problems)


def read_workflow(
    data: object,
    step_types: Mapping[str, Fields],
    *,
    source: str,
    absent: Mapping[str, str] = _NOTHING,
) -> Workflow:
    """The workflow that a file's data says; arguments as for `examine`.

    Raises:
        ConfigurationError: ``bad_workflow``, with every problem on a line of its own.
    """
    workflow, problems = examine(data, step_types, source=source, absent=absent)
    if workflow is None:
        raise ConfigurationError(
            "\n".join(map(str, problems)),
            reason="bad_workflow",
            remedy="`firstcommit workflows check FILE` shows this for a file before it is used.",
        )
    return workflow


def _read(top: Located, sheet: Sheet, types: StepTypes) -> Workflow:
    """What the file says. Whether that is right, the sheet knows."""
    entries = sheet.entries(top, "the file", FIELDS)
    for name in ("name", "steps"):
        if name not in entries and isinstance(top.value, dict):
            sheet.say(top, "the file", f"lacks {name!r}")
    workflow = Workflow(
        name=sheet.identifier(entries.get("name"), "name"),
        summary=sheet.text(entries.get("summary"), "summary", most=MOST_SUMMARY),
        timeout_s=sheet.seconds(entries.get("timeout"), "timeout", least=1.0, most=LONGEST_S),
    )
    specs = read_inputs(entries.get("inputs"), sheet)
    drafts = read_steps(entries.get("steps"), types, sheet)
    order = Order(drafts, sheet)
    check_approvals(drafts, order.reached, sheet)
    links = Links(sheet, specs)
    for draft, reached in zip(drafts, order.reached, strict=True):
        links.step(draft, drafts, reached)
    return replace(
        workflow,
        inputs={name: spec for name, spec in specs.items() if spec},
        steps=tuple(
            replace(draft.plan, needs=needs)
            for draft, needs in zip(drafts, order.needs, strict=True)
        ),
        outputs=links.outputs(entries.get("outputs")),
    )
