"""The commands: a module each, listed here.

A command is a value (`CommandSpec`) and a pure decision; carrying it out is dispatch's. A new
one is its module, its line here and its test, and a template in ``templates/replies`` if it
has words of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.commands.approve import APPROVE
from bot.commands.cancel import CANCEL
from bot.commands.doctor import DOCTOR
from bot.commands.fix import FIX
from bot.commands.generate import GENERATE
from bot.commands.help import HELP
from bot.commands.plan import PLAN
from bot.commands.reject import REJECT
from bot.commands.retry import RETRY
from bot.commands.review import REVIEW
from bot.commands.revise import REVISE
from bot.commands.spec import CommandSpec
from bot.commands.status import STATUS
from bot.commands.templates import TEMPLATES
from bot.errors import ConfigurationError

COMMANDS: tuple[CommandSpec, ...] = (
    GENERATE,
    PLAN,
    APPROVE,
    REJECT,
    REVISE,
    FIX,
    REVIEW,
    STATUS,
    CANCEL,
    RETRY,
    TEMPLATES,
    DOCTOR,
    HELP,
)


def by_verb(commands: Iterable[CommandSpec]) -> Mapping[str, CommandSpec]:
    """The commands by verb; ConfigurationError where two have the same."""
    found: dict[str, CommandSpec] = {}
    for spec in commands:
        if spec.verb in found:
            raise ConfigurationError(f"Two commands are named {spec.verb}.", reason="twice")
        found[spec.verb] = spec
    return found
