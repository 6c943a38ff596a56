"""``/plan``: what `/generate` would do, shown first and published only once it is approved."""

from __future__ import annotations

from bot.commands.spec import CommandSpec
from bot.commands.starting import OWN_KEYS, start
from bot.core.identity import Permission
from bot.core.requests import Ask, Decision
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    return start(services, ask, plan=True)


PLAN = CommandSpec(
    verb="plan",
    summary="Make a project and show its files, destination and digest; publish nothing until "
    "somebody approves it.",
    usage="plan [PACK] [KEY=VALUE …] [-- WHAT IS WANTED]",
    permission=Permission.WRITE,
    decide=_decide,
    arguments=1,
    keys=OWN_KEYS,
    open_keys=True,
    takes_text=True,
    examples=(
        "plan python-package name=orders",
        "plan flask-service name=orders into=acme/orders",
        "plan name=tally into=acme/tally -- a small command for writers that counts words",
    ),
)
