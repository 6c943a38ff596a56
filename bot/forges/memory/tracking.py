"""Issues and milestones of a forge in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.git_values import Issue, Milestone
from bot.core.identity import Actor, Repository, ThreadKind
from bot.errors import UserError
from bot.forges.memory.world import Place, World


def find_milestone(world: World, repository: Repository, title: str) -> Milestone | None:
    """The milestone of exactly that title."""
    found = world.place(repository).milestones.values()
    return next((one for one in found if one.title == title), None)


def create_milestone(world: World, repository: Repository, title: str) -> Milestone:
    """A milestone under the repository's next number."""
    if find_milestone(world, repository, title) is not None:
        raise UserError(f"There is a milestone {title!a} already.", reason="milestone_exists")
    milestones = world.place(repository).milestones
    number = len(milestones) + 1
    made = Milestone(number=number, title=title, url=world.page(repository, f"/milestone/{number}"))
    milestones[number] = made
    return made


def find_issue(
    world: World, repository: Repository, author: Actor, marker: str, since: datetime | None
) -> Issue | None:
    """The oldest issue of that author whose text ends with the marker."""
    place = world.place(repository)
    for number, talk in place.talks.items():
        is_theirs = number not in place.changes and talk.author.is_same_as(author)
        is_new = since is None or talk.created_at >= since
        if is_theirs and is_new and talk.text.rstrip().endswith(marker):
            return issue_of(world, place, number)
    return None


def create_issue(
    world: World,
    repository: Repository,
    author: Actor,
    title: str,
    body: str,
    *,
    milestone: Milestone | None,
    labels: Sequence[str],
) -> Issue:
    """An issue under the repository's next number."""
    place = world.place(repository)
    if milestone is not None and milestone.number not in place.milestones:
        raise UserError("There is no such milestone here.", reason="unknown_milestone")
    thread = world.open_thread(
        repository, title=title, text=body, author=author, kind=ThreadKind.ISSUE
    )
    talk = place.talks[thread.number]
    talk.milestone = None if milestone is None else milestone.number
    talk.labels = tuple(labels)
    return issue_of(world, place, thread.number)


def issue_of(world: World, place: Place, number: int) -> Issue:
    """An issue as its list shows it."""
    url = world.page(place.repository, f"/issues/{number}")
    return Issue(number=number, title=place.talks[number].title, url=url)
