"""What jobs ask for by name. Each task takes an id; the worker's parent has set the services."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial

import structlog

from bot.jobs.execute import execute
from bot.jobs.hands import Hands
from bot.jobs.hooks import send_due
from bot.jobs.intake import take_in
from bot.jobs.verify import verify_waiting
from bot.report import final
from bot.services import Services

_log = structlog.get_logger(__name__)
_services: list[Services] = []
_hands: list[Hands] = []
_hook_hands: list[Hands] = []


def serve_with(services: Services) -> None:
    """Have this process's tasks (and those of processes it forks) use these services."""
    _services[:] = [services]


def work_with(hands: Hands, hook_hands: Hands | None = None) -> None:
    """Have this process give what is short, and mostly waits for a forge, to several hands.

    Args:
        hook_hands: What sends to hooks: hands of its own, since whoever is waited for there is
            nobody that we know.
    """
    _hands[:] = [hands]
    _hook_hands[:] = [] if hook_hands is None else [hook_hands]


def longest_s() -> float:
    """For how long the slowest of the hands has been at what it does."""
    return max((hands.longest_s() for hands in (*_hands, *_hook_hands)), default=0.0)


def intake(delivery: str) -> None:
    """Take in a delivery."""
    _short(partial(take_in, _current(), delivery))


def run(run_id: str) -> None:
    """Carry a run on as far as it goes."""
    execute(_current(), run_id, worker=f"{socket.gethostname()}:{os.getpid()}")


def report(run_id: str) -> None:
    """Make the last report of a run."""
    _short(partial(final, _current(), run_id))


def verify(run_id: str) -> None:
    """Verify the files that a run waits with."""
    verify_waiting(_current(), run_id)


def hook(hook_id: str) -> None:
    """Send what is due to a hook; where no hand is free for that, the sweep asks again."""
    act = partial(send_due, _current(), hook_id)
    if _hook_hands:
        _hook_hands[0].offer(act)
    else:
        act()


def _short(act: Callable[[], object]) -> None:
    if _hands:
        _hands[0].give(act)
    else:
        act()


def _current() -> Services:
    if not _services:
        raise RuntimeError("a task was called in a process that no worker has prepared")
    return _services[0]
