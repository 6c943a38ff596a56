"""``firstcommit runs replay``: a recorded run once more, without a network."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from bot.console.opening import opened
from bot.console.parser import Commands
from bot.console.plain import printable
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.rehearsal.replay import Replay

_SAME = "The outcome is what it was"
_NOTHING_DONE = "Nothing was done: no model, forge, database or API was told anything."


def add_to(group: Commands) -> None:
    """Tell the parser."""
    replay = group.add("replay", _replay, "Carry a recorded run on once more, without a network.")
    replay.add_argument(
        "recording", metavar="RUN|FILE", help="a run that was recorded, or a file with a recording"
    )
    replay.add_argument("--json", action="store_true", help="as JSON, for programs")


def _replay(settings: Settings, options: argparse.Namespace) -> int:
    # Loaded here, since it is nearly all there is.
    from bot.console.runs import named
    from bot.rehearsal.replay import replay
    from bot.tapes.tape import path_of, read_tape

    services = opened(settings)
    path = Path(options.recording)
    if not path.is_file():
        path = path_of(services, named(services, options.recording).id)
    replayed = replay(services, read_tape(path))
    print(_as_json(replayed) if options.json else _as_text(replayed))
    return 0 if replayed.is_same else 1


def _as_json(replayed: Replay) -> str:
    told = {
        "run": replayed.run.id,
        "same": replayed.is_same,
        "divergences": list(replayed.divergences),
        "differences": list(replayed.differences),
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _as_text(replayed: Replay) -> str:
    ending = f"{_SAME}: {replayed.run.status}." if replayed.is_same else "The outcome is another:"
    lines = [f"Run {replayed.run.short_id}, replayed"]
    if replayed.divergences:
        lines += ["Went other ways than then:", *(f"  {line}" for line in replayed.divergences)]
    lines += [ending, *(f"  {line}" for line in replayed.differences), _NOTHING_DONE]
    return "\n".join(printable(line) for line in lines)
