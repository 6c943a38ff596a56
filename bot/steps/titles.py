"""How people read of a run's steps."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.runs import Run, Step
from bot.errors import ConfigurationError
from bot.steps.registry import step_type


def title_of(run: Run, step: Step) -> str:
    """What a step does, in a few words; its type's name where nothing is known of that."""
    try:
        return step_type(step.uses).title(arguments_of(run, step.id))
    except ConfigurationError:
        return step.uses


def arguments_of(run: Run, step_id: str) -> Mapping[str, object]:
    """What the workflow's file gives a step, with its references as they are written."""
    steps = run.workflow.get("steps")
    for plan in steps if isinstance(steps, list) else ():
        if isinstance(plan, Mapping) and plan.get("id") == step_id:
            found = plan.get("with")
            return found if isinstance(found, Mapping) else {}
    return {}
