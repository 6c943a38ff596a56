"""``track``: issues from stories, and a milestone that gathers them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.destination import Destination
from bot.core.git_values import Issue, Milestone
from bot.core.identity import Repository
from bot.core.kinds import Field, Kind
from bot.destinations import may_still
from bot.errors import StepFailed, Transient, UserError
from bot.forges.port import Forge
from bot.remarks import CLOCKS_DIFFER, marker
from bot.steps.repo_creation import repository_key
from bot.steps.spec import Done, Rights, StepContext, StepType
from bot.steps.stories import Story, read_stories, read_title, refuse_secrets
from bot.steps.values import destination
from bot.store.port import Effect


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a step opens issues, and for which run."""

    context: StepContext
    forge: Forge
    repository: Repository


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    into = destination(given)
    stories = read_stories(given.get("stories"))
    title = given.get("milestone")
    wanted = None if title is None else read_title(title, "milestone")
    refuse_secrets(stories, wanted)
    may_still(context.services, context.run, into)
    site = site_of(context, into)
    milestone = None if wanted is None else open_milestone(site, wanted)
    issues = [
        open_issue(site, milestone, story, position=position, total=len(stories))
        for position, story in enumerate(stories, start=1)
    ]
    shown = None if milestone is None else milestone_shown(milestone)
    return {"milestone": shown, "issues": issues}


def site_of(context: StepContext, into: Destination) -> Site:
    """Where a step opens issues for a destination of its run.

    Raises:
        StepFailed: ``not_ours``, ``repository_gone``.
        Transient: ``not_ready``.
    """
    forge = context.services.forge(into.forge)
    return Site(context=context, forge=forge, repository=_repository(context, forge, into))


def _repository(context: StepContext, forge: Forge, into: Destination) -> Repository:
    """The destination as the forge has it now; a new one is that which this run made."""
    wanted = into.id
    if into.new:
        made = context.services.store.ledger.find(context.owner, repository_key(into))
        if made is None or made.external_id is None:
            raise StepFailed(
                f"{into.repository} was not made by this run.",
                reason="not_ours",
                remedy="Let the workflow make it with `repo_creation` first.",
            )
        wanted = made.external_id
    repository = forge.repository(into.repository)
    if repository is None and into.new:
        raise Transient(f"{into.repository} does not answer yet.", reason="not_ready")
    if repository is None or repository.id != wanted:
        raise StepFailed(
            f"{into.repository} is not the repository it was when the command was written.",
            reason="repository_gone",
        )
    return repository


def open_milestone(site: Site, title: str) -> Milestone:
    """The milestone of that title, made where there is none.

    Titles stand once in a repository, so that it is known by that, whoever has made it; nothing
    of it is changed.
    """
    context, forge, repository = site.context, site.forge, site.repository

    def look(_: Effect) -> Done | None:
        found = forge.find_milestone(repository, title)
        if found is None:
            return None
        if not found.is_open:
            raise _closed(found)
        return _milestone_done(found)

    def do(effect: Effect) -> Done:
        found = look(effect)
        if found is not None:
            return found
        context.log(f"making the milestone {title!a}")
        words = context.services.replies.render("milestone", run=context.run)
        return _milestone_done(forge.create_milestone(repository, title, description=words.strip()))

    key = f"milestone:{repository.id}:{_short(title)}"
    done = context.once(key, kind="milestone", look=look, do=do, lag_s=forge.lag_s)
    return Milestone(number=int(done.id), title=title, url=str(done.result["url"]))


def open_issue(
    site: Site, milestone: Milestone | None, story: Story, *, position: int, total: int
) -> Mapping[str, object]:
    """The issue of one story as the step's outputs tell it.

    It is known again by a mark that nobody has seen before it is written: the id of the ledger's
    row, at the end of a text of our own account.
    """
    context, forge, repository = site.context, site.forge, site.repository

    def look(effect: Effect) -> Done | None:
        found = forge.find_issue(
            repository, _mark(effect), since=effect.intended_at - CLOCKS_DIFFER
        )
        return None if found is None else _issue_done(found)

    def do(effect: Effect) -> Done:
        context.log(f"opening issue {position} of {total}: {story.title!a}")
        body = context.services.replies.render(
            "story", story=story, run=context.run, position=position, total=total
        )
        return _issue_done(
            forge.create_issue(
                repository,
                story.title,
                f"{body}\n{_mark(effect)}\n",
                milestone=milestone,
                labels=story.labels,
            )
        )

    context.stop_if_cancelled()
    # With its title: a story that changed before the step was done again is another one.
    key = f"issue:{repository.id}:{context.step_id}:{position}:{_short(story.title)}"
    done = context.once(key, kind="issue", look=look, do=do, lag_s=forge.lag_s)
    return {"number": int(done.id), "url": done.result["url"], "title": story.title}


def _mark(effect: Effect) -> str:
    return marker(f"issue:{effect.id}")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _milestone_done(milestone: Milestone) -> Done:
    return Done(id=str(milestone.number), result={"url": milestone.url})


def _issue_done(issue: Issue) -> Done:
    return Done(id=str(issue.number), result={"url": issue.url})


def milestone_shown(milestone: Milestone) -> Mapping[str, object]:
    """A milestone as outputs tell it."""
    return {"number": milestone.number, "url": milestone.url, "title": milestone.title}


def _closed(milestone: Milestone) -> UserError:
    return UserError(
        f"The milestone {milestone.title!a} is closed.",
        reason="milestone_closed",
        remedy="Open it again and write `/retry`, or name another milestone.",
    )


TRACK = StepType(
    name="track",
    summary="Open the issues",
    description="Opens an issue for each story, in order, and gathers them under a milestone. A "
    "milestone of that title is used where one is open already, and made where there is none. "
    "Formatting of the texts holds; mentions, HTML and commands in them lose their power. "
    "Done again in the same run, it opens only what is not there.",
    rights=Rights.WRITE,
    publishes=True,
    # At the pace that a forge asks for, fifty issues take a minute or more.
    longest_s=1200.0,
    takes={
        "into": Field(kind=Kind.DESTINATION, summary="the repository whose issues they become"),
        "stories": Field(
            kind=Kind.LIST,
            summary="at most 50 mappings `{title, body, labels}`; `body` (Markdown) and `labels` "
            "(a list) may be left out",
        ),
        "milestone": Field(
            kind=Kind.STRING, summary="the title of what gathers them", needed=False
        ),
    },
    gives={
        "milestone": Field(kind=Kind.OBJECT, summary="its `number`, `url` and `title`, or null"),
        "issues": Field(kind=Kind.LIST, summary="`{number, url, title}` of each, in order"),
    },
    run=_run,
)
