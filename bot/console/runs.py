"""``firstcommit runs``: the runs that there are, what became of them, and a hand on them.

Whoever is on the machine acts as the operator.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from typing import TYPE_CHECKING

from bot.console import run_replay
from bot.console.opening import opened
from bot.console.parser import Commands
from bot.console.run_data import event_data, run_line, whole
from bot.console.run_sheet import RunSheet, as_text, event_line, listed
from bot.core.runs import Run, RunStatus
from bot.errors import UserError
from bot.settings import Settings
from bot.store.port import Progress

if TYPE_CHECKING:
    from bot.services import Services

OPERATOR = "operator"
_PREFIX = re.compile(r"[0-9a-f]{4,32}")
_PAGE = 500
_MOST = 1000
_LOOK_EVERY_S = 0.5

#: Of one run; nobody reads more in a terminal.
_MOST_CALLS = 1_000


def add_to(commands: Commands) -> None:
    """Tell the parser what there is to do with runs."""
    group = commands.group("runs", "List, show, follow, cancel, retry and replay runs.")
    lists = group.add("list", _list, "List runs, the newest first.")
    lists.add_argument("--status", choices=[str(status) for status in RunStatus])
    lists.add_argument("--limit", type=_limit, default=20, help="how many (default: 20)")
    lists.add_argument("--before", metavar="ID", help="only runs older than this one")
    lists.add_argument("--json", action="store_true", help="as JSON, for programs")
    show = group.add("show", _show, "Show all that is kept of a run.")
    show.add_argument("id", metavar="ID", help="the run's id, or its first digits")
    show.add_argument("--full", action="store_true", help="do not shorten inputs and outputs")
    show.add_argument("--json", action="store_true", help="as JSON, for programs")
    cancel = group.add("cancel", _cancel, "Have a run stop.")
    cancel.add_argument("id", metavar="ID")
    retry = group.add("retry", _retry, "Have a run go on from where it stopped.")
    retry.add_argument("id", metavar="ID")
    retry.add_argument(
        "--step", metavar="STEP", default="", help="do this step again, and all that depend on it"
    )
    log = group.add("log", _log, "Print what happened in a run, in order.")
    log.add_argument("id", metavar="ID")
    log.add_argument("--follow", action="store_true", help="go on until the run has ended")
    log.add_argument("--json", action="store_true", help="one JSON object a line")
    run_replay.add_to(group)


def named(services: Services, text: str) -> Run:
    """The one run whose id begins so.

    Raises:
        UserError: ``unknown_run``, ``ambiguous_run``.
    """
    prefix = text.replace("-", "").lower()
    found = services.store.runs.named(prefix) if _PREFIX.fullmatch(prefix) else []
    if not found:
        raise UserError(
            f"There is no run {text[:40]!a}.",
            reason="unknown_run",
            remedy="`firstcommit runs list` lists them; four digits of an id are enough.",
        )
    if len(found) > 1:
        raise UserError(
            f"More than one run begins with {text}.",
            reason="ambiguous_run",
            remedy="Give more digits of its id.",
        )
    return found[0]


def _list(settings: Settings, options: argparse.Namespace) -> int:
    services = opened(settings)
    runs = services.store.runs.recent(
        limit=options.limit,
        status=RunStatus(options.status) if options.status else None,
        before=named(services, options.before).id if options.before else None,
    )
    if options.json:
        print(json.dumps([run_line(run) for run in runs], indent=2))
    else:
        print(listed(runs) or "There are no runs.")
    return 0


def _show(settings: Settings, options: argparse.Namespace) -> int:
    services = opened(settings)
    run = named(services, options.id)
    store = services.store
    sheet = RunSheet(
        run=run,
        attempts=store.runs.attempts(run.id),
        events=_all_events(services, run.id),
        plans=store.plans.of_run(run.id),
        effects=store.ledger.of(f"run:{run.id}"),
        calls=store.model_calls.of_run(run.id, limit=_MOST_CALLS).items,
    )
    if options.json:
        print(json.dumps(whole(sheet), indent=2, ensure_ascii=False, default=dict))
    else:
        print(as_text(sheet, full=options.full))
    return 0


def _cancel(settings: Settings, options: argparse.Namespace) -> int:
    services = opened(settings)
    run = named(services, options.id)
    if run.status.is_final:
        raise UserError(f"Run {run.short_id} is {run.status} already.", reason="run_ended")
    run = services.store.runs.request_cancel(run.id, OPERATOR)
    services.queue.report(run.id)
    ended = run.status is RunStatus.CANCELLED
    print(f"Run {run.short_id} is cancelled." if ended else f"Run {run.short_id} is told to stop.")
    return 0


def _retry(settings: Settings, options: argparse.Namespace) -> int:
    from bot.commands.taking_up import taken_up

    services = opened(settings)
    run = named(services, options.id)
    up = taken_up(services, run, options.step)
    run = services.store.runs.retry(run.id, steps=up.steps, outputs=up.outputs)
    again = f"does {', '.join(up.steps)} again" if up.steps else "goes on from where it stopped"
    line = f"asked by the {OPERATOR}: {again}"
    services.store.runs.add_event(run.id, "log", {"by": OPERATOR, "line": line})
    if services.queue.run(run.id):
        print(f"Run {run.short_id} is queued; it {again}.")
    else:
        print(f"Run {run.short_id} {again} as soon as a worker finds it: the queue is away.")
    return 0


def _log(settings: Settings, options: argparse.Namespace) -> int:
    services = opened(settings)
    run = named(services, options.id)
    after = _tell(services, run.id, 0, as_json=options.json)
    while options.follow and not _has_ended(services, run.id):
        time.sleep(_LOOK_EVERY_S)
        after = _tell(services, run.id, after, as_json=options.json)
    # What came between the last look and the run's end.
    _tell(services, run.id, after, as_json=options.json)
    return 0


def _has_ended(services: Services, run_id: str) -> bool:
    run = services.store.runs.get(run_id)
    return run is None or run.status.is_final


def _tell(services: Services, run_id: str, after: int, *, as_json: bool) -> int:
    """Print what is new; the number of the last entry."""
    while page := services.store.runs.events(run_id, after=after, limit=_PAGE):
        for event in page:
            line = json.dumps(event_data(event), default=dict) if as_json else event_line(event)
            print(line, flush=True)
        after = page[-1].number
    return after


def _all_events(services: Services, run_id: str) -> list[Progress]:
    found: list[Progress] = []
    after = 0
    while page := services.store.runs.events(run_id, after=after, limit=_PAGE):
        found += page
        after = page[-1].number
    return found


def _limit(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_MOST}")
    return int(text)
