"""The queue of what is verified elsewhere, on a real Valkey."""

from __future__ import annotations

from pathlib import Path

from bot.build import build
from bot.jobs.queue import VERIFY, RqQueue
from bot.jobs.worker import worker_on
from bot.settings import Settings


def test_it_is_known_whether_anybody_listens(tmp_path: Path, redis_url: str) -> None:
    queue = RqQueue(redis_url)
    assert queue.verifiers() == 0
    settings = Settings.from_environment(
        {"FIRSTCOMMIT_DATA_DIR": str(tmp_path / "data"), "REDIS_URL": redis_url}
    )
    worker = worker_on(VERIFY, build(settings))
    worker.register_birth()
    assert queue.verifiers() == 1
    worker.register_death()
    assert queue.verifiers() == 0


def test_what_waits_to_be_verified_stands_in_the_queue_once(redis_url: str) -> None:
    queue = RqQueue(redis_url)
    assert queue.verify("a-run")
    assert queue.verify("a-run")
    assert queue.depths()[VERIFY] == 1


def test_where_redis_is_away_nobody_listens(tmp_path: Path) -> None:
    queue = RqQueue(f"unix://{tmp_path}/none")
    assert (queue.verify("a-run"), queue.verifiers()) == (False, 0)
