"""A workflow written out as a file: with every step's needs, and with the gates that policy put in.

What is written can be read back, and means the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from bot.core.workflow import StepPlan, Workflow, to_data

_PUT_IN = "  # Put in by policy; the file has no such step."
_ALWAYS = "  # Under this policy it is done always; the file has `if: {}`."


def as_file(
    workflow: Workflow, heading: Sequence[str] = (), *, written: Workflow | None = None
) -> str:
    """The text of the file, below lines of comment.

    Args:
        written: What the file itself says; what policy has made of it is marked.
    """
    data = to_data(workflow)
    steps = data.pop("steps")
    below = {name: data.pop(name) for name in ("outputs", "timeout") if name in data}
    parts = [*(f"# {line}" for line in heading), _written(data), "steps:"]
    for plan, step in zip(workflow.steps, steps if isinstance(steps, list) else [], strict=True):
        step.pop("inserted", None)
        parts += [*_mark(plan, written), _indented(_written([step]))]
    return "\n".join([*parts, *([_written(below)] if below else []), ""])


def inputs_line(workflow: Workflow) -> str:
    """What a workflow takes, in one line; what need not be given stands in brackets."""
    specs = workflow.inputs.items()
    return " ".join(f"[{name}]" if spec.has_default else name for name, spec in specs)


def _mark(plan: StepPlan, written: Workflow | None) -> list[str]:
    if plan.inserted:
        return [_PUT_IN]
    before = written.step(plan.id).condition if written else plan.condition
    return [] if before == plan.condition else [_ALWAYS.format(before)]


class _Dumper(yaml.SafeDumper):
    """Without aliases, which workflow files may not have."""

    def ignore_aliases(self, data: object) -> bool:
        """Write the same thing twice where it is there twice."""
        return True


def _written(data: object) -> str:
    text: str = yaml.dump(
        _plain(data),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        # What holds nothing but single values stands on one line, as people write it.
        default_flow_style=None,
        width=96,
    )
    return text.rstrip("\n")


def _plain(data: object) -> object:
    """Only what YAML knows by itself: lists and dictionaries."""
    if isinstance(data, Mapping):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return data


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.splitlines())
