"""Which run of a thread, or which pack, a command means."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.identity import Repository
from bot.core.requests import Ask
from bot.core.runs import Run
from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.pack_sources.asking import Asker
from bot.pack_sources.finding import find_pack
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
    runs = runs_meant(services, ask)
    if ask.line.positional and ask.request.run_id is None:
        runs = [run for run in runs if _is_named(run, ask.line.positional[0])]
        if len(runs) != 1:
            raise UserError(
                "This thread has no run of that name.",
                reason="unknown_run",
                remedy=f"Give at least {_SHORTEST} digits of its id; "
                f"`@{services.settings.name} status` lists them.",
            )
    fitting = [run for run in runs if fits(run)]
    if not fitting and ask.request.run_id is not None:
        raise _unfit(runs, reason)
    if not fitting:
        raise UserError(none_fits, reason=reason)
    run = fitting[0]
    if not (run.requester.is_same_as(ask.actor) or ask.may_steer):
        raise UserError(
            f"Only {run.requester.login}, who asked for it, or somebody with write access may "
            "do that.",
            reason="no_right",
        )
    return run


def _unfit(runs: Sequence[Run], reason: str) -> UserError:
    if not runs:
        return UserError("There is no such run.", reason="unknown_run")
    return UserError(f"Run {runs[0].short_id} is {runs[0].status}.", reason=reason)


def runs_meant(services: Services, ask: Ask, *, limit: int = 20) -> Sequence[Run]:
    """The run that is asked about by its address, else those of the thread, newest first."""
    if ask.request.run_id is not None:
        run = services.store.runs.get(ask.request.run_id)
        return [run] if run else []
    return services.store.runs.in_thread(ask.thread, limit=limit) if ask.thread else []


def _is_named(run: Run, text: str) -> bool:
    wanted = text.lower().replace("-", "")
    return len(wanted) >= _SHORTEST and run.id.replace("-", "").startswith(wanted)


def allowed_pack(services: Services, ask: Ask, text: str, *, near: Repository | None) -> Pack:
    """The pack that a text means to whoever asks.

    Args:
        near: Whose packs may be meant besides those that ship.

    Raises:
        BotError: As `find_pack`; ``unknown_pack``, or ``pack_not_allowed`` by policy among others.
    """
    asker = asker_of(ask)
    return find_pack(services, text, near=near, asker=asker, policy=ask.policy)


def asker_of(ask: Ask) -> Asker:
    """Whose rights count for what is asked."""
    return Asker(actor=ask.actor, operates=ask.request.operates)
