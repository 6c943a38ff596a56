"""Which steps of a workflow come before which, and how that is drawn."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.workflow import StepPlan, Workflow


def ready(workflow: Workflow, done: Collection[str]) -> tuple[StepPlan, ...]:
    """The steps that are not done themselves and need nothing but what is done, in order."""
    finished = frozenset(done)
    return tuple(
        step
        for step in workflow.steps
        if step.id not in finished and finished.issuperset(step.needs)
    )


def dependants(workflow: Workflow, ids: Collection[str]) -> tuple[str, ...]:
    """These steps and all that need them, also through others, in the order of the file."""
    found = set(ids)
    # A step stands behind all that it needs, so that one pass meets every one.
    for step in workflow.steps:
        if found.intersection(step.needs):
            found.add(step.id)
    return tuple(step.id for step in workflow.steps if step.id in found)


def stages(workflow: Workflow) -> tuple[tuple[StepPlan, ...], ...]:
    """The steps that can run side by side, stage by stage: each needs one of the stage before."""
    depth: dict[str, int] = {}
    for step in workflow.steps:
        depth[step.id] = 1 + max((depth[need] for need in step.needs), default=-1)
    return tuple(
        tuple(step for step in workflow.steps if depth[step.id] == number)
        for number in range(max(depth.values(), default=-1) + 1)
    )


def as_text(workflow: Workflow) -> str:
    """The steps in plain letters: stage, id, type, what each needs, and what is special in it."""
    stage = {step.id: str(n) for n, some in enumerate(stages(workflow), 1) for step in some}
    rows = [("stage", "step", "uses", "needs", "")]
    for step in workflow.steps:
        needs = ", ".join(step.needs) or "-"
        rows.append((stage[step.id], step.id, step.uses, needs, "; ".join(_notes(step))))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join((*map(str.ljust, row, widths), row[4])).rstrip() for row in rows]
    title = f"{workflow.name}: {workflow.summary}" if workflow.summary else workflow.name
    return "\n".join([title, "", *lines, ""])


def as_mermaid(workflow: Workflow) -> str:
    """The steps as a flow chart in Mermaid's language."""
    # Numbers, because an id such as "end" means something to Mermaid.
    nodes = {step.id: f"s{number}" for number, step in enumerate(workflow.steps, 1)}
    lines = ["flowchart TD"]
    for step in workflow.steps:
        words = "<br/>".join(_quoted(word) for word in (step.id, step.uses, *_notes(step)))
        lines.append(f'    {nodes[step.id]}["{words}"]')
    lines += [
        f"    {nodes[need]} --> {nodes[step.id]}" for step in workflow.steps for need in step.needs
    ]
    return "\n".join([*lines, ""])


def _notes(step: StepPlan) -> list[str]:
    """What is special about a step, a few words each."""
    notes = []
    if step.inserted:
        notes.append("put in by policy")
    if step.condition is not None:
        notes.append(f"if {_shown(step.condition)}")
    if step.for_each is not None:
        notes.append(f"for each of {_shown(step.for_each)}")
    if step.retry is not None and step.retry.count:
        notes.append(f"retried {step.retry.count} times")
    if step.timeout_s is not None:
        notes.append(f"at most {step.timeout_s:g} s")
    return notes


def _shown(value: object) -> str:
    """A condition or list as it is written, without the signs round a reference."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"{len(value)} items"
    whole = str(value).strip()
    inside = whole.removeprefix("${{").removesuffix("}}").strip()
    return " ".join(inside.split())[:_MOST_SHOWN]


def _quoted(text: str) -> str:
    """A text as it may stand between quotes in Mermaid's language."""
    return "".join(_ENTITIES.get(sign, sign) for sign in text)


_MOST_SHOWN = 80
_ENTITIES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;"}
