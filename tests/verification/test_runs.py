"""Runs whose projects' own checks do what they should not: each is stopped, and told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.asking import Asked, ask, line
from bot.core.git_values import Check, CheckState
from bot.core.policy import Approval, Policy, Verify
from bot.errors import ConfigurationError
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.jobs.verify import verify_waiting
from bot.jobs.worker import work
from bot.sandbox.bubblewrap import Bubblewrap
from bot.services import NoSandbox
from bot.store.port import FileEdit, NewFile, Verification
from bot.verification import declared
from tests.spine import Bot

PACK = """
name: acting
version: 1.0.0
summary: Does as it is told when its tests run
questions:
  name: {type: string}
  act: {type: text}
checks:
  - {name: lint, run: [sh, -c, "true"]}
  - {name: tests, run: [sh, tests.sh]}
"""
REQUIRE = Policy(verify=Verify.REQUIRE)
FAILS = "echo src/a.py:3: AssertionError: 1 != 2; exit 1"


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    folder = tmp_path / "packs" / "acting"
    (folder / "files" / "src").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    (folder / "files" / "tests.sh").write_text("{{ act }}\n")
    (folder / "files" / "src" / "a.py").write_text("a = 1\n\n\nb = 2\n")
    return folder.parent


@pytest.fixture
def bot(
    tmp_path: Path, spine_database: Path, packs: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bot]:
    monkeypatch.setattr(declared, "LIMITS", replace(declared.LIMITS, processes=48))
    made = Bot(tmp_path, spine_database, packs=packs, sandbox=Bubblewrap())
    yield made
    made.store.database.close()


def generate(bot: Bot, act: str, words: str = "") -> None:
    bot.do(f"/generate acting name=orders {words} act='{act}'")


def check_of(bot: Bot) -> Check:
    (change,) = bot.forge.people.changes(bot.shop)
    head = bot.forge.head(bot.shop, change.branch)
    assert head is not None
    (check,) = bot.forge.people.checks(bot.shop, head.id)
    return check


def evidence(bot: Bot) -> Verification:
    (kept,) = bot.store.verifications.of_run(bot.run.id)
    return kept


@pytest.mark.needs("bwrap")
class TestWithASandbox:
    def test_what_passes_is_published_with_its_evidence(self, bot: Bot) -> None:
        bot.change(policy=REQUIRE)
        generate(bot, "true")
        assert bot.run.status == "completed"
        assert "Verify them — every file parses, no secrets; 2 checks passed" in bot.living
        check = check_of(bot)
        assert (check.state, check.title) == (CheckState.PASSED, "Generated and verified")
        assert "sh tests.sh" in check.text
        assert evidence(bot).digest[:12] in bot.living

    @pytest.mark.parametrize(
        ("act", "told"),
        [
            (FAILS, "❌ failed | exit code 1"),
            # What is left at the end needs no further process, and so waits to be seen.
            (
                "(while true; do sleep 1000 & done); exec sleep 1000",
                "❌ stopped | it started more processes",
            ),
            ("echo x > /usr/outside", "❌ failed | exit code 2"),
        ],
    )
    def test_what_does_not_pass_is_told_and_not_published_where_it_must_be_verified(
        self, bot: Bot, act: str, told: str
    ) -> None:
        bot.change(policy=REQUIRE)
        generate(bot, act)
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "not_verified"
        assert "the check tests failed" in bot.run.failure.message
        assert "has passed before committing the files, and" in bot.run.failure.message
        assert "1 of 2 checks failed" in bot.living
        assert told in bot.living
        assert not bot.forge.calls_of("commit_on_new_branch")

    @pytest.mark.parametrize("together", [False, True], ids=["one", "all together"])
    def test_checks_that_take_too_long_are_stopped(
        self, bot: Bot, monkeypatch: pytest.MonkeyPatch, together: bool
    ) -> None:
        if together:
            monkeypatch.setattr(declared, "TOTAL_S", 1.0)
        else:
            monkeypatch.setattr(declared, "LIMITS", replace(declared.LIMITS, time_s=1.0))
        bot.change(policy=REQUIRE)
        generate(bot, "sleep 1000")
        assert "❌ stopped | it took longer than it may" in bot.living
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "not_verified"

    def test_the_network_is_not_reached(self, bot: Bot) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            port = server.getsockname()[1]
            dial = f"import socket; socket.create_connection((None, {port}))"
            generate(bot, f'/python -c "{dial}"')
            with pytest.raises(BlockingIOError):
                server.accept()
        assert "ConnectionRefusedError" in bot.living

    def test_where_it_is_only_reported_it_is_published_with_what_failed(self, bot: Bot) -> None:
        generate(bot, FAILS)
        assert bot.run.status == "completed"
        check = check_of(bot)
        assert check.state is CheckState.FAILED
        assert check.title == "Generated; 1 check failed"
        assert bot.living.startswith("### ⚠️ orders is proposed in [#2](")
        assert bot.living.splitlines()[0].endswith("); 1 check failed")
        assert "- [ ] ⚠️ Verify them — every file parses, no secrets; 1 of 2 " in bot.living
        (note,) = check.annotations
        assert (note.path, note.line, note.title) == ("src/a.py", 3, "tests")
        assert "AssertionError" in note.message
        (change,) = bot.forge.people.changes(bot.shop)
        assert (
            "**1 check of the project failed**: `tests`"
            in (bot.forge.people.change_texts(bot.shop, change.number)[1])
        )

    def test_annotations_stand_where_the_files_are(self, bot: Bot) -> None:
        generate(bot, FAILS, "path=services/orders")
        assert [note.path for note in check_of(bot).annotations] == ["services/orders/src/a.py"]

    def test_nobody_is_asked_to_approve_what_may_not_be_published(self, bot: Bot) -> None:
        bot.change(policy=Policy(verify=Verify.REQUIRE, approval=Approval.ALWAYS))
        generate(bot, "exit 1")
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "not_verified"
        assert not bot.store.plans.of_run(bot.run.id)

    def test_files_that_somebody_has_all_written_anew_have_the_packs_checks(self, bot: Bot) -> None:
        bot.change(policy=REQUIRE)
        bot.do("/plan acting name=orders act=true")
        project = str(bot.run.project_id)
        for known in bot.store.projects.files(project):
            content = b"exit 1\n" if known.name == "tests.sh" else b"anew: 1\n"
            file = NewFile(path=known.path, content=content, mode=known.mode, origin="person")
            seen = frozenset([known.content_hash])
            edit = FileEdit(by="ann", expected=seen, check=lambda files: None)
            bot.store.projects.write_file(project, file, edit)
            # The plan lapses with the first of them.
            bot.work(bot.run.id)
        bot.do("/retry")
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "not_verified"
        assert not bot.store.plans.of_run(bot.run.id)[1:]

    def test_a_secret_that_a_check_prints_is_masked(self, bot: Bot) -> None:
        secret = "AKIA" + "Q3EGPLZXCVBNMASD"
        generate(bot, f"printf %s%s AKIA {secret.removeprefix('AKIA')}; exit 1")
        assert "looks like a secret" in bot.living
        assert secret not in bot.living
        assert secret not in str(evidence(bot).document)


@pytest.mark.needs("bwrap")
def test_what_a_plans_checks_found_is_said_to_whoever_may_approve_it(bot: Bot) -> None:
    bot.do(f"/plan acting name=orders act='{FAILS}'")
    first = bot.living.splitlines()[0]
    assert first == "### ⏸️ orders: planned, and waiting for approval; 1 check failed"


@pytest.mark.needs("bwrap")
def test_a_secret_answer_that_a_check_prints_is_masked(bot: Bot, packs: Path) -> None:
    asks = PACK.replace("checks:", "  word: {type: secret}\nchecks:")
    (packs / "acting" / "pack.yaml").write_text(asks)
    (packs / "acting" / "files" / "word.txt").write_text("{{ word }}\n")
    bot.change(generator=ProjectGenerator(PackLibrary(packs)))
    act = "cat word.txt; base64 word.txt; echo no good in word.txt:1: $(cat word.txt) >&2; exit 1"
    answers = {"name": "orders", "act": act, "word": "rumpelstiltskin"}
    told = ask(
        bot.services,
        Asked(
            actor=bot.person("mia"),
            who="mia",
            key=None,
            found=line("generate", "acting"),
            place=bot.shop,
            thread=bot.thread,
            given=answers,
        ),
    )
    assert told.run is not None
    bot.drain()
    assert "no good in word.txt:1: •••" in bot.living
    text = f"{bot.living}{evidence(bot).document}{check_of(bot)}"
    assert "rumpelstiltskin" not in text
    assert "cnVtcGVsc3RpbHRza2lu" not in text
    assert "•••" in check_of(bot).text


class TestWithoutASandbox:
    def test_what_was_not_run_is_said_and_published_where_that_is_allowed(self, bot: Bot) -> None:
        bot.change(sandbox=NoSandbox("bubblewrap is not installed: `apt install bubblewrap`."))
        generate(bot, "true")
        assert bot.run.status == "completed"
        assert "2 checks not run" in bot.living
        assert "Not run: needs a sandbox. bubblewrap is not installed" in bot.living
        assert check_of(bot).title == "Generated; 2 checks not run"

    def test_where_it_must_be_verified_nothing_is_published(self, bot: Bot) -> None:
        bot.change(sandbox=NoSandbox("bubblewrap is not installed."), policy=REQUIRE)
        generate(bot, "true")
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "not_verified"
        assert "could not be run: needs a sandbox" in bot.run.failure.message
        assert "bubblewrap is not installed" in bot.run.failure.remedy
        assert not bot.forge.calls_of("commit_on_new_branch")

    @pytest.mark.needs("bwrap")
    def test_a_worker_that_has_one_does_it_while_the_run_waits(self, bot: Bot) -> None:
        bot.change(sandbox=NoSandbox(), policy=REQUIRE)
        bot.queue.listening = 1
        generate(bot, "true")
        assert bot.run.status == "waiting"
        assert "A worker that has a sandbox verifies the files" in bot.living
        assert bot.queue.verifications == [bot.run.id]
        verify_waiting(replace(bot.services, sandbox=Bubblewrap()), bot.run.id)
        bot.drain()
        assert bot.run.status == "completed"
        assert "2 checks passed" in bot.living

    def test_one_that_has_gone_is_not_waited_for(self, bot: Bot) -> None:
        bot.change(sandbox=NoSandbox())
        bot.queue.listening = 1
        generate(bot, "true")
        assert bot.run.status == "waiting"
        bot.queue.listening = 0
        bot.later(61)
        assert bot.run.status == "completed"
        assert "2 checks not run" in bot.living

    def test_a_worker_without_one_does_not_take_such_work(self, bot: Bot) -> None:
        bot.change(sandbox=NoSandbox("bubblewrap is not installed."))
        with pytest.raises(ConfigurationError) as refused:
            work(bot.services, ["verify"], count=1)
        assert "bubblewrap is not installed" in refused.value.message
