"""Repositories that a call names: found only where the caller may see what belongs to them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core.destination import read_place
from bot.core.identity import Actor, Permission, Repository
from bot.destinations import permission_at
from bot.errors import UserError
from bot.policies import FileInForce
from bot.sight import Role
from bot.web.api.operation import Call
from bot.web.api.requesting import account_on, seen

#: How a repository is named in what is sent.
RepositoryName = Annotated[
    str,
    Field(
        max_length=300,
        pattern=r"^[a-z][a-z0-9-]*:[^\s:/]+(/[^\s:/]+)+$",
        description="`FORGE:OWNER/NAME`.",
    ),
]

#: What whoever may not read a file is told of each of its mistakes.
UNQUOTED = "something is wrong here; whoever may read the file is told what"


def named(call: Call, text: str) -> Repository:
    """The repository that a text names, where the caller may see what was made for it here.

    That everybody may read it on its forge gives nobody a right to that.

    Raises:
        UserError: ``unknown_repository``, whatever the reason; ``foreign_forge``.
        Transient: Where a forge did not answer.
    """
    found = _shown_repository(call, text)
    if found is None:
        raise UserError(
            "There is no such repository that you may see.",
            reason="unknown_repository",
            remedy="Write it as FORGE:OWNER/NAME, and see that the program is installed there.",
        )
    return found


def may_read(call: Call, forge: str, full_name: str) -> bool:
    """Whether the caller may read a repository, as its forge says.

    Raises:
        Transient: Where the forge did not answer.
    """
    if call.caller.operates:
        return True
    account = call.caller.on(forge)
    return account is not None and seen(call, account, full_name) is not None


def may_quote(call: Call, file: FileInForce) -> bool:
    """Whether the caller may see what stands in a policy file that is wrong."""
    where = file.repository
    return not where.private or may_read(call, where.forge, where.full_name)


def _shown_repository(call: Call, text: str) -> Repository | None:
    try:
        place = read_place(text)
    except UserError:
        return None
    forge = place.forge or call.caller.actor.forge
    if call.caller.operates and forge in call.services.forges:
        return _found(call, forge, place.full_name or "")
    actor = account_on(call, forge)
    found = _found(call, forge, place.full_name or "")
    return found if found is not None and _is_shown(call, found, actor) else None


def _found(call: Call, forge: str, full_name: str) -> Repository | None:
    try:
        return call.services.forge(forge).repository(full_name) if full_name else None
    except UserError:
        return None


def _is_shown(call: Call, repository: Repository, actor: Actor) -> bool:
    try:
        permission = permission_at(call.services, repository, actor)
    except UserError:
        return False
    if permission is Permission.READ and not repository.private:
        return role_at(call, repository) >= Role.MEMBER
    return permission >= Permission.READ


def role_at(call: Call, repository: Repository) -> Role:
    """What the caller is to the organisation that a repository lies under."""
    found = call.services.store.organisations.find(repository.forge, repository.owner_id)
    if call.caller.operates:
        return Role.OWNER
    return call.sight.role(found.id) if found is not None else Role.NONE
