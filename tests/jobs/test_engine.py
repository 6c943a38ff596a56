"""The executor: order, side by side, loops, conditions, retries, time limits, cancelling."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest

from bot.agents.models.pretended import PretendedModels
from bot.core.runs import RunStatus, StepStatus
from bot.errors import StepFailed, Transient, Waits
from bot.jobs.heartbeat import LeaseTimes
from bot.sealing import MASK, Hidden
from bot.steps.spec import StepContext
from tests.jobs.engine import (
    Together,
    World,
    echo,
    eventually,
    start,
    start_sealed,
    step,
    step_types,
)
from tests.spine import Bot, Killed

ECHO = step("echo", echo)


def statuses(bot: Bot) -> dict[str, str]:
    return {one.id: one.status.value for one in bot.run.steps}


def test_steps_that_need_nothing_of_each_other_run_side_by_side(bot: Bot) -> None:
    with step_types(step("meet", Together(3).meet)):
        start(bot, [{"id": name, "uses": "meet", "needs": []} for name in "abc"])
        bot.drain()
    assert bot.run.status is RunStatus.COMPLETED
    assert statuses(bot) == dict.fromkeys("abc", "completed")


def test_a_step_without_needs_comes_after_the_one_above_it(bot: Bot) -> None:
    world = World()
    with step_types(step("touch", world.touch)):
        start(bot, [{"id": name, "uses": "touch", "with": {"value": 1}} for name in "cab"])
        bot.drain()
    assert world.lines == ["c=1", "a=1", "b=1"]


def test_values_keep_their_types_on_their_way(bot: Bot) -> None:
    value = {"list": [1, True, None, {"deep": "é"}], "text": "${not a reference}"}
    with step_types(ECHO):
        start(
            bot,
            [
                {"id": "first", "uses": "echo", "with": {"value": "${{ inputs.value }}"}},
                {
                    "id": "second",
                    "uses": "echo",
                    "with": {"value": "${{ steps.first.value.list[3].deep }}"},
                },
            ],
            inputs={"value": value},
            outputs={"all": "${{ steps.first.value }}", "deep": "${{ steps.second.value }}"},
        )
        bot.drain()
    assert bot.run.outputs == {"all": value, "deep": "é"}


def test_a_skipped_steps_outputs_are_null_and_what_needs_it_still_runs(bot: Bot) -> None:
    with step_types(ECHO):
        start(
            bot,
            [
                {"id": "no", "uses": "echo", "if": "${{ 1 == 2 }}", "with": {"value": 1}},
                {
                    "id": "yes",
                    "uses": "echo",
                    "with": {"value": "${{ steps.no.value default 'none' }}"},
                },
            ],
        )
        bot.drain()
    assert statuses(bot) == {"no": "skipped", "yes": "completed"}
    assert bot.run.step("yes").outputs == {"value": "none"}


def test_a_loop_gives_lists_in_the_order_of_its_items(bot: Bot) -> None:
    with step_types(ECHO, step("meet", Together(3).meet)):
        start(
            bot,
            [
                {
                    "id": "loop",
                    "uses": "meet",
                    "for_each": "${{ inputs.names }}",
                    "with": {"value": "${{ index }}: ${{ item }}"},
                },
                {"id": "after", "uses": "echo", "with": {"value": "${{ steps.loop.value }}"}},
            ],
            inputs={"names": ["x", "y", "z"]},
        )
        bot.drain()
    assert bot.run.step("after").outputs == {"value": ["0: x", "1: y", "2: z"]}
    assert [part.id for part in bot.run.parts_of("loop")] == ["loop[0]", "loop[1]", "loop[2]"]


def test_a_loop_over_nothing_is_done_at_once(bot: Bot) -> None:
    with step_types(ECHO):
        start(
            bot,
            [{"id": "loop", "uses": "echo", "for_each": [], "with": {"value": "${{ item }}"}}],
        )
        bot.drain()
    assert bot.run.status is RunStatus.COMPLETED
    assert bot.run.step("loop").outputs == {"value": []}


def test_a_loop_over_what_a_skipped_step_gave_is_done_for_nothing(bot: Bot) -> None:
    with step_types(ECHO):
        start(
            bot,
            [
                {"id": "no", "uses": "echo", "if": False, "with": {"value": 1}},
                {"id": "loop", "uses": "echo", "for_each": "${{ steps.no.value }}"},
            ],
        )
        bot.drain()
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    assert bot.run.step("loop").outputs == {"value": []}


def test_a_worker_that_is_killed_before_a_loop_has_parts_leaves_it_whole(bot: Bot) -> None:
    loop = {"id": "loop", "uses": "echo", "for_each": ["x", "y"], "with": {"value": "${{ item }}"}}
    with step_types(ECHO):
        run = start(bot, [loop])
        held = bot.store.runs.lease(run.id, worker="killed:1", lease_s=15)
        assert held is not None
        bot.store.runs.step_started(run.id, held.lease_number, "loop")
        bot.later(16)
    assert bot.run.step("loop").outputs == {"value": ["x", "y"]}


def test_parts_that_are_done_are_not_done_again(bot: Bot) -> None:
    world, failing = World(), [Transient("Busy.", retry_after_s=30)]

    def sometimes(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        if given["value"] == "y" and failing:
            raise failing.pop()
        return world.touch(context, given)

    with step_types(step("touch", sometimes)):
        start(
            bot,
            [
                {
                    "id": "loop",
                    "uses": "touch",
                    "for_each": ["x", "y", "z"],
                    "with": {"value": "${{ item }}"},
                }
            ],
        )
        bot.drain()
        assert bot.run.status is RunStatus.WAITING
        assert bot.run.waiting_for == "Busy."
        assert sorted(world.lines) == ["loop[0]=x", "loop[2]=z"]
        bot.later(31)
    assert bot.run.status is RunStatus.COMPLETED
    assert sorted(world.lines) == ["loop[0]=x", "loop[1]=y", "loop[2]=z"]
    assert [part.attempts for part in bot.run.parts_of("loop")] == [1, 2, 1]


def test_one_step_that_waits_does_not_keep_others_from_going_on(bot: Bot) -> None:
    world = World()

    def busy(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        raise Transient("Busy.", retry_after_s=60)

    with step_types(step("touch", world.touch), step("busy", busy)):
        start(
            bot,
            [
                {"id": "slow", "uses": "busy", "needs": []},
                {"id": "a", "uses": "touch", "needs": []},
                {"id": "b", "uses": "touch", "needs": ["a"]},
            ],
        )
        bot.drain()
    assert world.lines == ["a=None", "b=None"]
    assert bot.run.status is RunStatus.WAITING
    assert bot.run.step("slow").status is StepStatus.WAITING
    assert bot.run.worker is None


def test_a_failed_step_ends_the_run_when_what_is_under_way_has_ended(bot: Bot) -> None:
    world, failed = World(), threading.Event()

    def fail(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        failed.set()
        raise StepFailed("It is broken.", reason="broken_on_purpose")

    def slow(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        failed.wait(20)
        return world.touch(context, given)

    with step_types(step("fail", fail), step("slow", slow)):
        start(
            bot,
            [
                {"id": "bad", "uses": "fail", "needs": []},
                {"id": "good", "uses": "slow", "needs": []},
                {"id": "never", "uses": "slow", "needs": ["good"]},
            ],
        )
        bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "broken_on_purpose"
    assert statuses(bot) == {"bad": "failed", "good": "completed", "never": "pending"}
    assert world.lines == ["good=None"]


def test_what_a_step_is_given_is_checked_before_it_begins(bot: Bot) -> None:
    from bot.core.kinds import Field, Kind

    number = step("number", echo, takes={"value": Field(kind=Kind.INTEGER)})
    with step_types(ECHO, number):
        start(
            bot,
            [
                {"id": "text", "uses": "echo", "with": {"value": "seven"}},
                {"id": "count", "uses": "number", "with": {"value": "${{ steps.text.value }}"}},
            ],
        )
        bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "bad_input"
    assert "count" in bot.run.failure.message
    assert "a whole number" in bot.run.failure.message


@pytest.mark.parametrize(
    ("outputs", "word"),
    [
        ([1], "no mapping"),
        ({"value": 1, "other": 2}, "other"),
        ({"value": object()}, "plain data"),
        ({"value": "x" * 5_000_000}, "more than"),
    ],
)
def test_a_step_that_breaks_its_word_is_named(bot: Bot, outputs: object, word: str) -> None:
    with step_types(step("odd", lambda context, given: outputs)):  # type: ignore[arg-type, return-value]
        start(bot, [{"id": "one", "uses": "odd"}])
        bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "bad_output"
    assert word in bot.run.failure.message


def test_retry_tries_such_failures_again_with_growing_waits(bot: Bot) -> None:
    tries: list[int] = []

    def fail(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        tries.append(1)
        raise StepFailed("Not today.", reason="not_today")

    rule = {"count": 2, "backoff": "10s", "on": ["not_today"]}
    with step_types(step("fail", fail)):
        start(bot, [{"id": "one", "uses": "fail", "retry": rule}])
        bot.drain()
        assert bot.run.status is RunStatus.WAITING
        bot.later(11)
        assert len(tries) == 2
        bot.later(11)
        assert len(tries) == 2, "the second wait is twice as long"
        bot.later(10)
    assert len(tries) == 3
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "not_today"


def test_a_failure_that_retry_does_not_speak_of_is_final(bot: Bot) -> None:
    def fail(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        raise StepFailed("Not today.", reason="not_today")

    with step_types(step("fail", fail)):
        start(bot, [{"id": "one", "uses": "fail", "retry": {"count": 5, "on": ["timeout"]}}])
        bot.drain()
    assert bot.run.status is RunStatus.FAILED


def test_a_step_that_polls_is_stopped_when_its_time_is_over(bot: Bot) -> None:
    def endless(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        while not context.stop.wait(20):
            pass
        context.stop_if_cancelled()
        raise AssertionError("it was not told why")

    with step_types(step("endless", endless)):
        start(bot, [{"id": "one", "uses": "endless", "timeout": 1}])
        bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "timeout"
    assert "1 s" in bot.run.failure.message


def test_a_step_that_was_given_up_can_do_nothing_more(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The time that an attempt is given to come back; the real one would make this test slow.
    monkeypatch.setattr("bot.jobs.attempt._GRACE_S", 0.2)
    world, go_on, refused = World(), threading.Event(), threading.Event()

    def deaf(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        go_on.wait(20)
        try:
            return world.touch(context, given)
        except StepFailed:
            refused.set()
            raise

    with step_types(step("deaf", deaf)):
        start(bot, [{"id": "one", "uses": "deaf", "timeout": 1}])
        bot.drain()
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "timeout"
        go_on.set()
        assert refused.wait(20)
    assert world.lines == []


def test_a_run_may_not_take_for_ever(bot: Bot) -> None:
    def endless(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        context.stop.wait(20)
        context.stop_if_cancelled()
        raise AssertionError("it was not told why")

    with step_types(step("endless", endless)):
        start(bot, [{"id": "one", "uses": "endless"}], timeout=1)
        bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "run_timeout"


def test_cancelling_reaches_a_step_that_is_under_way(bot: Bot) -> None:
    begun = threading.Event()

    def endless(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        begun.set()
        context.stop.wait(20)
        context.stop_if_cancelled()
        raise AssertionError("it was not told why")

    with step_types(step("endless", endless), ECHO):
        run = start(bot, [{"id": "one", "uses": "endless"}, {"id": "two", "uses": "echo"}])
        worker = threading.Thread(target=bot.drain)
        worker.start()
        assert begun.wait(20)
        bot.store.runs.request_cancel(run.id, "ann")
        worker.join(20)
        assert not worker.is_alive()
    assert bot.run.status is RunStatus.CANCELLED
    assert statuses(bot)["two"] == "pending"


def test_a_run_that_waits_for_somebody_holds_no_worker_and_goes_on_when_woken(bot: Bot) -> None:
    answered: list[int] = []

    def ask(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        if not answered:
            raise Waits("Somebody has to say yes.")
        return {"value": "yes"}

    with step_types(step("ask", ask)):
        run = start(bot, [{"id": "one", "uses": "ask"}])
        bot.drain()
        assert bot.run.status is RunStatus.WAITING
        assert bot.run.resume_at is None
        assert bot.run.step("one").waiting_for == "Somebody has to say yes."
        bot.later(86_400 * 3)
        assert bot.run.status is RunStatus.WAITING
        assert bot.run.step("one").attempts == 1
        answered.append(1)
        assert bot.store.runs.wake(run.id)
        bot.later(1)
    assert bot.run.status is RunStatus.COMPLETED


def test_waiting_for_somebody_often_is_no_failure(bot: Bot) -> None:
    answered: list[int] = []

    def ask(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        if not answered:
            raise Waits("Somebody has to say yes.")
        return {"value": "yes"}

    with step_types(step("ask", ask)):
        run = start(bot, [{"id": "one", "uses": "ask"}])
        bot.drain()
        for _ in range(12):
            bot.store.runs.wake(run.id)
            bot.later(1)
        answered.append(1)
        bot.store.runs.wake(run.id)
        bot.later(1)
    assert bot.run.status is RunStatus.COMPLETED


@pytest.mark.parametrize("nth", range(1, 7))
def test_a_worker_that_is_killed_at_a_store_call_repeats_no_effect(bot: Bot, nth: int) -> None:
    world = World()
    calls = [0]

    def mortal(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        calls[0] += 1
        if calls[0] == nth:
            raise Killed
        outputs = world.touch(context, given)
        calls[0] += 1
        if calls[0] == nth:
            raise Killed
        return outputs

    steps: list[dict[str, object]] = [
        {"id": "a", "uses": "mortal"},
        {"id": "b", "uses": "mortal"},
        {"id": "c", "uses": "mortal"},
    ]
    with step_types(step("mortal", mortal)):
        run = start(bot, steps)
        with pytest.raises(Killed):
            bot.work(run.id, times=LeaseTimes())
        bot.later(16)
    assert bot.run.status is RunStatus.COMPLETED
    assert world.lines == ["a=None", "b=None", "c=None"]


def test_a_worker_that_lost_its_lease_stops_what_is_under_way(bot: Bot) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def endless(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        begun.set()
        if context.stop.wait(20):
            stopped.set()
        context.stop_if_cancelled()
        return {"value": 1}

    with step_types(step("endless", endless)):
        run = start(bot, [{"id": "one", "uses": "endless"}])
        times = LeaseTimes(lease_s=15, renew_s=0.05)
        worker = threading.Thread(target=bot.work, args=(run.id,), kwargs={"times": times})
        worker.start()
        assert begun.wait(20)
        bot.clock.now += __import__("datetime").timedelta(seconds=300)
        assert eventually(
            lambda: (
                bot.store.runs.lease(run.id, worker="other:2", lease_s=60) is not None
                or stopped.is_set()
            )
        )
        assert stopped.wait(20)
        worker.join(20)


def test_every_attempt_is_remembered_with_its_worker(bot: Bot) -> None:
    failing = [Transient("Busy.", retry_after_s=5)]

    def sometimes(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        if failing:
            raise failing.pop()
        return {"value": given["value"]}

    with step_types(step("sometimes", sometimes)):
        run = start(bot, [{"id": "one", "uses": "sometimes", "with": {"value": 7}}])
        bot.drain()
        bot.later(6)
    tried = bot.store.runs.attempts(run.id)
    assert [(one.step, one.number, one.worker, one.status.value) for one in tried] == [
        ("one", 1, "test:1", "waiting"),
        ("one", 2, "test:1", "completed"),
    ]
    assert bot.run.step("one").inputs == {"value": 7}


def test_a_secret_input_is_masked_wherever_the_run_is_kept(bot: Bot) -> None:
    seen: list[str] = []

    def use(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        hidden = given["value"]
        assert isinstance(hidden, Hidden)
        seen.append(hidden.reveal())
        return {"value": None}

    with step_types(step("use", use)):
        data = {
            "name": "made-up",
            "inputs": {"token": {"type": "secret"}},
            "steps": [{"id": "one", "uses": "use", "with": {"value": "${{ inputs.token }}"}}],
        }
        run = start_sealed(bot, data, {"token": "correct horse"})
        bot.drain()
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    assert seen == ["correct horse"]
    told = [event.data for event in bot.store.runs.events(run.id)]
    assert "correct horse" not in f"{bot.run} {told} {bot.store.runs.attempts(run.id)}"
    assert bot.run.step("one").inputs == {"value": MASK}


def test_a_run_that_breaks_ends_when_what_is_under_way_has_ended(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, broken_now = World(), threading.Event()

    def slow(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        broken_now.wait(20)
        context.stop.wait(20)
        return world.touch(context, given)

    def fail(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        raise Transient("Busy.", retry_after_s=1)

    def odd(*_: object, **__: object) -> float:
        broken_now.set()
        raise OverflowError

    with step_types(step("slow", slow), step("fail", fail)):
        # No error is known that leads there; what is tried is that none leaves a step behind.
        monkeypatch.setattr("bot.jobs.outcome.delay_s", odd)
        start(
            bot,
            [{"id": "a", "uses": "slow", "needs": []}, {"id": "b", "uses": "fail", "needs": []}],
        )
        bot.drain()
        assert bot.run.status is RunStatus.FAILED
        assert bot.run.step("a").status is StepStatus.FAILED
    assert world.lines == []


def test_a_wait_without_end_is_cut_to_an_hour(bot: Bot) -> None:
    def busy(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        raise Transient("Busy.", retry_after_s=9_999_999_999)

    with step_types(step("busy", busy)):
        start(bot, [{"id": "a", "uses": "busy"}])
        bot.drain()
    assert bot.run.resume_at is not None
    assert (bot.run.resume_at - bot.clock.now).total_seconds() == 3600


def test_a_step_may_not_be_given_more_than_can_be_kept(bot: Bot) -> None:
    with step_types(ECHO):
        big = "x" * 1_000_000
        value = "".join("${{ inputs.big }}" for _ in range(5))
        start(bot, [{"id": "a", "uses": "echo", "with": {"value": value}}], inputs={"big": big})
        bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "bad_input"
    assert "4 MiB" in bot.run.failure.message


def test_nothing_of_a_cancelled_run_waits_any_more(bot: Bot) -> None:
    def ask(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        raise Waits("Somebody has to say yes.")

    with step_types(step("ask", ask)):
        run = start(bot, [{"id": "one", "uses": "ask"}])
        bot.drain()
        bot.store.runs.request_cancel(run.id, "ann")
    assert bot.run.status is RunStatus.CANCELLED
    assert bot.run.step("one").status is StepStatus.PENDING
    assert bot.run.step("one").waiting_for is None


@pytest.mark.parametrize("ends", [True, False])
def test_what_speaks_to_models_goes_when_a_worker_leaves_a_run(bot: Bot, ends: bool) -> None:
    def leave(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        if not ends:
            raise Waits("Somebody has to answer.")
        return {"value": 1}

    models = PretendedModels([])
    bot.change(models=models)
    with step_types(step("leave", leave)):
        run = start(bot, [{"id": "a", "uses": "leave"}])
        bot.drain()
    assert set(models.closed) == {run.id}
