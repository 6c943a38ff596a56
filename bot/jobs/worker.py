"""The worker: one process for intake, some for runs, and one for the sweep, under one parent.

The parent imports everything once and forks, so that a child starts, and a job begins, in
milliseconds. Children are replaced when they die, and die with the parent. Runs are long and do
whatever a project asks for, so each has a process of its own; a delivery takes milliseconds and
mostly waits for its forge, so intake forks nothing and has several hands.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import Any

import structlog
from rq import SimpleWorker, Worker
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from bot.errors import ConfigurationError
from bot.jobs import tasks
from bot.jobs.hands import Hands
from bot.jobs.orders import Order
from bot.jobs.queue import INTAKE, LONGEST_JOB_S, RUNS, VERIFY, connect
from bot.jobs.sweep import keep_sweeping
from bot.services import Services
from bot.serving.lifeline import die_with_parent

_log = structlog.get_logger(__name__)
_PAUSE_S = 1.0
_GRACE_S = 20.0
_INTAKE_HANDS = 4
_HOOK_HANDS = 4

QUEUES = (INTAKE, RUNS, VERIFY)


class _RunsWorker(Worker):
    """rq's worker, whose work-horses do not outlive it."""

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        parent = os.getpid()
        self._parent_of_horse = parent
        super().fork_work_horse(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> Any:
        die_with_parent(self._parent_of_horse)
        return super().main_work_horse(job, queue)


class _IntakeWorker(SimpleWorker):
    """rq's worker that forks nothing. What rq calls a job is done once a hand has taken it."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        if tasks.longest_s() > LONGEST_JOB_S[INTAKE]:
            # A thread cannot be stopped from outside, so the whole process is replaced; what its
            # hands held is taken up again when their leases have lapsed.
            _log.error("intake_stuck")
            os._exit(1)
        super().execute_job(job, queue)


def work(services: Services, queues: Sequence[str], *, count: int) -> None:
    """Work on the queues until told to stop by SIGTERM or SIGINT.

    Args:
        queues: Of `QUEUES`; intake gets one process, the others get ``count`` each.

    Raises:
        ConfigurationError: ``no_sandbox`` where it is to verify, and has nothing to do it in.
    """
    _refuse_verifying_without_sandbox(services, queues)
    tasks.serve_with(services)
    _prepare(services)
    plan = [queue for queue in queues for _ in range(1 if queue == INTAKE else count)]
    _Parent(services, plan).run()


def _refuse_verifying_without_sandbox(services: Services, queues: Sequence[str]) -> None:
    problem = services.sandbox.problem() if VERIFY in queues else None
    if problem is not None:
        raise ConfigurationError(
            f"This worker cannot take the queue {VERIFY}: {problem}",
            reason="no_sandbox",
            remedy="It is for machines that can make sandboxes; `firstcommit doctor` tells.",
        )


def _prepare(services: Services) -> None:
    """Do once what each job would do anew, since each is a fork of this process."""
    # Whether there is a sandbox is found out by making one.
    services.sandbox.problem()
    services.replies.prepare()
    services.generator.prepare()
    if services.models.chain:
        import_module("bot.steps.consulting")
    # What is here for good is looked at no more, so that forks go on sharing its memory.
    gc.collect()
    gc.freeze()


class _Parent:
    """Forks the workers, replaces those that die, sweeps, and ends them all."""

    def __init__(self, services: Services, plan: Sequence[str]) -> None:
        self._services = services
        self._plan = plan
        self._stopping = False
        self._children: dict[int, str] = {}

    def run(self) -> None:
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._on_signal)
        for queue in self._plan:
            self._fork(queue)
        sweeper = _SweepProcess(self._services)
        sweeper.start()
        try:
            while not self._stopping:
                self._replace_dead(sweeper)
                time.sleep(0.1)
        finally:
            self._end(sweeper)

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _fork(self, queue: str) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            die_with_parent(parent)
            _child(self._services, queue)
        self._children[pid] = queue

    def _replace_dead(self, sweeper: _SweepProcess) -> None:
        for pid in list(self._children):
            if _has_ended(pid):
                queue = self._children.pop(pid)
                _log.warning("worker_died", queue=queue)
                time.sleep(_PAUSE_S / 4)
                self._fork(queue)
        sweeper.keep_up()

    def _end(self, sweeper: _SweepProcess) -> None:
        pids = [*self._children, *([sweeper.pid] if sweeper.pid else [])]
        for pid in pids:
            _kill(pid, signal.SIGTERM)
        until = time.monotonic() + _GRACE_S
        while time.monotonic() < until and pids:
            pids = [pid for pid in pids if not _has_ended(pid)]
            time.sleep(0.05)
        for pid in pids:
            _kill(pid, signal.SIGKILL)


class _SweepProcess:
    """The sweep in a process of its own, so that the parent stays free of threads."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.pid: int | None = None

    def start(self) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            die_with_parent(parent)
            _sweep_forever(self._services)
        self.pid = pid

    def keep_up(self) -> None:
        if self.pid is not None and _has_ended(self.pid):
            self.start()


def _sweep_forever(services: Services) -> None:
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    try:
        keep_sweeping(services, stop)
    finally:
        os._exit(0)


def _child(services: Services, queue: str) -> None:
    """Work on one queue until a signal; never returns."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, signal.SIG_DFL)
    code = 1
    try:
        _work_on(services, queue)
        code = 0
    except Exception as exc:
        _log.warning("worker_stopped", queue=queue, error=type(exc).__name__)
        time.sleep(_PAUSE_S)
    finally:
        os._exit(code)


def _work_on(services: Services, queue: str) -> None:
    worker = worker_on(queue, services)
    if not isinstance(worker, _IntakeWorker):
        worker.work(logging_level="CRITICAL")
        return
    hands, hook_hands = Hands(_INTAKE_HANDS), Hands(_HOOK_HANDS)
    tasks.work_with(hands, hook_hands)
    worker.work(logging_level="CRITICAL")
    hands.finish()
    hook_hands.finish()


def worker_on(queue: str, services: Services) -> BaseWorker:
    """A worker of rq's on one queue, which believes nothing of Redis but ids."""
    connection = connect(services.settings.effective_redis_url, patient=True)
    kind: type[BaseWorker] = _IntakeWorker if queue == INTAKE else _RunsWorker
    return kind(
        [Queue(queue, connection=connection, job_class=Order, serializer=JSONSerializer)],
        connection=connection,
        job_class=Order,
        serializer=JSONSerializer,
        worker_ttl=25,
        job_monitoring_interval=5,
        maintenance_interval=5,
    )


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _kill(pid: int, signum: signal.Signals) -> None:
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return
