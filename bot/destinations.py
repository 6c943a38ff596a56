"""Where a project may go: reading what was asked, and asking the forge who may.

Used when a command is decided, and again right before anything is published, since a run may
have waited and rights may have changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.destination import (
    Destination,
    Place,
    check_branch,
    check_visibility,
    read_place,
)
from bot.core.identity import Actor, Permission, Repository, Standing, Thread
from bot.core.paths import check_path
from bot.core.policy import Policy
from bot.core.runs import Run
from bot.errors import NotSupported, UserError
from bot.forges.port import Forge, Owner
from bot.policies import create_teams
from bot.services import Services

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})


def resolve(
    services: Services,
    actor: Actor,
    thread: Thread,
    keys: Mapping[str, str | bool],
    *,
    run: str,
    policy: Policy,
) -> Destination:
    """The destination that the keys ``into path branch draft visibility existing`` ask for.

    Args:
        run: The short id of the run, after which its branch is named.
        policy: What is in force in the thread's repository; it has the defaults of the keys.

    Raises:
        UserError: ``bad_destination``, ``bad_path``, ``bad_branch``, ``no_write``,
            ``may_not_create``, ``repository_exists``, ``no_destination``, ``foreign_forge``.
    """
    place = read_place(_text(keys, "into", policy.into))
    forge_name = place.forge or thread.repository.forge
    if forge_name != thread.repository.forge:
        raise UserError(
            f"This thread is on {thread.repository.forge}; who you are on {forge_name} is not "
            "known here.",
            reason="foreign_forge",
            remedy=f"Ask in a thread on {forge_name}.",
        )
    forge = services.forge(forge_name)
    existing = _switch(keys, "existing", default=False)
    if place.full_name is None:
        repository: Repository | None = thread.repository
        may_write(forge, thread.repository, actor)
    else:
        repository = _named(services, forge, place, actor, thread, existing=existing)
    return _destination(policy, forge_name, place, repository, keys, run=run)


def _destination(
    policy: Policy,
    forge_name: str,
    place: Place,
    repository: Repository | None,
    keys: Mapping[str, str | bool],
    *,
    run: str,
) -> Destination:
    new = repository is None
    private = "private" if policy.private else "public"
    visibility = check_visibility(_text(keys, "visibility", private))
    path = _text(keys, "path", "").strip("/")
    if new:
        _only_for_changes(keys)
        if visibility == "internal":
            raise NotSupported(
                "A repository with internal visibility cannot be made here.",
                reason="not_supported",
                remedy="Choose private or public.",
            )
    elif "visibility" in keys:
        raise UserError(
            "`visibility` is for a new repository; this one exists.", reason="key_not_fitting"
        )
    return Destination(
        forge=forge_name,
        repository=repository.full_name if repository else str(place.full_name),
        id=repository.id if repository else "",
        new=new,
        existing=not new,
        visibility=visibility,
        path="" if path in ("", ".") else check_path(path),
        branch="" if new else check_branch(_text(keys, "branch", f"firstcommit/{run}")),
        base=repository.default_branch if repository else "",
        draft=_switch(keys, "draft", default=policy.draft),
    )


def _only_for_changes(keys: Mapping[str, str | bool]) -> None:
    for key in ("branch", "draft"):
        if key in keys:
            raise UserError(
                f"`{key}` is for a change on a repository that exists; this one is new.",
                reason="key_not_fitting",
                remedy=f"Leave `{key}` out, or add `--existing` if the repository is there.",
            )


def may_still(services: Services, run: Run, into: Destination) -> None:
    """Ask again, right before publishing: the run may have waited for days.

    Raises:
        UserError: As `may_write` and `may_create`, for the thread and for the destination.
    """
    thread = run.thread.repository if run.thread else None
    if thread is not None and (thread.forge, thread.id) != (into.forge, into.id):
        may_write(services.forge(thread.forge), thread, run.requester)
    may_publish(services, run.requester, into, near=thread)


def may_publish(
    services: Services, actor: Actor, into: Destination, *, near: Repository | None = None
) -> None:
    """Whether the actor may have something published there.

    Args:
        near: The repository in whose thread that is asked for; None where there is none.

    Raises:
        UserError: ``may_not_create``, ``cannot_create``, ``no_destination``, ``no_write``.
    """
    forge = services.forge(into.forge)
    if into.new:
        may_create(services, forge, into.owner, actor, near=near)
        return
    repository, permission = _seen(forge, into.repository, actor)
    if repository is None:
        raise _no_destination(into.repository)
    _need_write(permission, repository)


def _named(
    services: Services, forge: Forge, place: Place, actor: Actor, thread: Thread, *, existing: bool
) -> Repository | None:
    """The repository of that name where it is there and visible; None where it may be made."""
    full_name = str(place.full_name)
    repository, permission = _seen(forge, full_name, actor)
    if repository is not None:
        if not existing:
            raise UserError(
                f"{repository.full_name} exists already.",
                reason="repository_exists",
                remedy="Choose another name, or add `--existing` to open a change there.",
            )
        _need_write(permission, repository)
        return repository
    # From here on, what one may not see and what does not exist are answered alike.
    if existing:
        raise _no_destination(full_name)
    may_create(services, forge, place.owner, actor, near=thread.repository)
    return None


def _seen(forge: Forge, full_name: str, actor: Actor) -> tuple[Repository | None, Permission]:
    """The repository where the actor may at least read it, and what they may do there.

    None and NONE whatever else is the case.

    What the forge refuses us there (a suspended grant, a block) is none of the actor's business
    before it is known that they may see it.
    """
    try:
        repository = forge.repository(full_name)
        permission = forge.permission(repository, actor) if repository else Permission.NONE
    except UserError:
        return None, Permission.NONE
    if permission < Permission.READ:
        return None, Permission.NONE
    return repository, permission


def _no_destination(full_name: str) -> UserError:
    return UserError(
        f"There is no repository {full_name} that you may write to.",
        reason="no_destination",
        remedy="Leave `--existing` out to have a new repository made.",
    )


def may_write(forge: Forge, repository: Repository, actor: Actor) -> None:
    """Ask the forge; raises UserError ``no_write`` where the actor has less than write."""
    _need_write(forge.permission(repository, actor), repository)


def _need_write(permission: Permission, repository: Repository) -> None:
    if permission < Permission.WRITE:
        raise UserError(
            f"You need write access to {repository.full_name} for that.",
            reason="no_write",
            remedy="Ask somebody who has it to write the command.",
        )


def may_create(
    services: Services, forge: Forge, owner_login: str, actor: Actor, *, near: Repository | None
) -> Owner:
    """Ask the forge whether the actor may have a repository made there.

    Args:
        near: The repository in whose thread that is asked for; None where there is none.

    Raises:
        UserError: ``may_not_create`` for everybody but owners and the teams that policy names,
            whatever else is the case; ``cannot_create`` where the forge does not let us.
    """
    owner = forge.owner(owner_login, actor)
    if owner is None or not _has_a_say(services, forge, owner, actor, near):
        raise UserError(
            f"You may not have repositories made under {owner_login}.",
            reason="may_not_create",
            remedy=f"An owner of {owner_login} can; or leave `into` out to get a change on this "
            "repository.",
        )
    if owner.obstacle:
        raise UserError(owner.obstacle, reason="cannot_create")
    return owner


def _has_a_say(
    services: Services, forge: Forge, owner: Owner, actor: Actor, near: Repository | None
) -> bool:
    """Whether the actor owns the account, or is in a team of it that policy names."""
    if owner.standing is not Standing.MEMBER:
        # Who is no member is in no team, and learns nothing of the account's policy.
        return owner.standing is Standing.OWNER
    teams = create_teams(services, forge.name, owner.login, near)
    return any(forge.in_team(owner.login, team, actor) for team in teams)


def _text(keys: Mapping[str, str | bool], key: str, default: str) -> str:
    value = keys.get(key, default)
    if isinstance(value, bool):
        raise UserError(f"`{key}` needs a value: `{key}=…`.", reason="missing_value")
    return value


def _switch(keys: Mapping[str, str | bool], key: str, *, default: bool) -> bool:
    value = keys.get(key, default)
    if isinstance(value, bool):
        return value
    if value.lower() in _YES:
        return True
    if value.lower() in _NO:
        return False
    raise UserError(
        f"`{key}` is yes or no, not `{value[:40]}`.",
        reason="bad_value",
        remedy=f"Write `{key}=yes`, `{key}=no`, or leave it out.",
    )
