"""What the ``track`` steps of a run would open, so that it is part of what people approve."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from bot.core.references import Scope, is_true, resolve
from bot.core.runs import Run, StepStatus
from bot.errors import StepFailed, UserError
from bot.steps.stories import Story, read_stories, read_title, refuse_secrets
from bot.store.port import Plan

#: The type of the steps that open issues.
TRACK = "track"
_KNOWN = (StepStatus.COMPLETED, StepStatus.SKIPPED)


def tracked(run: Run, into: object) -> Sequence[Mapping[str, object]]:
    """The stories for a destination that are known by now, for people: of each step one mapping.

    What depends on a step that is still to come is left out, and is refused when it comes.

    Raises:
        StepFailed: ``bad_stories`` or ``secret_found``, as the step itself would.
    """
    found = []
    for step_id, given in _known_arguments(run):
        if given.get("into") != into:
            continue
        stories, milestone = _read(given)
        told = [_data(story) for story in stories]
        found.append({"step": step_id, "milestone": milestone, "stories": told})
    return found


def covered(told: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """What a digest covers of what `tracked` gives, by the id of the step."""
    return {str(one["step"]): _hash(one["milestone"], one["stories"]) for one in told}


def story_changes(
    step_id: str, plans: Sequence[Plan], arguments: Mapping[str, object]
) -> Sequence[str]:
    """What differs from the stories that were approved, as clauses; none where nothing does.

    Raises:
        StepFailed: ``approval_missing`` where the approved plans do not name the step's stories.
    """
    stories, milestone = _read(arguments)
    now = _hash(milestone, [_data(story) for story in stories])
    approved = [found[step_id] for found in map(_covered_by, plans) if step_id in found]
    if not approved:
        raise StepFailed(
            f"The stories of `{step_id}` were not known when the plan was approved.",
            reason="approval_missing",
            remedy="Let the `approval` step need the step that gives the stories, or take them "
            "from an input; no issue was opened.",
        )
    return () if now in approved else ("its stories are others",)


def _covered_by(plan: Plan) -> Mapping[str, object]:
    found = plan.document.get("stories")
    return found if isinstance(found, Mapping) else {}


def _read(given: Mapping[str, object]) -> tuple[tuple[Story, ...], str | None]:
    stories, title = read_stories(given.get("stories")), given.get("milestone")
    milestone = None if title is None else read_title(title, "milestone")
    refuse_secrets(stories, milestone)
    return stories, milestone


def _data(story: Story) -> dict[str, object]:
    return {"title": story.title, "body": story.body, "labels": list(story.labels)}


def _hash(milestone: object, stories: object) -> str:
    text = json.dumps([milestone, stories], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _known_arguments(run: Run) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The arguments of each step, and of each part of one, that are clear by now."""
    steps = {step.id: step.outputs for step in run.steps if step.status in _KNOWN}
    inputs = {**_defaults(run), **run.inputs}
    known = Scope(inputs=inputs, steps=steps)
    for plan in _listed(run, TRACK):
        try:
            if not is_true(plan.get("if"), known):
                continue
        except UserError:
            # It depends on what another step gives, and may hold.
            pass
        try:
            yield from _of_step(plan, inputs, steps)
        except UserError:
            # So do its stories: nobody can approve them yet.
            continue


def _of_step(
    plan: Mapping[str, object],
    inputs: Mapping[str, object],
    steps: Mapping[str, Mapping[str, object] | None],
) -> list[tuple[str, Mapping[str, object]]]:
    known = Scope(inputs=inputs, steps=steps)
    if plan.get("for_each") is None:
        return [(str(plan["id"]), _mapping(resolve(plan.get("with"), known)))]
    items = resolve(plan["for_each"], known)
    scopes = [
        Scope(inputs=inputs, steps=steps, item=item, index=index)
        for index, item in enumerate(items if isinstance(items, list | tuple) else ())
    ]
    return [
        (f"{plan['id']}[{index}]", _mapping(resolve(plan.get("with"), scope)))
        for index, scope in enumerate(scopes)
    ]


def _listed(run: Run, uses: str) -> Iterator[Mapping[str, object]]:
    steps = run.workflow.get("steps")
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, Mapping) and step.get("uses") == uses:
            yield step


def _defaults(run: Run) -> Mapping[str, object]:
    return {
        str(name): spec["default"]
        for name, spec in _mapping(run.workflow.get("inputs")).items()
        if isinstance(spec, Mapping) and "default" in spec
    }


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
