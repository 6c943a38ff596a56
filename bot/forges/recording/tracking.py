"""Issues and milestones that are only noted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime

from bot.core.git_values import Issue, Milestone
from bot.core.identity import Repository, ThreadKind
from bot.errors import UserError
from bot.forges.port import Forge
from bot.forges.recording.notes import Notes
from bot.forges.recording.places import is_invented
from bot.forges.recording.talks import FIRST_NUMBER, Talks


class Tracking:
    """What the port promises of issues and milestones."""

    def __init__(self, real: Forge, notes: Notes, *, talks: Talks) -> None:
        self._real = real
        self._notes = notes
        self._talks = talks
        self._milestones: dict[tuple[str, str], Milestone] = {}
        self._issues: list[tuple[str, Issue, str]] = []
        self._numbers = itertools.count(FIRST_NUMBER)

    def find_milestone(self, repository: Repository, title: str) -> Milestone | None:
        ours = self._milestones.get((repository.id, title))
        if ours is not None or is_invented(repository):
            return ours
        return self._real.find_milestone(repository, title)

    def create_milestone(self, repository: Repository, title: str) -> Milestone:
        with self._notes.one():
            if self.find_milestone(repository, title) is not None:
                raise UserError(
                    f"There is a milestone {title!a} already.", reason="milestone_exists"
                )
            made = Milestone(number=next(self._numbers), title=title)
            self._milestones[repository.id, title] = made
            self._notes.on("create_milestone", repository, f"create milestone {title!r}")
        return made

    def find_issue(
        self, repository: Repository, marker: str, since: datetime | None
    ) -> Issue | None:
        theirs = (
            None
            if is_invented(repository)
            else self._real.find_issue(repository, marker, since=since)
        )
        return theirs or next(
            (
                issue
                for place, issue, body in self._issues
                if place == repository.id and body.rstrip().endswith(marker)
            ),
            None,
        )

    def create_issue(
        self,
        repository: Repository,
        title: str,
        body: str,
        *,
        milestone: Milestone | None,
        labels: Sequence[str],
    ) -> Issue:
        with self._notes.one():
            self._check_milestone(repository, milestone)
            self._check_repository(repository)
            thread = self._talks.open(repository, ThreadKind.ISSUE)
            made = Issue(number=thread.number, title=title)
            self._issues.append((repository.id, made, body))
            under = f" under {milestone.title!r}" if milestone else ""
            marked = f", labelled {', '.join(labels)}" if labels else ""
            self._notes.on("create_issue", repository, f"open issue {title!r}{under}{marked}")
        return made

    def _check_repository(self, repository: Repository) -> None:
        if is_invented(repository):
            return
        found = self._real.repository(repository.full_name)
        if found is None or found.id != repository.id:
            raise UserError("There is no such repository here.", reason="no_access")

    def _check_milestone(self, repository: Repository, milestone: Milestone | None) -> None:
        if milestone is None:
            return
        found = self.find_milestone(repository, milestone.title)
        if found is None or found.number != milestone.number:
            raise UserError("There is no such milestone here.", reason="unknown_milestone")
