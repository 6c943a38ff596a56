"""``review``: a language model reads a change, and says at its lines what is wrong."""

from __future__ import annotations

from bot.changes import is_by_stranger, open_change, refuse_strangers, review_key
from bot.commands import budget
from bot.commands.amending import start_amending, where
from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.policy import Strangers
from bot.core.requests import Ask, Decision
from bot.errors import UserError
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    repository, number = where(ask)
    details = open_change(services, repository, number)
    theirs = is_by_stranger(services, repository, details)
    refuse_strangers(details, theirs=theirs, omits=ask.policy.strangers is Strangers.OMIT)
    if services.store.ledger.confirmed(review_key(repository.id, number, details.head)):
        raise UserError(
            f"#{number} was reviewed already as it is now, at `{details.head[:7]}`.",
            reason="reviewed_already",
            remedy="Once it has another commit, it can be reviewed again.",
        )
    return start_amending(
        services,
        ask,
        "review",
        {"change": number},
        strangers=details.is_foreign or theirs,
    )


REVIEW = CommandSpec(
    verb="review",
    summary="Have a language model read this change, and say at its lines what is wrong.",
    usage="review",
    permission=Permission.WRITE,
    decide=_decide,
    keys=budget.KEYS,
    examples=("review", "review budget=0.50"),
)
