"""What comes of an attempt to tell a hook something."""

from __future__ import annotations

import pytest

from bot.core.hooks import (
    DEAD_AFTER_S,
    MOST_ATTEMPTS,
    WAITS_S,
    HookAnswer,
    HookDeliveryStatus,
    HookKind,
    HookOutcome,
    after_answer,
    after_problem,
    read_kinds,
)
from bot.errors import UserError

DAY_S = 86_400.0


def answered(
    status: int,
    *,
    attempt: int = 1,
    failing_for_s: float | None = None,
    chance: float = 0.0,
    retry_after_s: float | None = None,
) -> HookOutcome:
    answer = HookAnswer(status=status, retry_after_s=retry_after_s)
    return after_answer(answer, attempt=attempt, failing_for_s=failing_for_s, chance=chance)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(status: int) -> None:
    outcome = answered(status, failing_for_s=10 * DAY_S)
    assert outcome == HookOutcome(status=HookDeliveryStatus.DELIVERED, answered=status)


@pytest.mark.parametrize("status", [199, 301, 400, 401, 404, 408, 429, 500, 503, 599])
def test_everything_else_is_tried_again(status: int) -> None:
    outcome = answered(status)
    assert outcome.status is HookDeliveryStatus.PENDING
    assert (outcome.answered, outcome.retry_in_s, outcome.off_reason) == (status, 5.0, "")
    assert outcome.note.startswith(f"answered {status}")


def test_no_answer_is_tried_again() -> None:
    outcome = after_problem("no_answer: late", attempt=2, failing_for_s=5, chance=0)
    assert (outcome.answered, outcome.note, outcome.retry_in_s) == (None, "no_answer: late", 60.0)


def test_waits_grow_over_three_days_and_then_it_is_given_up() -> None:
    waits = [answered(500, attempt=number).retry_in_s for number in range(1, MOST_ATTEMPTS)]
    assert waits == list(WAITS_S)
    assert 3 * DAY_S < sum(WAITS_S) < DEAD_AFTER_S
    last = answered(500, attempt=MOST_ATTEMPTS)
    assert (last.status, last.retry_in_s) == (HookDeliveryStatus.FAILED, None)
    assert not last.off_reason


def test_what_failed_together_is_not_tried_again_together() -> None:
    waits = [answered(500, attempt=4, chance=chance).retry_in_s for chance in (0.0, 0.5, 1.0)]
    assert waits == pytest.approx([1800.0, 1890.0, 1980.0])


@pytest.mark.parametrize(
    ("asked_s", "waited_s"), [(None, 5.0), (2.0, 5.0), (90.0, 90.0), (1e9, 3600.0)]
)
def test_a_receiver_may_ask_for_more_time_up_to_an_hour(
    asked_s: float | None, waited_s: float
) -> None:
    outcome = answered(429, retry_after_s=asked_s)
    assert (outcome.retry_in_s, outcome.rest_s) == (waited_s, waited_s)


@pytest.mark.parametrize(
    ("failing_for_s", "rest_s"), [(None, 5.0), (60.0, 6.0), (600.0, 60.0), (4 * DAY_S, 300.0)]
)
def test_a_hook_that_fails_for_long_rests_for_long(
    failing_for_s: float | None, rest_s: float
) -> None:
    assert answered(500, failing_for_s=failing_for_s).rest_s == rest_s


def test_who_is_gone_is_never_asked_again() -> None:
    outcome = answered(410)
    assert outcome.status is HookDeliveryStatus.FAILED
    assert outcome.off_reason == "The receiver answered 410 Gone."


def test_five_days_without_a_success_switch_a_hook_off() -> None:
    assert not answered(500, failing_for_s=DEAD_AFTER_S - 1).off_reason
    reason = "Nothing has arrived for 5 days; the last attempt: answered 500."
    assert answered(500, failing_for_s=DEAD_AFTER_S).off_reason == reason
    late = after_problem("unreachable", attempt=1, failing_for_s=DEAD_AFTER_S, chance=0)
    assert late.off_reason.endswith("the last attempt: unreachable.")


def test_a_redirect_says_why_it_failed() -> None:
    assert answered(302).note == "answered 302; redirects are not followed"


def test_kinds_are_read_once_each_in_one_order() -> None:
    assert read_kinds([]) == ()
    words = ["export.completed", "project.created", "export.completed"]
    assert read_kinds(words) == (HookKind.PROJECT_CREATED, HookKind.EXPORT_COMPLETED)


@pytest.mark.parametrize(
    ("word", "remedy"), [("project.create", "project.created"), ("ping", "Known are: project.")]
)
def test_an_unknown_kind_is_refused_with_the_known_ones(word: str, remedy: str) -> None:
    with pytest.raises(UserError) as caught:
        read_kinds([word])
    assert caught.value.reason == "unknown_kind"
    assert word in caught.value.message
    assert remedy in caught.value.remedy
