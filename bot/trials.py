"""What a dry run is asked, and what it tells: values that whoever asks and whoever tries share."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.git_values import FileToWrite
from bot.core.identity import Actor
from bot.core.runs import Run
from bot.store.port import Progress, ProjectFile


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What somebody would write, and where.

    ``suppose``: a repository that is not there counts as one that its owner has just made.
    ``files`` lie in the repositories of those names, as if they had been pushed before.
    """

    text: str
    actor: Actor
    forge: str
    repository: str
    suppose: bool = False
    files: tuple[tuple[str, FileToWrite], ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutsideEffect:
    """One thing that would be done. ``kind`` is the port's method, ``at`` whose port it is."""

    number: int
    at: str
    kind: str
    where: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What would come of it. ``reason`` is the answer's, the run's failure's, ``run``, or
    ``too_long`` where nobody waited for the end: the effects are then those so far.

    ``comment`` is our last word in the thread. ``waits`` are the steps at which somebody would
    have to approve, with the digest. ``named`` are steps that cannot be rehearsed.
    """

    reason: str
    message: str = ""
    remedy: str = ""
    carried_out: bool
    comment: str
    run: Run | None = None
    effects: tuple[OutsideEffect, ...] = ()
    files: tuple[ProjectFile, ...] = ()
    waits: tuple[tuple[str, str], ...] = ()
    named: tuple[str, ...] = ()
    log: tuple[Progress, ...] = field(default=(), repr=False)
