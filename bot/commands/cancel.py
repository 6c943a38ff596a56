"""``/cancel``: stop a run, and say what it had made by then."""

from __future__ import annotations

from bot.commands.choice import choose_run
from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.requests import Ask, Cancel, Decision
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    run = choose_run(
        services,
        ask,
        lambda run: not run.status.is_final,
        none_fits="No run of this thread is under way.",
        reason="nothing_to_cancel",
    )
    return Cancel(run_id=run.id)


CANCEL = CommandSpec(
    verb="cancel",
    summary="Stop a run of this thread. What it has made by then is named, and stays.",
    usage="cancel [RUN]",
    permission=Permission.READ,
    decide=_decide,
    also="a run that somebody else asked for needs write",
    arguments=1,
    examples=("cancel", "cancel 3f9a1c2b"),
)
