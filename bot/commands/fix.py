"""``fix``: what has failed on a change of ours is read, mended and pushed."""

from __future__ import annotations

from bot.changes import MOST_ROUNDS, OurChange, refuse_rounds
from bot.commands import budget
from bot.commands.amending import change_meant, start_amending
from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.requests import Answer, Ask, Decision
from bot.errors import UserError
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    ours = change_meant(services, ask)
    refuse_rounds(ours.rounds)
    failed = failed_checks(services, ours)
    if not failed:
        return Answer(
            template="nothing_failed", reason="nothing_failed", values={"commit": ours.details.head}
        )
    return start_amending(
        services,
        ask,
        "fix",
        {"change": ours.details.number, "check": _named(failed, ask.line.positional)},
        into=ours.into,
        of=ours.run,
        project_name=str(ours.project.get("name")),
        # A log says what programs print, and those print whatever they are given.
        strangers=True,
    )


def failed_checks(services: Services, ours: OurChange) -> list[str]:
    """The names of what has failed at the tip of a change; logs are read by the run."""
    forge = services.forge(ours.into.forge)
    repository = forge.repository(ours.into.repository)
    if repository is None:
        return []
    found = forge.failed_checks(repository, ours.details.head, most_characters=0)
    return [check.name for check in found]


def _named(failed: list[str], given: tuple[str, ...]) -> str:
    """The name of the check that is meant; empty for all.

    Raises:
        UserError: ``unknown_check``.
    """
    if not given:
        return ""
    for name in failed:
        if name.casefold() == given[0].casefold():
            return name
    listed = ", ".join(f"`{name.replace('`', '')[:60]}`" for name in failed[:10])
    raise UserError(
        "No check of that name has failed.",
        reason="unknown_check",
        remedy=f"These have: {listed}.",
    )


FIX = CommandSpec(
    verb="fix",
    summary="Read what has failed on a change of ours, mend it and push that, at most "
    f"{MOST_ROUNDS} times in a row.",
    usage="fix [CHECK]",
    permission=Permission.WRITE,
    decide=_decide,
    also="where policy says who may write `generate`, the same may write this",
    arguments=1,
    keys=budget.KEYS,
    examples=("fix", "fix tests", "fix budget=0.50"),
)
