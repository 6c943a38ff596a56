"""A pack that fails is not tried again at once, by whichever process."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import BotError, NotSupported, StepFailed, UserError
from bot.generation.foreign import failures
from bot.generation.foreign.bundle import Bundle
from bot.generation.foreign.failures import Failures
from bot.generation.foreign.rooms import Rooms
from bot.sandbox.port import Ending, SandboxOrder, SandboxOutcome
from tests.foreign_packs import COPIER, SERVICE, InThisProcess, bundle, source


class Counting(InThisProcess):
    """Counts the children; those after ``well`` of them are stopped when their time is over."""

    def __init__(self, well: int = 0) -> None:
        self.well = well
        self.started = 0

    def run(self, order: SandboxOrder, *, poll: object = None) -> SandboxOutcome:
        self.started += 1
        if self.started <= self.well:
            return super().run(order)
        return SandboxOutcome(
            ending=Ending.TIMED_OUT, exit_code=None, stdout=b"", stderr=b"", duration_s=30.0
        )


def failed(rooms: Rooms, given: Bundle, reason: str) -> BotError:
    with pytest.raises((UserError, StepFailed)) as caught:
        rooms.read(given, source("service"))
    assert caught.value.reason == reason
    return caught.value


@pytest.mark.parametrize("kept", [False, True])
def test_one_that_is_stopped_is_stopped_once(tmp_path: Path, kept: bool) -> None:
    sandbox, given = Counting(), bundle(SERVICE)
    folder = tmp_path / "packs" if kept else None
    rooms = Rooms(sandbox, kept_in=folder)
    first = failed(rooms, given, "template_error")
    again = failed(Rooms(sandbox, kept_in=folder) if kept else rooms, given, "template_error")
    assert sandbox.started == 1
    assert type(first) is type(again)
    assert (first.message, first.remedy) == (again.message, again.remedy)
    # Whoever mends it does not wait.
    failed(rooms, bundle({**SERVICE, "files/new": "x"}), "template_error")
    assert sandbox.started == 2


def test_one_that_is_wrong_is_read_once() -> None:
    sandbox = Counting(well=5)
    rooms = Rooms(sandbox)
    broken = bundle({"pack.yaml": "name: service\n", "files/x": "x"})
    for _ in range(3):
        failed(rooms, broken, "bad_pack")
    assert sandbox.started == 1


def test_one_that_does_not_come_to_an_end_with_its_answers_is_not_asked_at_once_again() -> None:
    sandbox = Counting(well=1)
    rooms = Rooms(sandbox)
    pack = rooms.read(bundle(COPIER), source("service"))
    for name in ("orders", "parcels"):
        with pytest.raises(StepFailed, match="took too long"):
            rooms.resolve(pack, {"project_name": name}, {})
    assert sandbox.started == 2


def test_after_a_while_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    known = Failures(None, now=lambda: now[0])
    known.keep("a", UserError("Wrong.", reason="bad_pack"))
    with pytest.raises(UserError, match="Wrong"):
        known.raise_kept("a")
    known.raise_kept("b")
    now[0] += failures.KEPT_S
    known.raise_kept("a")


def test_what_is_no_pack_s_fault_is_not_kept() -> None:
    known = Failures(None)
    known.keep("a", NotSupported("No sandbox.", reason="no_sandbox"))
    known.raise_kept("a")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": 1}', '{"at": "x", "kind": "Exception"}'])
def test_what_is_not_ours_on_disk_is_nothing(tmp_path: Path, text: str) -> None:
    known = Failures(tmp_path)
    known.keep("a", UserError("Wrong.", reason="bad_pack"))
    (path,) = tmp_path.iterdir()
    path.write_text(text)
    known.raise_kept("a")
