"""Under which grants we act, brought up to date when something may have changed."""

from __future__ import annotations

from bot.core.identity import Thread
from bot.core.runs import Failure
from bot.services import Services


def remember_organisation(services: Services, thread: Thread) -> None:
    """Record whose repository a thread is in, and how its grant stands where that is in doubt."""
    repository = thread.repository
    known = services.store.organisations.seen(
        repository.forge,
        repository.owner_id,
        repository.owner,
        is_person=repository.owner_is_person,
        installation=repository.installation,
    )
    if known.suspended or known.removed_at:
        # A forge seldom tells what happens where we are not in force: an event may be missing.
        bring_up_to_date(services, known.forge, known.installation, known.login)


def bring_up_to_date(services: Services, forge: str, installation: str, login: str) -> str:
    """Record how a grant stands by what the forge says now.

    What an event says may be long over: they come in any order, and again, perhaps under a new
    delivery id.
    """
    organisations = services.store.organisations
    grant = services.forge(forge).grant(installation)
    if grant is None:
        organisations.remove(forge, installation)
        _stop_runs(services, forge, installation, login, "removed")
        return "removed"
    organisations.installed(
        forge, grant.account_id, grant.login, is_person=grant.is_person, installation=installation
    )
    organisations.suspend(forge, installation, suspended=grant.suspended)
    if grant.suspended:
        _stop_runs(services, forge, installation, grant.login, "suspended")
        return "suspended"
    return "in force"


def _stop_runs(services: Services, forge: str, installation: str, login: str, what: str) -> None:
    failure = Failure(
        reason=f"installation_{what}",
        message=f"The app was {what} for {login}.",
        remedy="Put it back in force there, then write `/retry`.",
    )
    services.store.runs.stop_of_installation(forge, installation, failure)
