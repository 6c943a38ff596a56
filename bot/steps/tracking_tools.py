"""Issues and milestones opened by an agent: through the run's ledger, where policy lets the run.

Our API has no operation for them. They are effects of a run, opened once and by its rights, and
under the same gates as the step ``track``: without the approval that policy demands there are none.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.destination import Destination, destination_to_dict
from bot.core.model_calls import ToolSpec
from bot.destinations import may_still
from bot.errors import StepFailed
from bot.services import Tracker
from bot.steps.gates import refuse_ungated
from bot.steps.spec import StepContext
from bot.steps.stories import MOST_STORIES, read_stories, read_title, refuse_secrets
from bot.steps.track import TRACK, Site, milestone_shown, open_issue, open_milestone, site_of

_TITLE = {"type": "string", "minLength": 1, "maxLength": 250}

TRACKING: Mapping[str, ToolSpec] = {
    "track_story": ToolSpec(
        name="track_story",
        description="Open an issue for one story in the run's destination. The same title twice "
        "is one issue.",
        schema={
            "type": "object",
            "properties": {
                "title": _TITLE,
                "body": {"type": "string", "description": "Markdown.", "maxLength": 50_000},
                "labels": {"type": "array", "items": {"type": "string"}, "maxItems": 10},
                "milestone": {**_TITLE, "description": "The title of what gathers it."},
            },
            "required": ["title"],
            "additionalProperties": False,
        },
    ),
    "track_milestone": ToolSpec(
        name="track_milestone",
        description="Make a milestone in the run's destination, or use the open one of that title.",
        schema={
            "type": "object",
            "properties": {"title": _TITLE},
            "required": ["title"],
            "additionalProperties": False,
        },
    ),
}


def tracker_of(context: StepContext, into: Destination) -> Tracker:
    """What opens issues in a destination of the run."""
    titles: set[str] = set()

    def track(what: str, said: Mapping[str, object]) -> Mapping[str, object]:
        if what == "milestone":
            return _milestone(context, into, read_title(said.get("title"), "title"))
        titles.add(str(said.get("title")))
        if len(titles) > MOST_STORIES:
            raise StepFailed(f"{MOST_STORIES} stories are the most.", reason="bad_stories")
        return _story(context, into, said)

    return track


def _milestone(context: StepContext, into: Destination, title: str) -> Mapping[str, object]:
    refuse_secrets((), title)
    site = _site(context, into, stories=[], milestone=title)
    return milestone_shown(open_milestone(site, title))


def _story(
    context: StepContext, into: Destination, said: Mapping[str, object]
) -> Mapping[str, object]:
    plain = {name: said[name] for name in ("title", "body", "labels") if said.get(name)}
    stories, title = read_stories([plain]), said.get("milestone")
    milestone = None if title is None else read_title(title, "milestone")
    refuse_secrets(stories, milestone)
    site = _site(context, into, stories=[plain], milestone=milestone)
    gathers = None if milestone is None else open_milestone(site, milestone)
    # At no position of a list: the title alone tells it from others.
    return open_issue(site, gathers, stories[0], position=1, total=1)


def _site(
    context: StepContext, into: Destination, *, stories: list[object], milestone: str | None
) -> Site:
    given = {"into": destination_to_dict(into), "stories": stories, "milestone": milestone}
    refuse_ungated(context, TRACK, given)
    may_still(context.services, context.run, into)
    return site_of(context, into)
