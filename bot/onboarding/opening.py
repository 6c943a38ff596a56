"""Opening the onboarding change: once for an account, whoever is killed and what comes twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.core.git_values import Change, Commit
from bot.core.identity import Repository
from bot.errors import NotSupported, Transient, UserError
from bot.homes import organisation_repository
from bot.onboarding.standing import (
    BRANCH,
    KEY,
    TRAILER,
    Account,
    Stage,
    Standing,
    commits_of,
    look,
)
from bot.policy_files import policy_path
from bot.services import Services
from bot.store.port import Effect, EffectStatus

#: An attempt writes four times, each of which may wait for its turn, a token and an answer; one
#: that began longer ago is hardly anybody's any more.
BEING_OPENED_S = 60.0
_TITLE = "Set up Firstcommit"
#: Reasons for which nothing was certainly written.
_NOT_WRITTEN = ("pace", "rate_limited")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What came of it: how it stands now, and whether that is our doing of this very moment."""

    standing: Standing
    fresh: bool = False


def welcome(services: Services, account: Account) -> str:
    """Open it for an account that has installed us, unless it was opened before; what came of it.

    Raises:
        Transient: Where that has to be tried again later.
    """
    known = services.store.ledger.find(account.owner, KEY)
    if known is not None and known.status is EffectStatus.CONFIRMED:
        return "onboarding is known"
    try:
        opened = open_once(services, account, owner=account.owner)
    except (UserError, NotSupported) as exc:
        # Nobody asked, so nobody is told but by `doctor`, to whoever looks.
        _log.info("onboarding_refused", account=account.login, reason=exc.reason)
        return f"onboarding: {exc.reason}"
    return f"onboarding: {opened.standing.stage}"


def open_once(services: Services, account: Account, *, owner: str) -> Opened:
    """Open the change, unless it is open already or there is no place for it.

    Args:
        owner: Who asks, as the ledger knows them: the account, or a command.

    Raises:
        Transient: Where somebody else may be about to, or the forge did not answer.
        UserError: Where the forge refuses.
    """
    mine = services.store.ledger.find(owner, KEY)
    standing = look(services, account, now=mine)
    if standing.site is None:
        _remember(services, account, standing)
        return Opened(standing=standing)
    effect = services.store.ledger.intend(owner, KEY, kind="onboarding")
    if effect.status is EffectStatus.CONFIRMED:
        return Opened(standing=standing)
    if not effect.fresh:
        _leave_to_others(effect)
        standing = look(services, account, now=effect)
    if standing.site is not None:
        change = _open(services, standing, standing.site, account, effect)
        standing = Standing(stage=Stage.OPEN, home=standing.home, change=change)
    services.store.ledger.confirm(effect.id, external_id=_number(standing), result=_told(standing))
    _remember(services, account, standing)
    return Opened(standing=standing, fresh=True)


def _leave_to_others(effect: Effect) -> None:
    left_s = BEING_OPENED_S - abs(effect.age_s)
    if left_s > 0 and not effect.result.get("stopped"):
        raise Transient(
            "The onboarding change is being opened.", reason="being_opened", retry_after_s=left_s
        )


def _remember(services: Services, account: Account, standing: Standing) -> None:
    """Write down for ever that the account has had it, whoever asked for it."""
    if standing.stage in (Stage.OPEN, Stage.CLOSED, Stage.DONE):
        effect = services.store.ledger.intend(account.owner, KEY, kind="onboarding")
        services.store.ledger.confirm(
            effect.id, external_id=_number(standing), result=_told(standing)
        )


def _open(
    services: Services,
    standing: Standing,
    site: tuple[Repository, Commit],
    account: Account,
    effect: Effect,
) -> Change:
    home, base = site
    forge, ledger = services.forge(account.forge), services.store.ledger
    announced = list(commits_of(effect))

    def announce(commit: Commit) -> None:
        announced.append(commit.id)
        ledger.note(effect.id, {"commits": announced})

    try:
        if standing.stage is Stage.TO_OPEN:
            forge.commit_on_new_branch(
                home,
                branch=BRANCH,
                base=base,
                files=standing.missing,
                message=_message(account),
                announce=announce,
            )
        return forge.open_change(
            home,
            branch=BRANCH,
            base=home.default_branch,
            title=_TITLE,
            body=_body(services, standing, home),
            draft=False,
        )
    except Transient as exc:
        if exc.reason in _NOT_WRITTEN:
            ledger.note(effect.id, {"commits": announced, "stopped": exc.reason})
        raise
    except UserError as exc:
        # Somebody else may have been quicker; whoever comes next looks again, and need not wait.
        ledger.note(effect.id, {"commits": announced, "stopped": exc.reason})
        if exc.reason == "branch_exists":
            raise Transient(
                "The onboarding change is being opened.", reason="being_opened", retry_after_s=5.0
            ) from exc
        raise


def _message(account: Account) -> str:
    return (
        "Set up Firstcommit\n\nA policy file with the rules in force, and a form for each template "
        f"pack.\n\n{TRAILER}: {account.account_id}\n"
    )


def _body(services: Services, standing: Standing, home: Repository) -> str:
    policy = policy_path(home.forge)
    paths = [file.path for file in standing.missing]
    return services.replies.render(
        "onboarding",
        policy=policy if policy in paths else "",
        forms=[path for path in paths if path != policy],
        home=home,
        for_all=home.name.lower() == organisation_repository(home.forge),
        example=next(iter(services.generator.library.names()), "PACK"),
    )


def _number(standing: Standing) -> str:
    return str(standing.change.number) if standing.change else ""


def _told(standing: Standing) -> Mapping[str, object]:
    return {
        "stage": standing.stage.value,
        "repository": standing.home.full_name if standing.home else "",
        "url": standing.change.url if standing.change else "",
    }
