"""Repositories that a call names: found only where the caller may see what belongs to them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core.destination import read_place
from bot.core.homes import repository_home
from bot.core.identity import Permission, Repository
from bot.destinations import seen_at
from bot.errors import UserError
from bot.policies import FileInForce
from bot.sight import Role, Sight
from bot.web.api.forms import REPOSITORY
from bot.web.api.operation import Call
from bot.web.api.requesting import account_on, seen

#: How a repository is named in what is sent.
RepositoryName = Annotated[
    str,
    Field(
        max_length=300,
        pattern=REPOSITORY,
        description="`FORGE:OWNER/NAME`; without `FORGE:` on your own forge.",
        examples=["local:demo/playground"],
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
    if found is None or not call.caller.reaches(repository_home(found)):
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
    # First of all: it takes the same time whether there is one or not.
    sight = call.sight
    try:
        place = read_place(text)
    except UserError:
        return None
    forge, full_name = place.forge or call.caller.actor.forge, place.full_name or ""
    if call.caller.operates and forge in call.services.forges:
        return _found(call, forge, full_name)
    actor = account_on(call, forge)
    found, permission = seen_at(call.services.forge(forge), full_name, actor)
    if found is None or permission > Permission.READ or found.private:
        return found
    return found if _role(call, sight, found) >= Role.MEMBER else None


def _found(call: Call, forge: str, full_name: str) -> Repository | None:
    try:
        return call.services.forge(forge).repository(full_name)
    except UserError:
        return None


def owns(call: Call, repository: Repository) -> bool:
    """Whether the caller owns the account that a repository lies under, or operates the server."""
    return _role(call, call.sight, repository) >= Role.OWNER


def belongs(call: Call, repository: Repository) -> bool:
    """Whether the caller is at least a member of the account that a repository lies under."""
    return _role(call, call.sight, repository) >= Role.MEMBER


def _role(call: Call, sight: Sight, repository: Repository) -> Role:
    found = call.services.store.organisations.find(repository.forge, repository.owner_id)
    return sight.role(found.id if found else None)
