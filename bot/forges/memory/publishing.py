"""Commits and changes of a forge in memory."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.git_values import Change, Commit, FileToWrite
from bot.core.identity import Actor, Repository, ThreadKind
from bot.core.names import is_branch_name
from bot.errors import UserError
from bot.forges.memory.world import World
from bot.forges.names import check_branch_name
from bot.forges.port import Announce
from bot.forges.trees import check_files


def head(world: World, repository: Repository, branch: str) -> Commit | None:
    """The commit at a branch's tip."""
    return world.place(repository).objects.head(branch) if is_branch_name(branch) else None


def commit_on_new_branch(
    world: World,
    repository: Repository,
    *,
    branch: str,
    base: Commit,
    files: Sequence[FileToWrite],
    message: str,
    announce: Announce | None,
) -> Commit:
    """One commit over the tree of ``base``, on a branch that is not there yet."""
    check_branch_name(branch)
    check_files(files)
    objects = world.place(repository).objects
    if branch in objects.branches:
        raise UserError(f"The branch {branch} exists already.", reason="branch_exists")
    made = objects.commit(files, message, world.clock(), base)
    if announce is not None:
        announce(made)
    objects.branches[branch] = made.id
    return made


def commit_on_branch(
    world: World,
    repository: Repository,
    *,
    branch: str,
    parent: Commit,
    files: Sequence[FileToWrite],
    message: str,
    announce: Announce | None,
) -> Commit:
    """One commit over the tree of ``parent``, on a branch that stands there."""
    check_files(files)
    objects = world.place(repository).objects
    if objects.branches.get(branch) != parent.id:
        raise UserError(f"The branch {branch} is not as it was expected.", reason="branch_moved")
    made = objects.commit(files, message, world.clock(), parent)
    if announce is not None:
        announce(made)
    objects.branches[branch] = made.id
    return made


def replace_first_commit(
    world: World,
    repository: Repository,
    *,
    branch: str,
    first: Commit,
    files: Sequence[FileToWrite],
    message: str,
    announce: Announce | None,
) -> Commit:
    """A parentless commit in place of ``first``."""
    check_files(files)
    objects = world.place(repository).objects
    if objects.branches.get(branch) != first.id:
        raise UserError(
            f"The branch {branch} is not as it was expected.", reason="repository_moved"
        )
    made = objects.commit(files, message, world.clock(), None)
    if announce is not None:
        announce(made)
    objects.branches[branch] = made.id
    return made


def open_change(
    world: World,
    repository: Repository,
    author: Actor,
    *,
    branch: str,
    base: str,
    title: str,
    body: str,
    draft: bool,
) -> Change:
    """A change under the repository's next number."""
    place = world.place(repository)
    tip, onto = place.objects.head(branch), place.objects.head(base)
    if tip is None or onto is None:
        raise UserError(f"{branch!a} or {base!a} is no branch.", reason="branch_missing")
    if not place.objects.is_ahead(onto, tip):
        raise UserError(f"{branch} has no commits that {base} lacks.", reason="nothing_to_change")
    if world.open_change(repository, branch) is not None:
        raise UserError(f"A change from {branch} is open already.", reason="change_exists")
    thread = world.open_thread(
        repository, title=title, text=body, author=author, kind=ThreadKind.CHANGE
    )
    change = Change(
        number=thread.number,
        url=thread.url,
        branch=branch,
        base=base,
        is_draft=draft,
        author=author,
    )
    place.changes[change.number] = change
    return change
