"""``help``: what can be asked for, or one command in full."""

from __future__ import annotations

from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.requests import Answer, Ask, Decision
from bot.core.verbs import BARE_VERBS, nearest
from bot.errors import UserError
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    from bot.commands import COMMANDS  # the tuple holds this very command

    if not ask.line.positional:
        values = {"commands": COMMANDS, "bare": BARE_VERBS}
        return Answer(template="help", reason="help", values=values)
    verb = ask.line.positional[0].lower().lstrip("/")
    for spec in COMMANDS:
        if spec.verb == verb:
            shown = {"command": spec, "bare": BARE_VERBS}
            return Answer(template="help_command", reason="help", values=shown)
    near = nearest(verb, [spec.verb for spec in COMMANDS])
    raise UserError(
        "There is no such command." + (f" Did you mean `{near}`?" if near else ""),
        reason="unknown_verb",
        remedy=f"`@{services.settings.name} help` lists what there is.",
    )


HELP = CommandSpec(
    verb="help",
    summary="List the commands, or show one in full.",
    usage="help [COMMAND]",
    permission=Permission.READ,
    decide=_decide,
    arguments=1,
    examples=("help", "help generate"),
)
