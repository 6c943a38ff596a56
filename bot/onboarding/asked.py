"""What `doctor` says of an account's onboarding, and opening it for somebody who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.identity import Actor, Permission, Repository
from bot.core.requests import Answer, Onboard, Request
from bot.destinations import permission_at
from bot.errors import BotError, NotSupported, UserError
from bot.forges.port import Finding
from bot.homes import organisation_repository
from bot.onboarding.opening import open_once
from bot.onboarding.standing import BRANCH, KEY, Account, Stage, Standing, look
from bot.services import Services

NAME = "onboarding"


def account_of(repository: Repository) -> Account:
    """Whose onboarding a repository shares."""
    return Account(
        forge=repository.forge,
        account_id=repository.owner_id,
        login=repository.owner,
        installation=repository.installation,
    )


def owner_of(command_id: str) -> str:
    """Under whom the ledger knows what a command asks for."""
    return f"command:{command_id}"


def finding_for(
    services: Services, repository: Repository, actor: Actor, *, command_id: str
) -> tuple[Finding, bool]:
    """What there is to say to somebody in a thread, and whether it is theirs to have it opened.

    Args:
        command_id: What they ask by, which may have begun already.

    Raises:
        Transient: Where the forge did not answer.
    """
    account = account_of(repository)
    try:
        begun = services.store.ledger.find(owner_of(command_id), KEY)
        standing = look(services, account, now=begun)
    except NotSupported as exc:
        return Finding(name=NAME, ok=True, detail=exc.message), False
    except UserError as exc:
        return _refused(exc), False
    may = Permission.NONE
    if standing.home is not None:
        may = permission_at(services, standing.home, actor)
        if may < Permission.READ:
            # Whether there is such a repository is not for everybody to know.
            return _elsewhere(account), False
    may_open = standing.site is not None and may >= Permission.WRITE
    return finding(account, standing), may_open


def onboarded(services: Services, request: Request, asked: Onboard) -> Answer:
    """Open it for somebody who may, and give the words for it.

    Raises:
        Transient: Where the forge did not answer.
    """
    account = account_of(asked.home)
    try:
        opened = open_once(services, account, owner=owner_of(request.command_id))
        told = finding(account, opened.standing, fresh=opened.fresh)
    except UserError as exc:
        told = _refused(exc)
    findings = asked.answer.values.get("findings", ())
    shown = [*findings, told] if isinstance(findings, Sequence) else [told]
    return replace(asked.answer, values={**asked.answer.values, "findings": shown})


def finding_of_server(services: Services, account: Account) -> Finding:
    """The same for whoever runs the server. Never raises."""
    name = f"{NAME}: {account.login}"
    try:
        told = finding(account, look(services, account))
    except BotError as exc:
        detail = f"it could not be looked at: {exc.message}"
        return Finding(name=name, ok=False, detail=detail, remedy=exc.remedy)
    return replace(told, name=name)


def finding(account: Account, standing: Standing, *, fresh: bool = False) -> Finding:
    """How it stands, in words, with the way on."""
    home = standing.home.full_name if standing.home else ""
    at = standing.change.url or f"change {standing.change.number}" if standing.change else ""
    ok, detail, remedy = True, "", ""
    match standing.stage:
        case Stage.OFF:
            detail = "switched off on this server (FIRSTCOMMIT_ONBOARDING)"
        case Stage.NO_HOME:
            shared = f"{account.login}/{organisation_repository(account.forge)}"
            detail = (
                f"no change was opened: we are neither in {shared} nor in one repository alone. "
                f"Have an owner add {shared} to the installation, or use `firstcommit packs form`"
            )
        case Stage.EMPTY:
            detail = f"{home} has no commit yet, so there is nothing to open a change on"
        case Stage.TO_OPEN | Stage.BEGUN:
            detail = (
                f"no change was opened on {home} yet; it adds the policy file and forms. Somebody "
                "with write access there gets it by asking for `doctor`"
            )
        case Stage.OPEN:
            detail = f"{'opened just now' if fresh else 'open'} on {home}: {at}"
        case Stage.CLOSED:
            detail = (
                f"the change on {home} was closed. Reopen it there, or delete the branch "
                f"`{BRANCH}` and ask for `doctor` again"
            )
        case Stage.TAKEN:
            ok, detail = False, f"{home} has a branch `{BRANCH}` that is not ours."
            remedy = "Rename or delete it, and ask for `doctor` again."
        case Stage.DONE:
            detail = f"done: {home} has what it would add"
    return Finding(name=NAME, ok=ok, detail=detail, remedy=remedy)


def _elsewhere(account: Account) -> Finding:
    shared = f"{account.login}/{organisation_repository(account.forge)}"
    return Finding(
        name=NAME,
        ok=True,
        detail=f"goes to {shared}, or to the only repository that we are in. Somebody with write "
        "access there gets it by asking for `doctor`",
    )


def _refused(problem: BotError) -> Finding:
    remedy = problem.remedy
    if not remedy and problem.reason == "no_access":
        remedy = (
            "Have an owner grant `contents: write` and `pull_requests: write`, and ask for "
            "`doctor` again."
        )
    return Finding(
        name=NAME, ok=False, detail=f"it could not be opened: {problem.message}", remedy=remedy
    )
