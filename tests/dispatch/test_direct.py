"""What programs ask for directly, without a thread: begun once, and carried out to its end."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.asking import Asked, Told, ask, line
from bot.core.homes import account_home, repository_home
from bot.core.identity import Actor, Permission, Repository
from bot.core.runs import ProjectStatus, Run, RunStatus, StepStatus
from bot.errors import UserError
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.spine import Bot, Killed, secretive_pack

ORDERS: Mapping[str, object] = {"name": "orders"}


def asked(bot: Bot, verb: str = "generate", *words: str, **more: Any) -> Asked:
    """Somebody asks for the pack ``library`` where nothing else is said; ann, if nobody."""
    login = more.pop("login", "ann")
    options, text = more.pop("options", {}), more.pop("text", "")
    packs = words or (("library",) if verb in ("generate", "plan") else ())
    return Asked(
        actor=more.pop("actor", None) or bot.person(login),
        who=f"person:{login}",
        key=more.pop("key", None),
        found=line(verb, *packs, options=options, text=text),
        **more,
    )


def told(bot: Bot, asking: Asked) -> Told:
    """What comes of it, after the workers did what they could."""
    said = ask(bot.services, asking)
    bot.drain()
    return said


def about(bot: Bot, run: Run, verb: str, login: str, *words: str, **more: Any) -> Told:
    """Somebody asks for something to be done with a run."""
    return told(bot, about_it(bot, run, verb, login, *words, **more))


def about_it(bot: Bot, run: Run, verb: str, login: str, *words: str, **more: Any) -> Asked:
    """What somebody asks for with a run."""
    return asked(
        bot, verb, *words, login=login, place=run.repository, thread=run.thread, run_id=run.id,
        **more,
    )  # fmt: skip


def refused(bot: Bot, asking: Asked) -> str:
    """The reason of the refusal."""
    with pytest.raises(UserError) as caught:
        ask(bot.services, asking)
    return caught.value.reason


def into_shop(bot: Bot, **more: Any) -> Asked:
    """Ann asks for a change on the shop."""
    options = {"into": "github:acme/shop", "existing": "yes", "path": "orders"}
    return asked(bot, given=ORDERS, place=bot.shop, options=options, **more)


def test_without_a_thread_a_change_is_opened_on_a_repository_that_is_there(bot: Bot) -> None:
    told(bot, into_shop(bot))
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    (change,) = bot.forge.people.changes(bot.shop)
    _, text = bot.forge.people.change_texts(bot.shop, change.number)
    assert "thread" not in text.lower()
    assert bot.run.thread is None
    assert bot.comments == []


def into_new(bot: Bot, name: str = "acme/orders", **more: Any) -> Asked:
    """Somebody, olga if nobody, asks for a new repository."""
    more = {"login": "olga", **more}
    options = {"into": f"github:{name}", **more.pop("options", {})}
    return asked(bot, given=ORDERS, options=options, **more)


def test_a_new_repository_is_made_and_the_run_belongs_to_it_then(bot: Bot) -> None:
    begun = told(bot, into_new(bot)).run
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    assert begun is not None
    assert begun.home == account_home(bot.person("olga"))
    made = bot.repository("acme/orders")
    assert made is not None
    assert bot.run.home == repository_home(made)
    assert "README.md" in bot.files("acme/orders")


@pytest.mark.parametrize("where", [".", ""])
def test_here_is_nowhere_without_a_repository(bot: Bot, where: str) -> None:
    assert refused(bot, asked(bot, given=ORDERS, options={"into": where})) == "bad_destination"


@pytest.mark.parametrize("operates", [False, True])
def test_nothing_is_asked_for_on_a_forge_where_one_has_no_account(bot: Bot, operates: bool) -> None:
    stranger = Actor(forge="local", account_id="1", login="olga")
    asking = into_new(bot, actor=stranger, operates=operates)
    assert refused(bot, asking) == "foreign_forge"
    assert bot.runs == []
    assert bot.repository("acme/orders") is None


def test_the_operator_may_not_publish_in_the_name_of_whoever_owns_a_repository(bot: Bot) -> None:
    nobody = Actor(forge="server", account_id="operator", login="operator")
    asking = into_shop(bot, actor=nobody, operates=True)
    assert refused(bot, asking) in ("no_write", "foreign_forge")
    assert bot.runs == []


def test_a_member_who_owns_nothing_has_no_repository_made(bot: Bot) -> None:
    assert refused(bot, into_new(bot, login="mia")) == "may_not_create"
    assert refused(bot, into_new(bot, login="eve")) == "may_not_create"


# Once.


def test_the_same_key_twice_begins_one_run(bot: Bot) -> None:
    first = told(bot, into_shop(bot, key="k1"))
    second = told(bot, into_shop(bot, key="k1"))
    assert second.again
    assert first.run is not None and second.run is not None
    assert first.run.id == second.run.id
    assert len(bot.runs) == 1


def test_the_same_key_is_the_same_request_also_once_its_repository_is_there(bot: Bot) -> None:
    first = told(bot, into_new(bot, key="k1", wants_project=True))
    assert bot.run.status is RunStatus.COMPLETED
    again = into_new(bot, key="k1", wants_project=True, place=bot.repository("acme/orders"))
    second = told(bot, again)
    assert second.again
    assert second.run is not None and first.run is not None
    assert second.run.id == first.run.id


@pytest.mark.parametrize("given", [{"name": "others"}, {"name": "orders", "lines": 4}])
def test_another_body_under_the_same_key_is_refused(bot: Bot, given: Mapping[str, object]) -> None:
    told(bot, into_shop(bot, key="k1"))
    assert refused(bot, replace(into_shop(bot, key="k1"), given=given)) == "key_used_otherwise"
    assert len(bot.runs) == 1


def test_the_same_key_of_somebody_else_is_another_one(bot: Bot) -> None:
    told(bot, into_shop(bot, key="k1"))
    told(bot, into_shop(bot, key="k1", login="mia"))
    assert len(bot.runs) == 2


def test_the_same_key_at_once_begins_one_run(bot: Bot) -> None:
    asking, came = into_shop(bot, key="k1"), []
    begin = threading.Barrier(4)

    def call() -> None:
        begin.wait()
        came.append(ask(bot.services, asking))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bot.drain()
    assert len(bot.runs) == 1
    assert {said.run.id for said in came if said.run} == {bot.run.id}
    assert len(came) == 4
    assert len(bot.forge.people.changes(bot.shop)) == 1


def test_a_kill_between_the_command_and_its_run_is_made_good_by_asking_again(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = into_shop(bot, key="k1")
    bot.kill_at("permission")
    with pytest.raises(Killed):
        ask(bot.services, asking)
    assert bot.runs == []
    told(bot, asking)
    assert len(bot.runs) == 1
    assert bot.run.status is RunStatus.COMPLETED


def test_a_kill_between_a_run_and_its_queue_leaves_it_to_the_sweep(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.queue.away = True
    said = ask(bot.services, into_shop(bot, key="k1"))
    assert said.run is not None
    bot.queue.away = False
    bot.later(6)
    assert bot.run.status is RunStatus.COMPLETED


def test_a_refusal_is_found_out_anew_for_the_same_key_once_it_can_be_done(bot: Bot) -> None:
    assert refused(bot, into_shop(bot, key="k1", login="rita")) == "no_write"
    assert refused(bot, into_shop(bot, key="k1", login="rita")) == "no_write"
    bot.forge.permissions["acme/shop", "rita"] = Permission.WRITE
    told(bot, into_shop(bot, key="k1", login="rita"))
    assert bot.run.status is RunStatus.COMPLETED


def test_whoever_asks_much_by_programs_is_still_heard_in_threads(bot: Bot) -> None:
    for _ in range(70):
        ask(bot.services, asked(bot, "templates", login="rita", place=bot.shop))
    bot.post("@firstcommit templates", author="rita")
    assert "library" in bot.answer


# Secrets.


def test_secrets_that_were_given_as_answers_are_nowhere(
    bot: Bot, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secret = "hunter2-hunter2-hunter2"
    caplog.set_level(logging.DEBUG)
    bot.change(generator=ProjectGenerator(PackLibrary(secretive_pack(tmp_path / "packs"))))
    bot.store.organisations.installed(
        "github", bot.shop.owner_id, "acme", is_person=False, installation="77"
    )
    asking = asked(bot, "generate", "secretive", login="mia", given={**ORDERS, "token": secret})
    told(bot, asking)
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    assert secret not in repr(asking) and secret not in repr(bot.run)
    # What lies in the files is what was asked for; nothing else may hold it.
    with sqlite3.connect(bot.services.settings.data_dir / "store.db") as connection:
        dump = [row for row in connection.iterdump() if "blobs" not in row]
    assert not [row for row in dump if secret in row and "project_files" not in row]
    out = capsys.readouterr()
    assert secret not in out.out + out.err + caplog.text


# Approval.


def say(bot: Bot, *lines: str, where: Repository | None = None) -> None:
    """The policy of a repository, the shop where none is named."""
    text = "\n".join(["version: 1", *lines])
    bot.commit(".github/firstcommit.yml", text.encode(), where=where)


def planned(bot: Bot, asking: Asked) -> tuple[Run, str]:
    """A run that waits, and the digest of its plan."""
    told(bot, asking)
    assert bot.run.status is RunStatus.WAITING, bot.run.failure
    return bot.run, bot.store.plans.of_run(bot.run.id)[-1].digest


def test_a_plan_that_policy_demands_is_approved_by_somebody_who_may(bot: Bot) -> None:
    say(bot, "approval: always")
    run, digest = planned(bot, into_shop(bot))
    about(bot, run, "approve", "mia", digest[:12])
    assert bot.run.status is RunStatus.COMPLETED
    assert len(bot.forge.people.changes(bot.shop)) == 1


def test_nobody_approves_their_own_where_policy_says_so(bot: Bot) -> None:
    say(bot, "approval: always", "permissions: {approve: {role: write, own: false}}")
    run, digest = planned(bot, into_shop(bot))
    with pytest.raises(UserError, match="You asked for this yourself") as caught:
        about(bot, run, "approve", "ann", digest)
    assert caught.value.reason == "own_request"
    about(bot, run, "approve", "mia", digest)
    assert bot.run.status is RunStatus.COMPLETED


@pytest.mark.parametrize("new", [False, True])
def test_the_operator_approves_nothing_on_a_forge(bot: Bot, new: bool) -> None:
    making = into_new(bot) if new else into_shop(bot)
    plan = replace(making, found=line("plan", "library", options=dict(making.found[0].options)))
    run, digest = planned(bot, plan)
    operator = Actor(forge="server", account_id="operator", login="operator")
    with pytest.raises(UserError) as caught:
        about(bot, run, "approve", "operator", digest, actor=operator, operates=True)
    assert caught.value.reason in ("no_read", "no_right")
    assert bot.run.status is RunStatus.WAITING


@pytest.mark.parametrize("login", ["rita", "tom", "eve"])
@pytest.mark.parametrize("verb", ["approve", "reject", "cancel"])
def test_who_has_no_write_moves_nothing_of_others(bot: Bot, login: str, verb: str) -> None:
    say(bot, "approval: always")
    run, digest = planned(bot, into_shop(bot))
    words = (digest,) if verb == "approve" else ()
    with pytest.raises(UserError) as caught:
        about(bot, run, verb, login, *words)
    assert caught.value.reason in ("no_right", "no_read")
    assert bot.run == run


@pytest.mark.parametrize("verb", ["reject", "cancel"])
@pytest.mark.parametrize("login", ["ann", "mia"])
def test_requesters_and_writers_end_a_run(bot: Bot, verb: str, login: str) -> None:
    say(bot, "approval: always")
    bot.forge.permissions["acme/shop", "ann"] = Permission.WRITE
    run, _ = planned(bot, into_shop(bot))
    bot.forge.permissions["acme/shop", "ann"] = Permission.READ
    about(bot, run, verb, login)
    assert bot.run.status is (RunStatus.FAILED if verb == "reject" else RunStatus.CANCELLED)
    assert not bot.forge.people.changes(bot.shop)


def test_a_requester_without_any_right_left_moves_nothing(bot: Bot) -> None:
    say(bot, "approval: always")
    run, _ = planned(bot, into_shop(bot))
    bot.forge.permissions["acme/shop", "ann"] = Permission.NONE
    with pytest.raises(UserError) as caught:
        about(bot, run, "cancel", "ann")
    assert caught.value.reason == "no_read"


def test_a_plan_whose_file_has_changed_is_refused_as_often_as_it_is_asked_for(bot: Bot) -> None:
    say(bot, "approval: always")
    run, digest = planned(bot, into_shop(bot))
    bot.commit("orders/README.md", b"By somebody else.\n")
    reasons = []
    for _ in range(2):
        with pytest.raises(UserError) as caught:
            about(bot, run, "approve", "mia", digest, key="k1")
        reasons.append(caught.value.reason)
    assert reasons == ["plan_changed"] * 2
    assert not bot.forge.people.changes(bot.shop)


def test_a_move_under_the_same_key_is_made_once(bot: Bot) -> None:
    say(bot, "approval: always")
    run, digest = planned(bot, into_shop(bot))
    first = about(bot, run, "approve", "mia", digest, key="k1")
    second = about(bot, run, "approve", "mia", digest, key="k1")
    assert first.reason == second.reason == "approved"
    assert second.again
    assert len(bot.forge.people.changes(bot.shop)) == 1


@pytest.mark.parametrize("login", ["rita", "eve"])
def test_a_failed_run_is_taken_up_again_by_its_requester_and_no_stranger(
    bot: Bot, login: str
) -> None:
    bot.fail("open_change", UserError("No.", reason="no_access"))
    told(bot, into_shop(bot))
    run = bot.run
    assert run.status is RunStatus.FAILED
    with pytest.raises(UserError) as caught:
        about(bot, run, "retry", login)
    assert caught.value.reason in ("no_right", "no_read")
    about(bot, run, "retry", "ann")
    assert bot.run.status is RunStatus.COMPLETED


# What stays here.


def stored(bot: Bot, **more: Any) -> Asked:
    """Mia, a member of acme, asks for files that stay here."""
    bot.store.organisations.installed(
        "github", bot.shop.owner_id, "acme", is_person=False, installation="77"
    )
    return asked(bot, login="mia", given=ORDERS, **more)


def writes(bot: Bot) -> list[str]:
    """The calls that change something on the forge."""
    reading = ("repository", "permission", "owner", "read_file", "in_team", "me", "head", "grant")
    return [call.method for call in bot.forge.calls if call.method not in reading]


def test_without_a_destination_the_files_stay_here(bot: Bot) -> None:
    told(bot, stored(bot))
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    project = bot.store.projects.get(bot.run.project_id or "")
    assert project is not None
    assert project.status is ProjectStatus.COMPLETED
    assert bot.store.projects.files(project.id)
    assert bot.run.home == project.home == account_home(bot.person("mia"))
    skipped = {step.uses for step in bot.run.steps if step.status is StepStatus.SKIPPED}
    assert {"commit", "open_change", "repo_creation", "approval"} <= skipped
    assert writes(bot) == []


@pytest.mark.parametrize("login", ["pia", "eve", "rita"])
def test_only_members_of_an_organisation_of_ours_keep_files_here(bot: Bot, login: str) -> None:
    assert refused(bot, replace(stored(bot), actor=bot.person(login))) == "no_membership"


def test_what_is_to_be_planned_has_somewhere_to_go(bot: Bot) -> None:
    asking = stored(bot)
    assert refused(bot, replace(asking, found=line("plan", "library"))) == "key_not_fitting"


def test_an_organisations_own_workflow_is_not_used_where_no_repository_is_named(bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github", private=False)
    text = 'steps: [{id: said, uses: notify, with: {message: "Here I am."}}]\n'
    for name in ("own", "generate"):
        path = f".github/firstcommit/workflows/{name}.yaml"
        bot.commit(path, f"name: {name}\n{text}".encode(), where=home)
    asking = replace(stored(bot), found=line("generate", options={"workflow": "own"}))
    assert refused(bot, asking) == "unknown_workflow"
    told(bot, stored(bot))
    assert bot.run.status is RunStatus.COMPLETED
    assert "notify" not in {step.uses for step in bot.run.steps}


def test_a_workflow_that_makes_no_project_is_none_to_ask_projects_of(bot: Bot) -> None:
    asking = replace(stored(bot), found=line("generate", options={"workflow": "export"}))
    reason = refused(bot, replace(asking, wants_project=True, given={}))
    assert reason in ("no_project", "missing_input")
    assert bot.runs == []


# To its end, and beyond.


def test_a_run_without_a_thread_is_finished_for_good_and_reported_nowhere(bot: Bot) -> None:
    told(bot, into_shop(bot))
    before = len(bot.forge.calls_of("add_comment", "edit_comment"))
    bot.later(60)
    bot.later(3600)
    assert bot.store.runs.unreported(finished_for_s=0) == []
    assert len(bot.forge.calls_of("add_comment", "edit_comment")) == before == 0


def test_a_run_without_a_thread_goes_on_after_a_kill(bot: Bot) -> None:
    ask(bot.services, into_shop(bot))
    bot.kill_at("open_change", after=True)
    with pytest.raises(Killed):
        bot.drain()
    bot.later(300)
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    assert len(bot.forge.people.changes(bot.shop)) == 1


def test_what_an_organisation_has_is_gone_when_it_is_erased(bot: Bot) -> None:
    told(bot, stored(bot))
    told(bot, into_shop(bot))
    told(bot, into_new(bot))
    assert len(bot.store.places.on("github")) == 2
    bot.store.organisations.remove("github", "77")
    bot.clock.now += timedelta(days=31)
    bot.store.organisations.erase_removed()
    assert bot.store.places.on("github") == []
    left = [run.home for run in bot.runs]
    # What mia has for herself is hers.
    assert left == [account_home(bot.person("mia"))]
    with sqlite3.connect(bot.services.settings.data_dir / "store.db") as connection:
        rows = connection.execute("SELECT count(*) FROM commands").fetchone()
    assert rows == (1,)


def test_who_approves_directly_reads_of_no_comment_and_no_command(bot: Bot) -> None:
    say(bot, "approval: always")
    run, digest = planned(bot, into_shop(bot))
    first = ask(bot.services, about_it(bot, run, "approve", "mia", digest))
    assert f"`GET /api/v1/runs/{run.id}` tells how it goes" in str(first.reply)
    bot.fail("open_change", UserError("No.", reason="no_access"))
    bot.drain()
    assert bot.run.status is RunStatus.FAILED
    again = ask(bot.services, about_it(bot, run, "approve", "mia", digest))
    assert again.reason == "approved_already"
    assert "has failed since" in str(again.reply)
    assert "Retrying takes it up again" in str(again.reply)
    assert "publishes it once" not in str(again.reply)
    for reply in (str(first.reply), str(again.reply)):
        assert "comment" not in reply
