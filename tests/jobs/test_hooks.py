"""What workers send to hooks: in time, in order, again where it failed, and no more when dead."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from standardwebhooks import Webhook
from structlog.testing import capture_logs

from bot.core.hooks import MOST_ATTEMPTS, WAITS_S, HookAnswer
from bot.errors import StoreUnavailable, Transient, UserError
from bot.hooks import add_hook
from bot.jobs import tasks
from bot.jobs.hands import Hands
from bot.jobs.hooks import send_due
from bot.jobs.sweep import sweep_hooks, tidy
from bot.store.port import Hook, HookDelivery
from tests.spine import GENERATE, Bot, Killed

SOON_S = 30.0
DAY_S = 86_400.0


@dataclass
class Receiver:
    """The port `HookSender`: answers as it is told, and remembers what it was sent."""

    says: Callable[[], HookAnswer] = lambda: HookAnswer(status=200)
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        self.got.append((url, headers, body))
        return self.says()

    def answers(self, status: int, retry_after_s: float | None = None) -> None:
        answer = HookAnswer(status=status, retry_after_s=retry_after_s)
        self.says = lambda: answer

    def raises(self, error: BaseException) -> None:
        def say() -> HookAnswer:
            raise error

        self.says = say

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.got]


@pytest.fixture
def receiver(bot: Bot) -> Receiver:
    receiver = Receiver()
    bot.change(hook_sender=receiver)
    return receiver


def added(bot: Bot, url: str = "https://hooks.example/in?token=s3cret", *kinds: str) -> Hook:
    hook, _ = add_hook(bot.services, url=url, kinds=kinds, created_by="github:ada")
    return hook


def ping(bot: Bot, hook: Hook) -> HookDelivery:
    delivery = bot.store.hook_deliveries.ping(hook.id)
    assert delivery is not None
    return delivery


def found(bot: Bot, delivery: HookDelivery) -> HookDelivery:
    again = bot.store.hook_deliveries.get(delivery.id)
    assert again is not None
    return again


def is_active(bot: Bot, hook: Hook) -> bool:
    again = bot.store.hooks.get(hook.id)
    assert again is not None
    return again.is_active


def later(bot: Bot, seconds: float) -> None:
    """Time passes, every process sweeps, and workers send."""
    bot.clock.now += timedelta(seconds=seconds)
    sweep_hooks(bot.services)
    while bot.queue.hooks:
        send_due(bot.services, bot.queue.hooks.pop(0))


def test_a_run_is_told_from_its_beginning_to_its_end_in_order(bot: Bot, receiver: Receiver) -> None:
    hook, secret = add_hook(
        bot.services, url="https://hooks.example/in", kinds=[], created_by="github:ada"
    )
    bot.do(GENERATE)
    later(bot, 1)
    told = [
        Webhook(secret).sign(headers["webhook-id"], bot.clock(), body.decode())
        == headers["webhook-signature"]
        for _, headers, body in receiver.got
    ]
    assert told == [True] * 5
    kinds = [delivery.kind for delivery in bot.store.hook_deliveries.listed(hook.id)]
    assert kinds[::-1] == [
        "project.created",
        "files.saved",
        "project.completed",
        "export.started",
        "export.completed",
    ]
    assert receiver.ids == [
        delivery.id for delivery in reversed(bot.store.hook_deliveries.listed(hook.id))
    ]


def test_nothing_is_swept_where_nothing_is_due(bot: Bot, receiver: Receiver) -> None:
    added(bot)
    assert sweep_hooks(bot.services) == 0
    later(bot, 1)
    assert not receiver.got


def test_a_failure_is_tried_again_under_the_same_id_until_it_arrives(
    bot: Bot, receiver: Receiver
) -> None:
    sent = ping(bot, added(bot))
    receiver.answers(503)
    later(bot, 0)
    assert (found(bot, sent).status, found(bot, sent).note) == ("pending", "answered 503")
    later(bot, 4)
    assert len(receiver.got) == 1
    receiver.answers(200)
    later(bot, 2)
    assert receiver.ids == [sent.id, sent.id]
    assert found(bot, sent).status == "delivered"
    assert len({body for _, _, body in receiver.got}) == 1


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (Transient("Late.", reason="no_answer"), "no_answer: Late."),
        (UserError("Not there.", reason="private_address"), "private_address: Not there."),
        (KeyError("a mistake of ours"), "internal: KeyError"),
    ],
)
def test_whatever_goes_wrong_is_noted_and_tried_again(
    bot: Bot, receiver: Receiver, error: Exception, note: str
) -> None:
    sent = ping(bot, added(bot))
    receiver.raises(error)
    later(bot, 0)
    assert (found(bot, sent).status, found(bot, sent).note) == ("pending", note)


def test_after_all_attempts_one_is_given_up_and_the_hook_stays(
    bot: Bot, receiver: Receiver
) -> None:
    hook = added(bot)
    sent = ping(bot, hook)
    receiver.answers(500)
    for wait_s in (0.0, *WAITS_S):
        later(bot, wait_s * 1.1 + 1)
    assert len(receiver.got) == MOST_ATTEMPTS
    assert (found(bot, sent).status, found(bot, sent).due_at) == ("failed", None)
    assert is_active(bot, hook)
    later(bot, DAY_S)
    assert len(receiver.got) == MOST_ATTEMPTS


def test_a_receiver_is_not_asked_before_the_time_that_it_names(
    bot: Bot, receiver: Receiver
) -> None:
    hook = added(bot)
    ping(bot, hook)
    receiver.answers(429, retry_after_s=120)
    later(bot, 0)
    for _ in range(11):
        later(bot, 10)
    assert len(receiver.got) == 1
    later(bot, 15)
    assert len(receiver.got) == 2


def test_what_comes_after_a_failure_waits_only_a_little(bot: Bot, receiver: Receiver) -> None:
    hook = added(bot)
    first = ping(bot, hook)
    receiver.answers(500)
    later(bot, 0)
    bot.do(GENERATE)
    receiver.answers(200)
    bot.clock.now += timedelta(seconds=4)
    later(bot, 0)
    assert receiver.ids == [first.id]
    later(bot, 2)
    assert len(receiver.got) == 7


def test_410_switches_a_hook_off_at_once(bot: Bot, receiver: Receiver) -> None:
    hook = added(bot)
    first, second = ping(bot, hook), ping(bot, hook)
    receiver.answers(410)
    with capture_logs() as logs:
        later(bot, 0)
    assert len(receiver.got) == 1
    off = bot.store.hooks.get(hook.id)
    assert off is not None
    assert (off.is_active, off.off_reason) == (False, "The receiver answered 410 Gone.")
    assert [found(bot, each).status for each in (first, second)] == ["failed", "failed"]
    (line,) = [line for line in logs if line["event"] == "hook_switched_off"]
    assert (line["log_level"], line["hook"]) == ("warning", hook.id)
    assert line["reason"] == "The receiver answered 410 Gone."
    assert "s3cret" not in str(logs)


def test_five_days_without_a_success_switch_a_hook_off(bot: Bot, receiver: Receiver) -> None:
    hook = added(bot)
    receiver.answers(500)
    for _ in range(5):
        ping(bot, hook)
        later(bot, 0)
        later(bot, DAY_S - 1)
        assert is_active(bot, hook)
    later(bot, DAY_S)
    off = bot.store.hooks.get(hook.id)
    assert off is not None
    assert not off.is_active
    assert off.off_reason.startswith("Nothing has arrived for 5 days")
    before = len(receiver.got)
    later(bot, DAY_S)
    assert len(receiver.got) == before


def test_one_success_in_between_keeps_a_hook(bot: Bot, receiver: Receiver) -> None:
    hook = added(bot)
    for day in range(12):
        receiver.answers(200 if day == 4 else 500)
        if day == 9:
            break
        ping(bot, hook)
        later(bot, DAY_S)
    assert is_active(bot, hook)


def test_what_a_killed_sender_sent_is_sent_again_under_the_same_id(
    bot: Bot, receiver: Receiver
) -> None:
    sent = ping(bot, added(bot))
    receiver.raises(Killed())
    with pytest.raises(Killed):
        later(bot, 0)
    receiver.answers(200)
    later(bot, 10)
    assert receiver.ids == [sent.id]
    later(bot, 11)
    assert receiver.ids == [sent.id, sent.id]
    assert found(bot, sent).status == "delivered"


def test_a_delivery_over_which_senders_end_is_given_up(bot: Bot, receiver: Receiver) -> None:
    sent = ping(bot, added(bot))
    receiver.raises(Killed())
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Killed):
            later(bot, 21)
    later(bot, 21)
    assert (found(bot, sent).status, found(bot, sent).note) == ("failed", "Its senders were lost.")
    assert len(receiver.got) == MOST_ATTEMPTS


def test_a_database_that_is_away_is_waited_for(
    bot: Bot, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = ping(bot, added(bot))

    def away(*_: object) -> bool:
        raise StoreUnavailable("Away.")

    with monkeypatch.context() as patch:
        patch.setattr(bot.store.hook_deliveries, "settle", away)
        later(bot, 0)
    later(bot, 21)
    assert receiver.ids == [sent.id, sent.id]
    assert found(bot, sent).status == "delivered"


def test_a_queue_that_was_away_loses_nothing(bot: Bot, receiver: Receiver) -> None:
    sent = ping(bot, added(bot))
    bot.queue.away = True
    later(bot, 1)
    bot.queue.away = False
    assert not receiver.got
    later(bot, 1)
    assert receiver.ids == [sent.id]


def test_a_slow_receiver_holds_up_neither_commands_nor_whoever_orders(
    bot: Bot, receiver: Receiver
) -> None:
    hooks = [added(bot, f"https://hooks.example/{number}") for number in range(3)]
    for hook in hooks:
        ping(bot, hook)
    go, asked = threading.Event(), threading.Semaphore(0)

    def slow() -> HookAnswer:
        asked.release()
        assert go.wait(SOON_S)
        return HookAnswer(status=200)

    receiver.says = slow
    hands, hook_hands = Hands(1), Hands(2)
    tasks.serve_with(bot.services)
    tasks.work_with(hands, hook_hands)
    try:
        for hook in (*hooks, *hooks):
            tasks.hook(hook.id)
        for _ in range(2):
            assert asked.acquire(timeout=SOON_S)
        tasks.intake(bot.write("@firstcommit help").delivery)
        hands.finish()
        assert bot.answer.startswith("### What I can do")
        assert len(receiver.got) == 2
        go.set()
        hook_hands.finish()
    finally:
        tasks._hands.clear()
        tasks._hook_hands.clear()
        tasks._services.clear()
    later(bot, 1)
    assert len(receiver.got) == 3


def test_what_arrived_is_tidied_after_thirty_days(bot: Bot, receiver: Receiver) -> None:
    hook = added(bot)
    ping(bot, hook)
    later(bot, 0)
    bot.clock.now += timedelta(days=31)
    tidy(bot.services)
    assert not bot.store.hook_deliveries.listed(hook.id)
