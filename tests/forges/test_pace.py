"""The write budget: its rule, and both keepers of it held to the same promises."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from bot.core.pace import HOUR_S, MINUTE_S, PaceLimits, wait_s
from bot.errors import Transient
from bot.forges.port import Pace
from bot.pace import ProcessPace, RedisPace

GITHUB = PaceLimits()
#: Refills so slowly that a busy machine cannot let a token slip in between two lines of a test.
SLOW = PaceLimits(per_second=0.01)
MakePace = Callable[..., Pace]


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


# --- the rule -----------------------------------------------------------------------------


def test_an_unused_budget_lets_a_burst_through_at_once() -> None:
    taken: list[float] = []
    for _ in range(GITHUB.burst):
        assert wait_s(GITHUB, taken, 0.0, conversation=True) == 0
        taken.append(0.0)
    assert wait_s(GITHUB, taken, 0.0, conversation=True) == pytest.approx(1.0)


def test_runs_leave_the_reserve_to_conversation() -> None:
    taken = [0.0] * (GITHUB.burst - GITHUB.reserve)
    assert wait_s(GITHUB, taken, 0.0) == pytest.approx(1.0)
    assert wait_s(GITHUB, taken, 0.0, conversation=True) == 0


@given(steps=st.lists(st.tuples(st.booleans(), st.floats(0, 90)), max_size=250))
def test_whoever_waits_as_told_never_exceeds_a_limit(steps: list[tuple[bool, float]]) -> None:
    now, taken = 0.0, list[float]()
    for conversation, pause_s in steps:
        now += pause_s
        now += wait_s(GITHUB, taken, now, conversation=conversation)
        assert wait_s(GITHUB, taken, now, conversation=conversation) < 1e-6
        taken.append(now)
    for index, first in enumerate(taken):
        window = taken[index:]
        assert sum(at < first + MINUTE_S - 1e-6 for at in window) <= GITHUB.per_minute
        assert sum(at < first + HOUR_S - 1e-6 for at in window) <= GITHUB.per_hour
        assert sum(at < first + 10 - 1e-6 for at in window) <= GITHUB.burst + 10


def test_an_hour_at_full_speed_is_four_hundred_and_fifty_writes() -> None:
    now, taken = 0.0, list[float]()
    while now < HOUR_S:
        now += wait_s(GITHUB, taken, now, conversation=True)
        taken.append(now)
    assert sum(at < HOUR_S for at in taken) == GITHUB.per_hour


def test_a_reserve_may_not_be_the_whole_budget() -> None:
    with pytest.raises(ValueError, match="reserve"):
        PaceLimits(burst=3, reserve=3)


# --- both keepers -------------------------------------------------------------------------


@pytest.fixture(params=["process", "redis"])
def make_pace(request: pytest.FixtureRequest) -> MakePace:
    if request.param == "process":
        return ProcessPace
    url: str = request.getfixturevalue("redis_url")
    return lambda *args, **kwargs: RedisPace(url, *args, **kwargs)


def test_the_burst_goes_at_once_and_the_next_one_is_told_when(make_pace: MakePace) -> None:
    pace = make_pace(SLOW, patience_s=0)
    for _ in range(GITHUB.burst):
        pace.take("github:1", conversation=True)
    with pytest.raises(Transient) as refused:
        pace.take("github:1", conversation=True)
    assert refused.value.reason == "pace"
    assert refused.value.retry_after_s is not None
    assert 0 < refused.value.retry_after_s <= 100


def test_a_run_is_refused_where_a_comment_still_goes(make_pace: MakePace) -> None:
    pace = make_pace(SLOW, patience_s=0)
    for _ in range(GITHUB.burst - GITHUB.reserve):
        pace.take("github:1")
    with pytest.raises(Transient):
        pace.take("github:1")
    pace.take("github:1", conversation=True)


def test_installations_do_not_share_a_budget(make_pace: MakePace) -> None:
    pace = make_pace(PaceLimits(burst=1, per_second=0.01, reserve=0), patience_s=0)
    pace.take("github:1")
    pace.take("github:2")
    with pytest.raises(Transient):
        pace.take("github:1")


def test_the_minute_has_its_own_limit(make_pace: MakePace) -> None:
    pace = make_pace(PaceLimits(burst=100, per_minute=5, reserve=0), patience_s=0)
    for _ in range(5):
        pace.take("github:1")
    with pytest.raises(Transient) as refused:
        pace.take("github:1")
    assert refused.value.retry_after_s is not None
    assert 50 < refused.value.retry_after_s <= MINUTE_S


def test_a_short_wait_is_waited_for(make_pace: MakePace) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    pace = make_pace(PaceLimits(burst=1, per_second=20, reserve=0), patience_s=30, sleep=sleep)
    for _ in range(3):
        pace.take("github:1")
    assert slept


def test_a_refused_write_is_not_counted(make_pace: MakePace) -> None:
    pace = make_pace(PaceLimits(burst=1, per_second=0.01, reserve=0), patience_s=0)
    pace.take("github:1")
    waits = []
    for _ in range(3):
        with pytest.raises(Transient) as refused:
            pace.take("github:1")
        waits.append(refused.value.retry_after_s)
    assert waits == sorted(waits, reverse=True)


# --- one of them --------------------------------------------------------------------------


def test_a_process_paces_itself_through_an_hour() -> None:
    clock = Clock()
    pace = ProcessPace(clock=clock, sleep=clock.sleep, patience_s=HOUR_S)
    started = clock.now
    for _ in range(GITHUB.per_hour):
        pace.take("github:1", conversation=True)
    assert clock.now - started < HOUR_S
    pace.take("github:1", conversation=True)
    assert clock.now - started >= HOUR_S


def test_redis_follows_the_same_rule(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    chance = random.Random(7)
    for round_number in range(30):
        key = f"github:{round_number}"
        seconds, microseconds = client.time()  # type: ignore[misc]  # sync client
        now = seconds + microseconds / 1_000_000
        span_s = chance.choice([20.0, 300.0, HOUR_S - 60])
        taken = sorted(
            round(now - chance.uniform(0.001, span_s), 6) for _ in range(chance.randint(0, 500))
        )
        if taken:
            rows = {f"seed-{i}": at for i, at in enumerate(taken)}
            client.zadd(f"firstcommit:pace:{key}", rows)
        conversation = chance.random() < 0.5
        ours = wait_s(GITHUB, taken, now, conversation=conversation)
        try:
            RedisPace(client, patience_s=0).take(key, conversation=conversation)
            theirs = 0.0
        except Transient as refused:
            theirs = refused.retry_after_s or 0.0
        # Redis looks a moment later than the test did.
        assert theirs == pytest.approx(ours, abs=0.5)


def test_redis_forgets_what_no_longer_counts(redis_url: str) -> None:
    RedisPace(redis_url).take("github:1")
    client = redis.Redis.from_url(redis_url)
    (key,) = client.keys("*")
    assert 0 < client.ttl(key) <= HOUR_S


def test_without_redis_the_process_keeps_the_budget_alone() -> None:
    pace = RedisPace("unix:///nonexistent/socket", SLOW, patience_s=0)
    for _ in range(GITHUB.burst):
        pace.take("github:1", conversation=True)
    with pytest.raises(Transient) as refused:
        pace.take("github:1", conversation=True)
    assert refused.value.reason == "pace"


def _take_all_that_goes(url: str, count: multiprocessing.queues.Queue[int]) -> None:
    pace = RedisPace(url, PaceLimits(burst=40, per_second=0.001, reserve=0), patience_s=0)
    taken = 0
    for _ in range(40):
        try:
            pace.take("github:1")
        except Transient:
            continue
        taken += 1
    count.put(taken)


def test_several_processes_together_keep_to_the_limit(redis_url: str) -> None:
    start = multiprocessing.get_context("spawn")
    count: multiprocessing.queues.Queue[int] = start.Queue()
    workers = [start.Process(target=_take_all_that_goes, args=(redis_url, count)) for _ in range(3)]
    for worker in workers:
        worker.start()
    total = sum(count.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join(timeout=60)
    assert total == 40
