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
from bot.core.identity import Actor, Permission, Repository, Standing
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
    near: Repository | None,
    keys: Mapping[str, str | bool],
    *,
    run: str,
    policy: Policy,
) -> Destination:
    """The destination that the keys ``into path branch draft visibility existing`` ask for.

    Args:
        near: Where it is asked for, which ``.`` stands for; None where that is in no repository.
        run: The short id of the run, after which its branch is named.
        policy: What is in force there; it has the defaults of the keys.

    Raises:
        UserError: ``bad_destination``, ``bad_path``, ``bad_branch``, ``no_write``,
            ``may_not_create``, ``repository_exists``, ``no_destination``, ``foreign_forge``.
    """
    place = read_place(_text(keys, "into", policy.into))
    forge_name = place.forge or (near.forge if near else actor.forge)
    _refuse_foreign(forge_name, actor, near)
    existing = _switch(keys, "existing", default=False)
    if place.full_name is None:
        repository: Repository | None = _here(near)
        may_write(services, _here(near), actor)
    else:
        forge = services.forge(forge_name)
        repository = _named(services, forge, place, actor, near, existing=existing)
    return _destination(policy, forge_name, place, repository, keys, run=run)


def _refuse_foreign(forge_name: str, actor: Actor, near: Repository | None) -> None:
    if near is not None and forge_name != near.forge:
        raise UserError(
            f"This thread is on {near.forge}; who you are on {forge_name} is not known here.",
            reason="foreign_forge",
            remedy=f"Ask in a thread on {forge_name}.",
        )
    if forge_name != actor.forge:
        raise UserError(
            f"You have no account on {forge_name} that is known here.",
            reason="foreign_forge",
            remedy=f"Sign in with your account on {forge_name}, too, and it is linked to you.",
        )


def _here(near: Repository | None) -> Repository:
    if near is None:
        raise UserError(
            "`.` stands for the repository in which something is asked for, and here is none.",
            reason="bad_destination",
            remedy="Give `into` as FORGE:OWNER/NAME, or leave it out to keep the files here.",
        )
    return near


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
    near = run.repository
    if near is not None and (near.forge, near.id) != (into.forge, into.id):
        may_write(services, near, run.requester)
    may_publish(services, run.requester, into, near=near)


def may_publish(
    services: Services, actor: Actor, into: Destination, *, near: Repository | None = None
) -> None:
    """Whether the actor may have something published there.

    Args:
        near: The repository in which that is asked for; None where that is in none.

    Raises:
        UserError: ``may_not_create``, ``cannot_create``, ``no_destination``, ``no_write``,
            ``foreign_forge``.
    """
    _refuse_foreign(into.forge, actor, None)
    forge = services.forge(into.forge)
    if into.new:
        may_create(services, forge, into.owner, actor, near=near)
        return
    repository, permission = seen_at(forge, into.repository, actor)
    if repository is None:
        raise _no_destination(into.repository)
    _need_write(permission, repository)


def _named(
    services: Services,
    forge: Forge,
    place: Place,
    actor: Actor,
    near: Repository | None,
    *,
    existing: bool,
) -> Repository | None:
    """The repository of that name where it is there and visible; None where it may be made."""
    full_name = str(place.full_name)
    repository, permission = seen_at(forge, full_name, actor)
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
    may_create(services, forge, place.owner, actor, near=near)
    return None


def seen_at(forge: Forge, full_name: str, actor: Actor) -> tuple[Repository | None, Permission]:
    """The repository where the actor may at least read it, and what they may do there.

    None and NONE whatever else is the case.

    What the forge refuses us there (a suspended grant, a block) is none of the actor's business
    before it is known that they may see it. Nor does it take longer to find nothing for them in
    what is there.
    """
    try:
        repository = forge.repository(full_name)
        permission = forge.permission(repository or _absent(forge, full_name), actor)
    except UserError:
        return None, Permission.NONE
    if repository is None or permission < Permission.READ:
        return None, Permission.NONE
    return repository, permission


def _absent(forge: Forge, full_name: str) -> Repository:
    owner, _, name = full_name.rpartition("/")
    return Repository(forge=forge.name, id="", owner=owner, owner_id="", name=name)


def _no_destination(full_name: str) -> UserError:
    return UserError(
        f"There is no repository {full_name} that you may write to.",
        reason="no_destination",
        remedy="Leave `--existing` out to have a new repository made.",
    )


def permission_at(services: Services, repository: Repository, actor: Actor) -> Permission:
    """What the actor may do there, as the forge tells it now.

    An account on another forge has no rights there: the same name proves nothing.
    """
    if repository.forge != actor.forge:
        return Permission.NONE
    return services.forge(repository.forge).permission(repository, actor)


def may_write(services: Services, repository: Repository, actor: Actor) -> None:
    """Ask the forge; raises UserError ``no_write`` where the actor has less than write."""
    _need_write(permission_at(services, repository, actor), repository)


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


def may_keep(services: Services, actor: Actor, *, operates: bool) -> None:
    """Whether the actor may have projects made that stay here.

    Raises:
        UserError: ``no_membership`` for whoever belongs to no account that has installed us.
    """
    # Whoever is on the forge of this machine's disk runs the machine.
    if operates or actor.forge == "local":
        return
    forge = services.forges.get(actor.forge)
    for known in services.store.organisations.all() if forge is not None else ():
        if known.forge != actor.forge or known.suspended or known.removed_at is not None:
            continue
        owner = forge.owner(known.login, actor) if forge is not None else None
        if owner is not None and owner.standing is not Standing.NONE:
            return
    raise UserError(
        "You belong to no organisation that works with this server.",
        reason="no_membership",
        remedy="Ask an owner of yours to install it, or give `into` with a repository of yours.",
    )


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
