"""``doctor``: whether everything that this repository needs is there. It tells of no other."""

from __future__ import annotations

from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.requests import Answer, Ask, Decision
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    forge = services.forge(ask.repository.forge if ask.repository else ask.actor.forge)
    findings = forge.diagnose(ask.repository)
    return Answer(template="doctor", reason="doctor", values={"findings": findings})


DOCTOR = CommandSpec(
    verb="doctor",
    summary="Check what this repository needs: access, permissions, events.",
    usage="doctor",
    permission=Permission.READ,
    decide=_decide,
    examples=("doctor",),
)
