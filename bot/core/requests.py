"""A command as dispatch takes it, and what dispatch can decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.grammar import CommandLine, SyntaxProblem
from bot.core.identity import Actor, Permission, Thread
from bot.core.workflow import Workflow


@dataclass(frozen=True, kw_only=True)
class Request:
    """Somebody asks for something in a thread. ``found`` holds every command of the text.

    ``comment_id`` is None where the command stands in the thread's opening text.
    """

    command_id: str
    actor: Actor
    thread: Thread
    comment_id: str | None
    found: tuple[CommandLine | SyntaxProblem, ...]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request of exactly one command whose actor has the right to ask for it."""

    request: Request
    line: CommandLine
    permission: Permission

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.request.actor

    @property
    def thread(self) -> Thread:
        """Where."""
        return self.request.thread


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nothing is written. ``reason`` begins with ``silent``."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Shrug:
    """One reaction, no words."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One reply, from ``templates/replies/TEMPLATE.md.j2``."""

    template: str
    reason: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Start:
    """A new run."""

    run_id: str
    workflow: Workflow
    inputs: Mapping[str, object]
    project_name: str


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Ask a run to stop."""

    run_id: str


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Take a stopped run up again where it stopped."""

    run_id: str


Decision = Silence | Shrug | Answer | Start | Cancel | Retry
