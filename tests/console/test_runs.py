"""``firstcommit runs``, as the operator types it on the machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot import cli
from bot.core.git_values import FileToWrite
from bot.core.runs import Run
from tests.console.machine import GENERATE, NEW, Machine
from tests.store.making import new_run

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def machine(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", redis_url)
    return Machine(tmp_path / "data", redis_url)


@pytest.fixture
def runs(machine: Machine, capsys: pytest.CaptureFixture[str]) -> Type:
    """Type ``firstcommit runs``: its exit code, and what it wrote."""

    def runs(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["runs", *words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return runs


def kinds(machine: Machine, run: Run) -> list[str]:
    return [event.kind for event in machine.store.runs.events(run.id)]


def failed(machine: Machine) -> Run:
    """A run that stopped at its commit, since somebody else made its branch meanwhile."""
    run = machine.ask(f"{GENERATE} branch=ours/1")
    forge = machine.services.forge("local")
    shop = forge.repository("acme/shop")
    assert shop is not None
    base = forge.head(shop, "main")
    assert base is not None
    theirs = [FileToWrite(path="theirs", content=b"theirs")]
    forge.commit_on_new_branch(shop, branch="ours/1", base=base, files=theirs, message="Mine")
    return machine.work(run)


class TestList:
    def test_the_newest_is_on_top(self, machine: Machine, runs: Type) -> None:
        first, second = machine.do(NEW), machine.ask(GENERATE)
        code, out, _ = runs("list")
        lines = [line.split() for line in out.splitlines()]
        assert code == 0
        assert lines[0] == ["RUN", "STATUS", "WORKFLOW", "THREAD", "BY", "ASKED", "WHY"]
        assert [line[:5] for line in lines[1:]] == [
            [second.short_id, "queued", "generate", "acme/shop#2", "you"],
            [first.short_id, "completed", "generate", "acme/shop#1", "you"],
        ]

    def test_a_machine_without_runs_says_so(self, runs: Type) -> None:
        assert runs("list")[:2] == (0, "There are no runs.\n")

    def test_by_status_by_number_and_page_by_page(self, machine: Machine, runs: Type) -> None:
        asked = [machine.ask(GENERATE) for _ in range(3)]
        machine.work(asked[0])
        assert ids(runs("list", "--status", "completed")) == [asked[0].short_id]
        assert ids(runs("list", "--limit", "1")) == [asked[2].short_id]
        assert ids(runs("list", "--before", asked[2].short_id)) == [
            asked[1].short_id,
            asked[0].short_id,
        ]

    def test_programs_are_told_the_same(self, machine: Machine, runs: Type) -> None:
        run = machine.ask(GENERATE)
        (told,) = json.loads(runs("list", "--json")[1])
        assert told["id"] == run.id
        assert (told["status"], told["thread"]) == ("queued", "acme/shop#1")
        assert told["requester"] == {"forge": "local", "login": "you"}

    @pytest.mark.parametrize("limit", ["0", "-1", "many", "1001"])
    def test_a_limit_that_is_none_is_a_wrong_call(self, runs: Type, limit: str) -> None:
        with pytest.raises(SystemExit, check=lambda end: end.code == 2):
            runs("list", "--limit", limit)


def ids(typed: tuple[int, str, str]) -> list[str]:
    return [line.split()[0] for line in typed[1].splitlines()[1:]]


class TestShow:
    def test_everything_that_is_kept_is_there(self, machine: Machine, runs: Type) -> None:
        run = machine.do(NEW)
        code, out, _ = runs("show", run.short_id)
        assert code == 0
        for line in (
            f"Run           {run.id}",
            "status        completed",
            "workflow      generate, which ships",
            "thread        acme/shop#1",
            '  pack: "python-package"',
            "  files  file_generation  completed  1 attempt",
            "    in  pack: ",
            "    out project: ",
            "    attempt 1: completed by machine:1, lease 1, ",
            "  gate  approval  skipped",
            "  repository:acme/orders",
            "files: 16 files from python-package",
        ):
            assert line in out

    @pytest.mark.parametrize("full", [True, False])
    def test_outputs_are_shortened_unless_the_whole_of_them_is_wanted(
        self, machine: Machine, runs: Type, full: bool
    ) -> None:
        run = machine.do(NEW)
        _, out, _ = runs("show", run.id, *(["--full"] if full else []))
        assert ("…" in out) is not full
        assert ('"clone_url"' in out) is full

    def test_a_failure_says_why_at_the_run_and_at_its_step(
        self, machine: Machine, runs: Type
    ) -> None:
        run = failed(machine)
        _, out, _ = runs("show", run.id)
        assert "status        failed" in out
        assert "failure       branch_exists: The branch" in out
        assert "    branch_exists: The branch" in out

    def test_what_is_waited_for_and_its_plan_are_there(self, machine: Machine, runs: Type) -> None:
        run = machine.do("/plan python-package name=orders")
        (plan,) = machine.store.plans.of_run(run.id)
        _, out, _ = runs("show", run.id)
        assert f"has to approve the plan {plan.digest[:12]}" in out
        assert "waits for     Somebody" in out
        assert f"  {plan.digest[:12]}  gate  pending, until " in out

    def test_sealed_inputs_stay_shut(self, machine: Machine, runs: Type) -> None:
        run = machine.store.runs.create(
            replace(new_run(), inputs={"token": {"$sealed": "v1.abc"}, "in": [{"$sealed": ["x"]}]})
        )
        for more in ([], ["--full"], ["--json"]):
            _, out, _ = runs("show", run.id, *more)
            assert "•••" in out
            assert "v1.abc" not in out

    def test_what_a_terminal_would_obey_is_not_printed(self, machine: Machine, runs: Type) -> None:
        run = machine.ask(GENERATE)
        machine.store.runs.add_event(run.id, "log", {"step": "files", "line": "red \x1b[31m\nnew"})
        _, out, _ = runs("show", run.id)
        assert "\x1b" not in out
        assert "files: red  [31m new" in out

    def test_programs_are_told_the_same(self, machine: Machine, runs: Type) -> None:
        run = machine.do(NEW)
        told = json.loads(runs("show", run.id, "--json")[1])
        assert told["id"] == run.id
        assert [step["status"] for step in told["steps"]] == [
            *("completed", "completed", "skipped", "completed", "completed", "skipped")
        ]
        assert {attempt["worker"] for attempt in told["attempts"]} == {"machine:1"}
        assert told["events"][0]["kind"] == "run_queued"
        assert {effect["status"] for effect in told["effects"]} == {"confirmed"}

    @pytest.mark.parametrize("text", ["ffff", "no", "../..", ""])
    def test_a_run_that_is_not_there_is_refused(self, runs: Type, text: str) -> None:
        code, _, err = runs("show", text)
        assert code == 1
        assert "There is no run" in err

    def test_digits_that_several_runs_begin_with_are_refused(
        self, machine: Machine, runs: Type
    ) -> None:
        for last in "12":
            number = f"abcd0000-0000-4000-8000-00000000000{last}"
            machine.store.runs.create(replace(new_run(), id=number))
        code, _, err = runs("show", "abcd")
        assert code == 1
        assert "More than one run begins with abcd." in err
        assert runs("show", "ABCD0000-0000-4000-8000-000000000001")[0] == 0


class TestCancel:
    def test_a_run_that_nobody_works_on_is_cancelled_by_the_operator(
        self, machine: Machine, runs: Type
    ) -> None:
        run = machine.ask(GENERATE)
        assert runs("cancel", run.short_id)[:2] == (0, f"Run {run.short_id} is cancelled.\n")
        found = machine.store.runs.get(run.id)
        assert found is not None
        assert (found.status, found.cancel_requested_by) == ("cancelled", "operator")

    def test_a_run_that_is_worked_on_is_told(self, machine: Machine, runs: Type) -> None:
        run = machine.ask(GENERATE)
        machine.store.runs.lease(run.id, worker="other:1", lease_s=60)
        assert runs("cancel", run.id)[:2] == (0, f"Run {run.short_id} is told to stop.\n")
        assert machine.store.runs.cancel_requested(run.id)

    def test_a_run_that_has_ended_is_refused(self, machine: Machine, runs: Type) -> None:
        run = machine.do(NEW)
        code, _, err = runs("cancel", run.id)
        assert code == 1
        assert "is completed already" in err


class TestRetry:
    def test_a_failed_run_goes_on_and_the_operator_is_on_record(
        self, machine: Machine, runs: Type
    ) -> None:
        run = failed(machine)
        code, out, _ = runs("retry", run.short_id)
        assert (code, out) == (
            0,
            f"Run {run.short_id} is queued; it goes on from where it stopped.\n",
        )
        found = machine.store.runs.get(run.id)
        assert found is not None
        assert found.status == "queued"
        assert machine.services.queue.depths()["runs"] > 0
        said = [event.data for event in machine.store.runs.events(run.id) if event.kind == "log"]
        assert said[-1]["by"] == "operator"

    def test_a_step_is_done_again_with_all_that_depend_on_it(
        self, machine: Machine, runs: Type
    ) -> None:
        run = machine.do(NEW)
        code, out, _ = runs("retry", run.id, "--step", "commit")
        assert code == 0
        assert "it does commit, change again" in out
        found = machine.store.runs.get(run.id)
        assert found is not None
        assert (found.step("commit").round, found.step("files").round) == (1, 0)

    def test_a_step_that_is_not_there_is_refused_with_those_that_are(
        self, machine: Machine, runs: Type
    ) -> None:
        run = machine.do(NEW)
        code, _, err = runs("retry", run.id, "--step", "comit")
        assert code == 1
        assert "Did you mean `commit`?" in err

    def test_a_completed_run_is_not_done_again_as_a_whole(
        self, machine: Machine, runs: Type
    ) -> None:
        run = machine.do(NEW)
        code, _, err = runs("retry", run.id)
        assert code == 1
        assert err
        assert kinds(machine, run)[-1] != "log"

    def test_a_queue_that_is_away_is_told(
        self, machine: Machine, runs: Type, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = failed(machine)
        monkeypatch.delenv("REDIS_URL")
        code, out, _ = runs("retry", run.id)
        assert code == 0
        assert "as soon as a worker finds it" in out


class TestLog:
    def test_what_happened_is_printed_in_order(self, machine: Machine, runs: Type) -> None:
        run = machine.do(NEW)
        code, out, _ = runs("log", run.id)
        assert code == 0
        assert [line.split()[3] for line in out.splitlines()] == kinds(machine, run)
        assert runs("log", run.id, "--follow")[1] == out

    def test_programs_get_an_object_a_line(self, machine: Machine, runs: Type) -> None:
        run = machine.do(NEW)
        lines = runs("log", run.id, "--json")[1].splitlines()
        assert [json.loads(line)["kind"] for line in lines] == kinds(machine, run)

    def test_a_live_run_is_followed_to_its_end(self, machine: Machine, runs: Type) -> None:
        run = machine.ask(NEW)
        worker = threading.Timer(0.7, machine.work, [run])
        worker.start()
        _, out, _ = runs("log", run.id, "--follow")
        worker.join()
        told = [line.split()[3] for line in out.splitlines()]
        assert told[: len(told)] == kinds(machine, run)[: len(told)]
        assert "run_completed" in told


class TestReplay:
    def test_a_recorded_run_is_played_again(self, machine: Machine, runs: Type) -> None:
        machine.services = replace(
            machine.services, settings=machine.services.settings.replace(record_runs=True)
        )
        run = machine.do(NEW)
        code, out, _ = runs("replay", run.short_id)
        assert "The outcome is what it was: completed." in out
        assert "Nothing was done" in out
        assert code == 0
        changed = machine.services.settings.data_dir / "changed.jsonl"
        tape = machine.services.settings.data_dir / "recordings" / f"{run.id}.jsonl"
        text = tape.read_text()
        changed.write_text(text.replace('"status": "completed"', '"status": "failed"'))
        code, out, _ = runs("replay", str(changed), "--json")
        assert code == 1
        assert json.loads(out)["differences"][0] == "It ended as completed, not as failed."

    def test_one_that_was_not_recorded_is_refused(self, machine: Machine, runs: Type) -> None:
        run = machine.do(NEW)
        code, _, err = runs("replay", run.id)
        assert code == 1
        assert "FIRSTCOMMIT_RECORD_RUNS" in err


def test_an_older_database_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))
    assert cli.main(["runs", "list"]) == 2
    assert "firstcommit migrate" in capsys.readouterr().err
