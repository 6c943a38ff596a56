"""Changes as whoever reviews them sees them, of a forge in memory."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.git_values import CheckState
from bot.core.identity import Repository
from bot.core.reviews import (
    ChangeDetails,
    ChangedFile,
    FailedCheck,
    FileStatus,
    Remark,
    failed_check,
    patch_of,
)
from bot.errors import UserError
from bot.forges.memory.world import World
from bot.forges.trees import check_remarks


def change(world: World, repository: Repository, number: int) -> ChangeDetails | None:
    """The change of that number with its tip."""
    place = world.place(repository)
    found = place.changes.get(number)
    if found is None:
        return None
    talk, tip = place.talks[number], place.objects.head(found.branch)
    return ChangeDetails(
        number=number,
        url=found.url,
        title=talk.title,
        text=talk.text,
        author=talk.author,
        branch=found.branch,
        base=found.base,
        head=tip.id if tip else "",
        is_open=found.is_open,
        is_draft=found.is_draft,
    )


def changed_files(
    world: World, repository: Repository, change: ChangeDetails
) -> Sequence[ChangedFile]:
    """What differs between a change's tip and where it left its base."""
    objects = world.place(repository).objects
    base, tip = objects.head(change.base), objects.commits.get(change.head)
    if base is None or tip is None:
        raise UserError(f"{change.branch!a} or {change.base!a} is gone.", reason="branch_missing")
    fork = objects.merge_base(base, tip)
    before, after = objects.files[fork.id] if fork else {}, objects.files[tip.id]
    found: list[ChangedFile] = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        status = FileStatus.MODIFIED if old and new else FileStatus.ADDED
        status = FileStatus.REMOVED if new is None else status
        patch = patch_of(
            objects.blobs[old.blob_id] if old else b"", objects.blobs[new.blob_id] if new else b""
        )
        found.append(ChangedFile(path=path, status=status, patch=patch))
    return found


def failed_checks(
    world: World, repository: Repository, commit_id: str, most_characters: int
) -> Sequence[FailedCheck]:
    """Those that failed, by name."""
    place = world.place(repository)
    place.objects.entries(commit_id)
    return [
        failed_check(check, most_characters)
        for (at, name), (_, check) in sorted(place.checks.items())
        if at == commit_id and check.state is CheckState.FAILED
    ]


def find_review(world: World, repository: Repository, number: int, marker: str) -> str | None:
    """The id of the review of that change in whose text the marker stands."""
    for identifier, (about, text, _) in world.place(repository).reviews.items():
        if about == number and marker in text:
            return identifier
    return None


def review(
    world: World,
    repository: Repository,
    change: ChangeDetails,
    *,
    body: str,
    remarks: Sequence[Remark],
) -> str:
    """Keep what is said of a change."""
    check_remarks(remarks, changed_files(world, repository, change))
    identifier = world.new_id()
    world.place(repository).reviews[identifier] = (change.number, body, tuple(remarks))
    return identifier
