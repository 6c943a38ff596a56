"""Changes as whoever reviews them sees them in a rehearsal, in which reviews are only noted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from bot.core.git_values import Change, Check, CheckState
from bot.core.identity import Actor, Repository
from bot.core.reviews import (
    ChangeDetails,
    ChangedFile,
    FailedCheck,
    FileStatus,
    Remark,
    failed_check,
    patch_of,
)
from bot.forges.port import Forge
from bot.forges.recording.history import History
from bot.forges.recording.notes import Notes
from bot.forges.recording.places import Places, is_invented
from bot.forges.trees import check_remarks


class Reviewing:
    """The port's `Reviewing`, but for the commit."""

    def __init__(self, real: Forge, notes: Notes, *, places: Places, history: History) -> None:
        self._real = real
        self._notes = notes
        self._places = places
        self._history = history
        self._ids = itertools.count(1)
        self._checks: dict[tuple[str, str], list[Check]] = {}
        #: By repository, number of the change and id.
        self._reviews: dict[tuple[str, int, str], str] = {}

    def change(self, repository: Repository, number: int) -> ChangeDetails | None:
        ours = self._places.change_of_number(repository, number)
        if ours is not None:
            tip = self._places.tip(repository, ours.branch)
            title = self._places.title_of(repository, number)
            return _details(ours, title, tip.id if tip else "", self._real.me())
        found = None if is_invented(repository) else self._real.change(repository, number)
        moved = found and not found.is_foreign and self._places.tip(repository, found.branch)
        return replace(found, head=moved.id) if found and moved else found

    def changed_files(
        self, repository: Repository, change: ChangeDetails, *, most: int
    ) -> Sequence[ChangedFile]:
        """Of a real change what is real; of one that was opened here all that it would write."""
        if self._places.change_of_number(repository, change.number) is None:
            real = self._real.change(repository, change.number)
            return self._real.changed_files(repository, real or change, most=most)
        files = self._history.written(change.head)
        return [
            ChangedFile(path=path, status=FileStatus.ADDED, patch=patch_of(b"", file.content))
            for path, file in sorted(files.items())
        ][:most]

    def failed_checks(
        self, repository: Repository, commit_id: str, *, most_characters: int
    ) -> Sequence[FailedCheck]:
        ours = {check.name: check for check in self._checks.get((repository.id, commit_id), ())}
        found = [
            failed_check(check, most_characters)
            for name, check in ours.items()
            if check.state is CheckState.FAILED
        ]
        if not (is_invented(repository) or self._history.knows(commit_id)):
            real = self._real.failed_checks(repository, commit_id, most_characters=most_characters)
            found.extend(check for check in real if check.name not in ours)
        return sorted(found, key=lambda check: check.name)

    def note_check(self, repository: Repository, commit_id: str, check: Check) -> None:
        """Have a check be shown beside a commit."""
        self._checks.setdefault((repository.id, commit_id), []).append(check)

    def find_review(self, repository: Repository, number: int, marker: str) -> str | None:
        for (place, about, identifier), text in self._reviews.items():
            if (place, about) == (repository.id, number) and marker in text:
                return identifier
        if is_invented(repository) or self._places.change_of_number(repository, number):
            return None
        return self._real.find_review(repository, number, marker)

    def review(
        self,
        repository: Repository,
        change: ChangeDetails,
        *,
        body: str,
        remarks: Sequence[Remark],
    ) -> str:
        check_remarks(remarks, self.changed_files(repository, change, most=len(remarks) + 3_000))
        identifier = f"rehearsed-{next(self._ids)}"
        with self._notes.one():
            self._reviews[repository.id, change.number, identifier] = body
            count = len(remarks)
            said = "1 remark" if count == 1 else f"{count} remarks"
            self._notes.on("review", repository, f"review change #{change.number} with {said}")
        return identifier


def _details(change: Change, title: str, head: str, author: Actor) -> ChangeDetails:
    return ChangeDetails(
        number=change.number,
        url="",
        title=title,
        text="",
        author=change.author or author,
        branch=change.branch,
        base=change.base,
        head=head,
        is_open=change.is_open,
        is_draft=change.is_draft,
    )
