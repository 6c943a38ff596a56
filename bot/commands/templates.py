"""``templates``: the packs there are, or the questions of one."""

from __future__ import annotations

from bot.commands.choice import allowed_pack
from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.requests import Answer, Ask, Decision
from bot.generation.suggested import pack_defaults
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    library = services.generator.library
    if ask.line.positional:
        pack = allowed_pack(services, ask.policy, ask.line.positional[0])
        suggested = pack_defaults(ask.repository.forge if ask.repository else ask.actor.forge)
        values = {"pack": pack, "suggested": suggested}
        return Answer(template="pack", reason="templates", values=values)
    packs = [library.get(name) for name in library.names() if ask.policy.allows_pack(name)]
    return Answer(template="templates", reason="templates", values={"packs": packs})


TEMPLATES = CommandSpec(
    verb="templates",
    summary="List the template packs, or show the questions of one.",
    usage="templates [PACK]",
    permission=Permission.READ,
    decide=_decide,
    arguments=1,
    examples=("templates", "templates python-package"),
)
