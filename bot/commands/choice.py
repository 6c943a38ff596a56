"""Which run of a thread, or which pack, a command means."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.identity import Permission
from bot.core.policy import Policy
from bot.core.requests import Ask
from bot.core.runs import Run
from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.services import Services

_SHORTEST = 6


def choose_run(
    services: Services, ask: Ask, fits: Callable[[Run], bool], *, none_fits: str, reason: str
) -> Run:
    """The run that the argument names, else the thread's newest one that fits.

    Raises:
        UserError: ``unknown_run``, ``reason`` where none fits, or ``no_right`` where it is
            somebody else's and the actor has no write.
    """
    runs = services.store.runs.in_thread(ask.thread)
    if ask.line.positional:
        runs = [run for run in runs if _is_named(run, ask.line.positional[0])]
        if len(runs) != 1:
            raise UserError(
                "This thread has no run of that name.",
                reason="unknown_run",
                remedy=f"Give at least {_SHORTEST} digits of its id; "
                f"`@{services.settings.name} status` lists them.",
            )
    fitting = [run for run in runs if fits(run)]
    if not fitting:
        raise UserError(none_fits, reason=reason)
    run = fitting[0]
    if not (run.requester.is_same_as(ask.actor) or ask.permission >= Permission.WRITE):
        raise UserError(
            f"Only {run.requester.login}, who asked for it, or somebody with write access may "
            "do that.",
            reason="no_right",
        )
    return run


def _is_named(run: Run, text: str) -> bool:
    wanted = text.lower().replace("-", "")
    return len(wanted) >= _SHORTEST and run.id.replace("-", "").startswith(wanted)


def allowed_pack(services: Services, policy: Policy, name: str) -> Pack:
    """The pack of that name.

    Args:
        policy: What is in force where it is asked for.

    Raises:
        UserError: ``unknown_pack``, or ``pack_not_allowed`` by policy.
    """
    pack = services.generator.library.get(name)
    if not policy.allows_pack(pack.name):
        raise UserError(f"The pack {pack.name} is not allowed here.", reason="pack_not_allowed")
    return pack
