"""The child: takes one order and one pack from its standard input, and answers on its output.

It is started as a program of its own, shut off from network and secrets. Everything that a pack
can make a program do, it makes this one do.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Protocol

from bot.core.git_values import EXECUTABLE, TreeFile
from bot.errors import BotError, StepFailed
from bot.generation.answers import AnswersRefused
from bot.generation.foreign.bundle import PackKind
from bot.generation.foreign.faults import Problems, told
from bot.generation.foreign.frames import pack_frame, read_frame
from bot.generation.foreign.orders import Action, Made, Order, Resolved, order_from_data


class Format(Protocol):
    """Reads, asks and renders what one tool's packs look like."""

    def __init__(self, folder: Path, order: Order) -> None:
        """Read the pack; raises ``UserError`` (``bad_pack``)."""

    def describe(self, *, thoroughly: bool) -> dict[str, object]:
        """What `description` reads."""

    def resolve(self) -> Resolved:
        """The answers; raises `Problems`, or ``AnswersRefused``."""

    def make(self) -> Made:
        """The files as well."""


def main() -> int:
    """Take the order, carry it out, and tell of it."""
    answers_to = os.dup(1)
    # Whatever else is printed here (by a hook, by a library) is no part of the answer.
    os.dup2(2, 1)
    with open(answers_to, "wb") as output:  # noqa: PTH123 - a file that is open already
        output.write(answered(sys.stdin.buffer.read()))
    return 0


def answered(frame: bytes) -> bytes:
    """What an order comes to; the pack is laid out in the folder that one is in."""
    facts, files = read_frame(frame)
    order = order_from_data(facts)
    try:
        folder = _unpacked(order.name, files)
        return _carried_out(_format(order)(folder, order), order.action)
    except (AnswersRefused, Problems) as exc:
        return pack_frame({"problems": [vars(problem) for problem in exc.problems]}, ())
    except BotError as exc:
        return _faulty(exc)
    except Exception as exc:  # Whatever a tool raises is the template's own fault here.
        return _faulty(told(exc, order.name))


def _faulty(exc: BotError) -> bytes:
    fault = {"message": exc.message, "reason": exc.reason, "remedy": exc.remedy}
    return pack_frame({"fault": {**fault, "step": isinstance(exc, StepFailed)}}, ())


def _carried_out(pack: Format, action: Action) -> bytes:
    if action in (Action.DESCRIBE, Action.CHECK):
        return pack_frame({"pack": pack.describe(thoroughly=action is Action.CHECK)}, ())
    if action is Action.RESOLVE:
        return pack_frame({"answers": _told(pack.resolve())}, ())
    made = pack.make()
    return pack_frame({"answers": _told(made.resolved)}, made.files)


def _told(resolved: Resolved) -> dict[str, object]:
    return {"values": resolved.values, "kept": resolved.kept}


def _format(order: Order) -> Any:
    if order.kind == PackKind.COPIER:
        from bot.generation.foreign.copiers import CopierTemplate

        return CopierTemplate
    if order.kind == PackKind.COOKIECUTTER:
        from bot.generation.foreign.cookiecutters import CookiecutterTemplate

        return CookiecutterTemplate
    from bot.generation.foreign.natives import NativePack

    return NativePack


def _unpacked(name: str, files: tuple[TreeFile, ...]) -> Path:
    """The pack's folder on disk, below the folder that we were started in."""
    folder = Path.cwd() / "template" / name
    folder.mkdir(parents=True)
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(0o755 if file.mode == EXECUTABLE else 0o644)
    return folder


if __name__ == "__main__":
    sys.exit(main())
