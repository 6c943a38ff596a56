"""``doctor``: whether everything that this repository needs is there. It tells of no other.

It also tells of the onboarding change, and has it opened for somebody who may write where it goes.
"""

from __future__ import annotations

from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.requests import Answer, Ask, Decision, Onboard
from bot.onboarding import finding_for
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    forge = services.forge(ask.repository.forge if ask.repository else ask.actor.forge)
    findings = forge.diagnose(ask.repository)
    if ask.repository is None:
        return _answer(findings)
    told, may_open = finding_for(
        services, ask.repository, ask.actor, command_id=ask.request.command_id
    )
    if may_open:
        return Onboard(home=ask.repository, answer=_answer(findings))
    return _answer([*findings, told])


def _answer(findings: object) -> Answer:
    return Answer(template="doctor", reason="doctor", values={"findings": findings})


DOCTOR = CommandSpec(
    verb="doctor",
    summary="Check what this repository needs: access, permissions, events.",
    usage="doctor",
    permission=Permission.READ,
    decide=_decide,
    examples=("doctor",),
)
