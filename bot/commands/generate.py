"""``/generate``: from a template pack or a description to a new repository, or to a change."""

from __future__ import annotations

from bot.commands.spec import CommandSpec
from bot.commands.starting import OWN_KEYS, start
from bot.core.identity import Permission
from bot.core.requests import Ask, Decision
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    return start(services, ask, plan=False)


GENERATE = CommandSpec(
    verb="generate",
    summary="Make a project from a template pack, or (where a language model is configured) from a "
    "description: a new repository, or a change on this one.",
    usage="generate [PACK] [KEY=VALUE …] [-- WHAT IS WANTED]",
    permission=Permission.WRITE,
    decide=_decide,
    arguments=1,
    keys=OWN_KEYS,
    open_keys=True,
    takes_text=True,
    examples=(
        "generate python-package name=orders",
        "generate flask-service name=orders into=acme/orders",
        "generate python-package name=ui path=packages/ui",
        "generate acme/service-template@v1.2 name=orders",
        "generate -- a small command for writers that counts words",
    ),
)
