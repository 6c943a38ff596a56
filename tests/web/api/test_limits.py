"""How calls are counted: by all processes together, to the minute, and also without Redis."""

from __future__ import annotations

import pytest
import redis

from bot.web.api.limits import Limits

AWAY = "redis://127.0.0.1:1/0"


class Clock:
    """Seconds since 1970, a third of a minute after its beginning."""

    now = 1_795_340_420.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_processes_count_together(redis_url: str, clock: Clock) -> None:
    one, other = Limits(redis_url, clock), Limits(redis_url, clock)
    counts = [one.take("ann", 3), other.take("ann", 3), one.take("ann", 3), other.take("ann", 3)]
    assert [count.left for count in counts] == [2, 1, 0, 0]
    assert [count.is_over for count in counts] == [False, False, False, True]
    assert one.take("mia", 3).left == 2


def test_a_call_is_counted_by_one_question(redis_url: str, clock: Clock) -> None:
    limits, client = Limits(redis_url, clock), redis.Redis.from_url(redis_url)
    limits.take("ann", 3)  # Connections and scripts are made ready by the first.
    before = client.info("stats")["total_reads_processed"]
    limits.take("ann", 3)
    # Its own, and the one that reads the number.
    assert client.info("stats")["total_reads_processed"] - before == 2


@pytest.mark.parametrize("is_there", [True, False])
def test_the_next_minute_begins_anew_as_was_told(
    redis_url: str, clock: Clock, is_there: bool
) -> None:
    limits = Limits(redis_url if is_there else AWAY, clock)
    assert [limits.take("ann", 2).is_over for _ in range(3)] == [False, False, True]
    last = limits.take("ann", 2)
    assert last.headers["RateLimit-Reset"] == "40"
    clock.now += last.reset_s - 1
    assert limits.take("ann", 2).is_over
    clock.now += 1
    assert limits.take("ann", 2).left == 1
