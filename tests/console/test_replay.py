"""``firstcommit replay``: what failed is taken in again, or had as a new command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.jobs.intake import take_in
from bot.store.port import DeliveryStatus
from tests.console.machine import GENERATE, Machine

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def machine(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", redis_url)
    return Machine(tmp_path / "data", redis_url)


@pytest.fixture
def replay(machine: Machine, capsys: pytest.CaptureFixture[str]) -> Type:
    """Type ``firstcommit replay``: its exit code, and what it wrote."""

    def replay(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["replay", *words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return replay


def failed(machine: Machine) -> str:
    """A delivery of a command that failed before anything came of it."""
    delivery = machine.write(GENERATE)
    machine.store.deliveries.settle(delivery, DeliveryStatus.FAILED, "internal: KeyError")
    return delivery


def take_in_all(machine: Machine) -> None:
    """What the intake worker does."""
    for delivery in machine.store.deliveries.due(older_than_s=0):
        take_in(machine.services, delivery)


def test_a_failed_delivery_is_carried_out_and_only_once(machine: Machine, replay: Type) -> None:
    delivery = failed(machine)
    code, out, _ = replay(delivery)
    assert (code, out.endswith("is taken in again, now.\n")) == (0, True)
    assert machine.services.queue.depths()["intake"] == 1
    take_in_all(machine)
    assert machine.delivery(delivery).status == "done"
    assert len(machine.runs) == 1
    code, _, err = replay(delivery)
    assert code == 1
    assert "has not failed: it is done" in err


def test_the_forges_own_id_names_a_delivery_too(machine: Machine, replay: Type) -> None:
    delivery = machine.delivery(failed(machine))
    assert replay(delivery.delivery_id)[0] == 0


def test_a_command_that_was_carried_out_before_the_failure_is_not_done_twice(
    machine: Machine, replay: Type
) -> None:
    delivery = machine.write(GENERATE)
    take_in(machine.services, delivery)
    machine.store.deliveries.settle(delivery, DeliveryStatus.FAILED, "internal: KeyError")
    assert replay(delivery)[0] == 0
    take_in_all(machine)
    assert len(machine.runs) == 1


def test_again_is_a_new_command_each_time(machine: Machine, replay: Type) -> None:
    delivery = machine.write(GENERATE)
    take_in(machine.services, delivery)
    for number in (2, 3):
        code, out, _ = replay(delivery, "--again")
        assert (code, out.endswith("is taken in as a new command, now.\n")) == (0, True)
        take_in_all(machine)
        take_in_all(machine)
        assert len(machine.runs) == number
    commands = {run.command_id for run in machine.runs}
    assert len(commands) == 3


def test_again_is_checked_anew(machine: Machine, replay: Type) -> None:
    """What was allowed when it was written may be refused by now."""
    delivery = machine.write(f"{GENERATE} into=acme/orders")
    take_in(machine.services, delivery)
    machine.work(machine.runs[0])
    replay(delivery, "--again")
    take_in_all(machine)
    assert len(machine.runs) == 1
    assert machine.store.deliveries.recent(limit=1)[0].note == "repository_exists"


def test_an_attempt_that_failed_is_the_same_attempt_again(machine: Machine, replay: Type) -> None:
    delivery = machine.write(GENERATE)
    take_in(machine.services, delivery)
    replay(delivery, "--again")
    (waiting,) = machine.store.deliveries.due(older_than_s=0)
    machine.store.deliveries.settle(waiting, DeliveryStatus.FAILED, "internal: KeyError")
    replay(delivery, "--again")
    assert machine.store.deliveries.due(older_than_s=0) == [waiting]
    take_in_all(machine)
    assert len(machine.runs) == 2


def test_a_delivery_that_is_still_to_be_taken_in_is_refused(machine: Machine, replay: Type) -> None:
    delivery = machine.write(GENERATE)
    for more in ([], ["--again"]):
        code, _, err = replay(delivery, *more)
        assert code == 1
        assert "received" in err


def test_a_body_that_is_no_longer_kept_cannot_be_had_again(machine: Machine, replay: Type) -> None:
    delivery = failed(machine)
    machine.store.deliveries.purge(older_than_days=0)
    for more in ([], ["--again"]):
        code, _, err = replay(delivery, *more)
        assert code == 1
        assert "is no longer kept" in err


def test_a_delivery_that_is_not_there_is_refused(replay: Type) -> None:
    code, _, err = replay("none")
    assert code == 1
    assert "There is no delivery 'none'." in err


def test_those_that_failed_are_listed(machine: Machine, replay: Type) -> None:
    assert replay()[:2] == (0, "No delivery has failed.\n")
    delivery = failed(machine)
    take_in(machine.services, machine.write(GENERATE))
    head, line = replay()[1].splitlines()
    assert head.split() == ["ID", "DELIVERY", "FORGE", "EVENT", "RECEIVED", "WHY"]
    assert line.startswith(delivery)
    assert line.endswith("internal: KeyError")


def test_no_forge_can_say_that_its_delivery_is_a_new_command(machine: Machine) -> None:
    """The header that tells the kind is outside the signature."""
    from bot.core.signatures import sign
    from bot.web.door import Door

    thread = machine.people.open_thread("acme/shop", "Orders", "We need it.")
    comment = machine.people.say(thread, GENERATE)
    _, body = machine.people.delivery_for_comment(thread, comment)
    headers: dict[str, Any] = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "again:issue_comment",
        "X-GitHub-Delivery": "1",
        "X-Hub-Signature-256": sign(body, machine.services.keys.local_webhook_secret),
    }
    Door(machine.services).receive("local", headers, lambda most: body, len(body))
    assert machine.store.deliveries.recent() == []
