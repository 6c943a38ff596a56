"""What a call may touch: found only where the caller may see it, and changed only where a forge
says, asked anew, that they may write."""

from __future__ import annotations

from bot.core.homes import account_home
from bot.core.identity import Permission, Repository
from bot.core.runs import Run
from bot.destinations import permission_at
from bot.errors import UserError
from bot.sight import Role, role_now
from bot.store.port import Organisation, Project
from bot.web.api.operation import Call


def project(call: Call, *, to_write: bool = False) -> Project:
    """The project that the address names.

    Raises:
        UserError: ``unknown_project`` also where it may not be seen; ``no_write``.
        Transient: Where a forge did not answer.
    """
    # First of all: it takes the same time whether there is one or not.
    sight = call.sight
    found = call.services.store.projects.get(call.path["id"])
    if found is None or not sight.shows(found.home):
        raise UserError("There is no such project.", reason="unknown_project")
    if to_write:
        may_write(call, found.home)
    return found


def run(call: Call) -> Run:
    """The run that the address names; ``unknown_run`` also where it may not be seen."""
    sight = call.sight
    found = call.services.store.runs.get(call.path["id"])
    if found is None or not sight.shows(found.home):
        raise UserError("There is no such run.", reason="unknown_run")
    return found


def may_write(call: Call, home: str) -> None:
    """Whether the caller may change what has this home, which they may see.

    Raises:
        UserError: ``no_write``.
    """
    if call.caller.operates or home in map(account_home, call.caller.accounts):
        return
    repository = repository_of(call, home)
    account = call.caller.on(repository.forge) if repository else None
    if repository is None or account is None:
        raise _no_write("it")
    if permission_at(call.services, repository, account) < Permission.WRITE:
        raise _no_write(repository.full_name)


def home_of_run(call: Call) -> str:
    """Whose a project is that a step of a run has made for nobody else: the run's own."""
    asker = call.caller.asker
    run = call.services.store.runs.get(asker.run_id) if asker else None
    return run.home if run else ""


def repository_of(call: Call, home: str) -> Repository | None:
    """The repository that a home is; None for a person's own."""
    place = call.services.store.places.get(home)
    return place.repository if place else None


def organisation(call: Call) -> Organisation:
    """The organisation that the address names, where the caller is anything to it.

    Raises:
        UserError: ``unknown_organisation``.
    """
    return named_organisation(call, call.path["id"])


def owned(call: Call, organisation: Organisation) -> Organisation:
    """The organisation, where the caller owns it, asked anew.

    Raises:
        UserError: ``no_right``.
    """
    if call.caller.operates:
        return organisation
    account = call.caller.on(organisation.forge)
    if role_now(call.services, organisation, account) < Role.OWNER:
        raise UserError(
            f"Only owners of {organisation.login} may do that.",
            reason="no_right",
            remedy="Ask one of them.",
        )
    return organisation


def named_organisation(call: Call, wanted: str) -> Organisation:
    """An organisation that the caller is anything to; ``unknown_organisation``."""
    sight = call.sight
    for found in call.services.store.organisations.all():
        if found.id == wanted and sight.role(found.id):
            return found
    raise UserError("There is no such organisation.", reason="unknown_organisation")


def operator(call: Call) -> None:
    """Whether the caller operates the server, whatever their token may be used for.

    Raises:
        UserError: ``no_right``.
    """
    if not call.caller.operates:
        raise UserError("Only the operator of the server may do that.", reason="no_right")


def membership(call: Call) -> Organisation:
    """The organisation that the address names, where the caller is a member of it.

    Raises:
        UserError: ``unknown_organisation``, ``no_membership``.
    """
    found = organisation(call)
    if call.sight.role(found.id) < Role.MEMBER:
        raise UserError(
            f"Only members of {found.login} may see that.",
            reason="no_membership",
            remedy="Ask one of them.",
        )
    return found


def _no_write(what: str) -> UserError:
    return UserError(
        f"You need write access to {what} for that.",
        reason="no_write",
        remedy="Ask somebody who has it.",
    )
