"""Who can write to Redis cannot have a worker do anything but our tasks."""

from __future__ import annotations

import json
import os
import pickle
import signal
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.jobs import tasks
from bot.jobs.hands import Hands
from bot.jobs.orders import Order
from bot.jobs.queue import INTAKE, RqQueue
from bot.jobs.worker import worker_on
from tests.spine import Bot

called: list[object] = []


def called_back(*arguments: object) -> None:
    """What a planted job would have rq call."""
    called.append(arguments)


class Planted:
    """Makes a folder where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (str(self._path),))


@pytest.fixture
def redis_client(redis_url: str) -> redis.Redis:
    return redis.Redis.from_url(redis_url)


@pytest.fixture
def worked(bot: Bot, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleWorker]:
    """The intake worker on that Redis, and the program behind it."""
    settings = replace(bot.services.settings, redis_url=redis_url)
    bot.change(settings=settings)
    monkeypatch.setattr(tasks, "_services", [bot.services])
    monkeypatch.setattr(tasks, "_hands", [])
    called.clear()
    kept = {signum: signal.getsignal(signum) for signum in (signal.SIGTERM, signal.SIGINT)}
    worker = worker_on(INTAKE, bot.services)
    assert isinstance(worker, SimpleWorker)
    yield worker
    for signum, handler in kept.items():
        signal.signal(signum, handler)


def test_a_delivery_is_carried_as_json_and_taken_in(
    bot: Bot, worked: SimpleWorker, redis_url: str, redis_client: redis.Redis
) -> None:
    posted = bot.write("@firstcommit help")
    assert RqQueue(redis_url).intake(posted.delivery)
    (key,) = redis_client.keys("rq:job:*")
    data = zlib.decompress(redis_client.hget(key, "data"))
    assert json.loads(data) == ["bot.jobs.tasks.intake", None, [posted.delivery], {}]
    worked.work(burst=True, logging_level="CRITICAL")
    assert bot.answer.startswith("### What I can do")


def test_a_delivery_that_a_hand_takes_is_taken_in(
    bot: Bot, worked: SimpleWorker, redis_url: str
) -> None:
    hands = Hands(2)
    tasks.work_with(hands)
    deliveries = [bot.write("@firstcommit help").delivery for _ in range(5)]
    for delivery in deliveries:
        assert RqQueue(redis_url).intake(delivery)
    worked.work(burst=True, logging_level="CRITICAL")
    hands.finish()
    assert len(bot.answers) == 5


def test_a_pickle_in_redis_is_not_opened(
    worked: SimpleWorker, redis_client: redis.Redis, tmp_path: Path
) -> None:
    planted = pickle.dumps(Planted(tmp_path / "opened"))
    job = plant(redis_client, "bot.jobs.tasks.intake", str(uuid4()))
    for field in ("data", "meta", "result"):
        redis_client.hset(job.key, field, planted)
    worked.work(burst=True, logging_level="CRITICAL")
    assert not (tmp_path / "opened").exists()


def test_nothing_but_our_tasks_is_called(
    worked: SimpleWorker, redis_client: redis.Redis, tmp_path: Path
) -> None:
    plant(redis_client, "os.mkdir", str(tmp_path / "made"))
    plant(redis_client, f"{__name__}.called_back", str(uuid4()))
    plant(redis_client, "bot.jobs.tasks.serve_with", str(uuid4()))
    worked.work(burst=True, logging_level="CRITICAL")
    assert not (tmp_path / "made").exists()
    assert not called
    assert Queue(INTAKE, connection=redis_client).failed_job_registry.count == 3


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nope",),
        (7,),
        ({"id": 1},),
        (str(uuid4()).upper() + " ",),
        (str(uuid4()), str(uuid4())),
        ("urn:uuid:12345678-1234-5678-1234-567812345678",),
    ],
)
def test_a_task_is_given_one_id_and_nothing_else(
    worked: SimpleWorker,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[object, ...],
) -> None:
    # Whether a task is called at all cannot be seen from outside where its id is unknown.
    monkeypatch.setattr("bot.jobs.orders.TASKS", {"bot.jobs.tasks.intake": called_back})
    plant(redis_client, "bot.jobs.tasks.intake", *arguments)
    worked.work(burst=True, logging_level="CRITICAL")
    assert not called


def test_nobody_is_called_back(worked: SimpleWorker, redis_client: redis.Redis) -> None:
    for name, argument in (("bot.jobs.tasks.intake", str(uuid4())), ("os.mkdir", "x")):
        job = plant(redis_client, name, argument)
        for end in ("success", "failure", "stopped"):
            redis_client.hset(job.key, f"{end}_callback_name", f"{__name__}.called_back")
        hook = {"url": "http://127.0.0.1:9/", "job_status": "finished"}
        redis_client.hset(job.key, "webhooks", json.dumps([hook]))
        assert Order.fetch(job.id, connection=redis_client).webhooks == []
    worked.work(burst=True, logging_level="CRITICAL")
    assert not called


def plant(client: redis.Redis, function: str, *arguments: object) -> Job:
    """Put into the queue what somebody with a connection to Redis can."""
    queue = Queue(INTAKE, connection=client, serializer=JSONSerializer)
    return queue.enqueue_call(function, args=arguments)
