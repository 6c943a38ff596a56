"""``status``: the runs of this thread."""

from __future__ import annotations

from bot.commands.choice import runs_meant
from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.requests import Answer, Ask, Decision
from bot.services import Services

_SHOWN = 10


def _decide(services: Services, ask: Ask) -> Decision:
    runs = runs_meant(services, ask, limit=_SHOWN)
    return Answer(template="status", reason="status", values={"runs": runs})


STATUS = CommandSpec(
    verb="status",
    summary="Show the runs of this thread and what each of them waits for.",
    usage="status",
    permission=Permission.READ,
    decide=_decide,
    examples=("status",),
)
