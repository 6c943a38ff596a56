"""The queue of what is verified elsewhere, on a real Valkey."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from rq import Queue
from rq.executions import Execution
from rq.serializers import JSONSerializer

from bot.build import build
from bot.jobs import tasks
from bot.jobs.attendance import SILENT_S
from bot.jobs.orders import Order
from bot.jobs.queue import VERIFY, RqQueue
from bot.jobs.worker import worker_on
from bot.services import Services
from bot.settings import Settings

RUN = str(uuid4())


def services_on(tmp_path: Path, redis_url: str) -> Services:
    environment = {"FIRSTCOMMIT_DATA_DIR": str(tmp_path / "data"), "REDIS_URL": redis_url}
    return build(Settings.from_environment(environment))


def test_it_is_known_whether_anybody_listens(tmp_path: Path, redis_url: str) -> None:
    queue = RqQueue(redis_url)
    assert queue.verifiers() == 0
    worker = worker_on(VERIFY, services_on(tmp_path, redis_url))
    worker.register_birth()
    assert queue.verifiers() == 1
    worker.register_death()
    assert queue.verifiers() == 0


def test_one_that_died_without_leave_listens_no_more(tmp_path: Path, redis_url: str) -> None:
    worker = worker_on(VERIFY, services_on(tmp_path, redis_url))
    worker.register_birth()
    # It lapses of itself where nothing is heard for a while; nobody strikes the worker off.
    redis.Redis.from_url(redis_url).delete(worker.key)
    assert RqQueue(redis_url).verifiers() == 0


def test_a_job_is_carried_out_by_a_worker_on_that_queue(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    monkeypatch.setattr(tasks, "_services", [services_on(tmp_path, redis_url)])
    # What becomes of an id that no run has cannot be seen from outside.
    monkeypatch.setattr(tasks, "verify_waiting", lambda _, run_id: verified.append(run_id))
    run_id = str(uuid4())
    assert RqQueue(redis_url).verify(run_id)
    queue = Queue(VERIFY, connection=redis.Redis.from_url(redis_url), serializer=JSONSerializer)
    job = Order.fetch(queue.job_ids[0], connection=queue.connection)
    job.perform()
    assert verified == [run_id]


class TestAbandoned:
    @pytest.fixture
    def queue(self, redis_url: str) -> RqQueue:
        return RqQueue(redis_url)

    @pytest.fixture
    def begun(self, queue: RqQueue, tmp_path: Path, redis_url: str) -> Execution:
        """What a worker has just begun."""
        worker = worker_on(VERIFY, services_on(tmp_path, redis_url))
        assert queue.verify(RUN)
        (job,) = worker.queues[0].jobs
        worker.queues[0].remove(job)
        return worker.prepare_execution(job)

    def test_what_was_heard_of_of_late_is_being_done(
        self, queue: RqQueue, begun: Execution
    ) -> None:
        assert queue.abandoned() == []

    def test_what_nothing_was_heard_of_is_told_once(self, queue: RqQueue, begun: Execution) -> None:
        silent_since = time.time() - SILENT_S - 1
        begun.connection.hset(begun.key, "last_heartbeat", silent_since)
        assert queue.abandoned() == [RUN]
        assert queue.abandoned() == []

    def test_what_redis_has_forgotten_is_told_too(self, queue: RqQueue, begun: Execution) -> None:
        begun.connection.delete(begun.key)
        assert queue.abandoned() == [RUN]


def test_what_waits_to_be_verified_stands_in_the_queue_once(redis_url: str) -> None:
    queue = RqQueue(redis_url)
    assert queue.verify("a-run")
    assert queue.verify("a-run")
    assert queue.depths()[VERIFY] == 1


def test_where_redis_is_away_nobody_listens(tmp_path: Path) -> None:
    queue = RqQueue(f"unix://{tmp_path}/none")
    assert (queue.verify("a-run"), queue.verifiers()) == (False, 0)
    assert queue.abandoned() == ()
