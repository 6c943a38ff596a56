"""A worker that is killed at a chosen moment: ``python -m tests.e2e.dying_worker``.

Reads orders from its standard input, a JSON object a line, and answers each with one. An order
is carried out in a process of its own, forked from this one, which has imported everything.
That process kills itself, as the kernel would, right before its Nth write: any method of the
store, the forge or the queue that is not known to only read. Between two such calls nothing
changes anywhere, so that all of them together are every moment at which a kill can differ.

What is done ``here`` is done in this process itself: its statements, templates and modules are
there for all that are forked from it later, as they are for the jobs of a worker.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from bot import remarks
from bot.build import build
from bot.jobs import stretch
from bot.jobs.execute import LeaseTimes, execute
from bot.jobs.intake import take_in
from bot.report import final
from bot.services import Replies, Services
from bot.settings import Settings
from bot.store.port import DeliveryStatus
from tests import statements

#: Short, so that a run need not wait long for its next worker.
LEASE = LeaseTimes(lease_s=0.3, renew_s=0.1)
#: The forge of this machine answers at once, so that a comment which was to be written before
#: that is nobody's any more: whoever finds it half done need not wait for the network's delays.
BEING_WRITTEN_S = 1.0
FINISH_WITHIN_S = 60.0

#: Methods that change nothing, and what a thread of its own does at any time.
_READS = """
    get recent due find of files contents all answered_since in_thread events unreported
    cancel_requested of_project schema_problem describe ping renew close
    name lag_s me permission owner repository created_at may_write_workflows head entries
    read_file paths find_change in_team find_milestone find_issue difference_url read_event diagnose
    comments comment problem depths choose named attempts listed lines pending newest of_run person
"""
READS = frozenset(_READS.split())
#: The first that were asked for, with the templates that they have compiled.
_KEPT: list[Replies] = []


@dataclass(kw_only=True)
class Watch:
    """Counts the writes, and ends this process right before the one that is told."""

    die_before: int | None
    calls: list[str] = field(default_factory=list)

    def before(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self.die_before:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """Anything, with every write told to a `Watch` beforehand."""

    def __init__(self, name: str, inner: object, watch: Watch) -> None:
        self._name = name
        self._inner = inner
        self._watch = watch

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._inner, attribute)
        if attribute in READS or not callable(found):
            return found
        return self._telling(f"{self._name}.{attribute}", found)

    def _telling(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: object, **named: Any) -> Any:
            self._watch.before(name)
            if name == "deliveries.begin":
                named["lease_s"] = LEASE.lease_s
            return method(*arguments, **named)

        return called


def watched(services: Services, watch: Watch) -> Services:
    """The same services under a watch."""
    store = services.store
    tables = {
        each.name: Watched(each.name, getattr(store, each.name), watch)
        for each in fields(store)
        if each.name != "database"
    }
    forges = {name: Watched("forge", forge, watch) for name, forge in services.forges.items()}
    queue: Any = Watched("queue", services.queue, watch)
    return replace(
        services,
        store=replace(store, **tables),  # type: ignore[arg-type]
        forges=forges,  # type: ignore[arg-type]
        queue=queue,
    )


def finish(services: Services) -> None:
    """Whatever is due, by what the sweep would find, until nothing is left."""
    until = time.monotonic() + FINISH_WITHIN_S
    store = services.store
    while True:
        for delivery in store.deliveries.due(older_than_s=0):
            take_in(services, delivery)
        for run in store.runs.due(queued_for_s=0):
            execute(services, run, worker="finisher", times=LEASE)
        unreported = store.runs.unreported(finished_for_s=0)
        for run in unreported:
            final(services, run)
        waiting = [row for row in store.deliveries.recent() if _is_open(row.status)]
        unfinished = [run for run in store.runs.recent() if not run.status.is_final]
        if not (unreported or waiting or unfinished):
            return
        if time.monotonic() > until:
            raise TimeoutError("something was never taken up again")
        time.sleep(0.02)


def _is_open(status: DeliveryStatus) -> bool:
    return status is DeliveryStatus.RECEIVED


def carry_out(order: dict[str, Any]) -> list[str]:
    """Do what an order says; gives the writes that it took, in order."""
    settings = Settings.from_environment(order["environment"])
    watch = Watch(die_before=order.get("die_before"))
    built = build(settings)
    _KEPT[1:] = []
    _KEPT.append(built.replies)
    services = watched(replace(built, replies=_KEPT[0]), watch)
    if order["do"] == "intake":
        take_in(services, order["id"])
    elif order["do"] == "run":
        execute(services, order["id"], worker="dying", times=LEASE)
    else:
        finish(services)
    services.store.database.close()
    return watch.calls


def in_a_fork(order: dict[str, Any]) -> dict[str, Any]:
    """Carry an order out in another process; how that ended, and the writes it took."""
    told = Path(order["log"])
    pid = os.fork()
    if pid == 0:
        _end_with(order, told)
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    calls = json.loads(told.with_suffix(".calls").read_text()) if status == 0 else []
    return {"killed": killed, "failed": not killed and status != 0, "calls": calls}


def here(order: dict[str, Any]) -> dict[str, Any]:
    """Carry an order out in this process, which has been told of its mistakes then."""
    _log_to(Path(order["log"]))
    calls = carry_out(order)
    # None of those that are forked looks through what is here by now, and copies it by that.
    gc.freeze()
    return {"killed": False, "failed": False, "calls": calls}


def _log_to(told: Path) -> None:
    with told.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _end_with(order: dict[str, Any], told: Path) -> None:
    code = 1
    try:
        _log_to(told)
        told.with_suffix(".calls").write_text(json.dumps(carry_out(order)))
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def main() -> None:
    remarks.BEING_WRITTEN_S = BEING_WRITTEN_S
    # On a busy machine a run takes so long that its comment would be edited once more.
    stretch._FIRST_WORD_S = FINISH_WITHIN_S
    statements.compile_once()
    # What the product prints goes to the log of its order.
    with os.fdopen(os.dup(1), "w") as answers:
        for line in sys.stdin:
            order = json.loads(line)
            done = here(order) if order["here"] else in_a_fork(order)
            answers.write(json.dumps(done) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
