"""The GitHub adapter against a whole GitHub on this machine (``tests/e2e``)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.git_objects import blob_id, root_tree_id
from bot.core.git_values import (
    EXECUTABLE,
    Check,
    CheckState,
    Commit,
    FileToWrite,
    Reaction,
    TreeEntry,
    message_with_trailer,
)
from bot.core.identity import Actor, Permission, Repository, Standing, Thread
from bot.core.pace import PaceLimits
from bot.errors import Transient, UserError
from bot.forges.github.forge import GitHubForge
from bot.forges.port import Owner
from bot.pace import ProcessPace
from tests.e2e.bed import GitHubServer, github
from tests.e2e.world import Installation, World

HANDBOOK = "acme/handbook"
NUMBERS = itertools.count(1)
NO_PACE = PaceLimits(burst=100_000, per_second=1e6, per_minute=100_000, per_hour=100_000)
MESSAGE = message_with_trailer("Add a project", "What for.", "run-1")
FILES = [
    FileToWrite(path="README.md", content="# Grüße\n".encode()),
    FileToWrite(path="bin/run", content=b"#!/bin/sh\n", mode=EXECUTABLE),
    FileToWrite(path="empty", content=b""),
    FileToWrite(path="src/deep/er/mod.py", content=b"x = 1\r\n"),
    FileToWrite(path="logo.png", content=b"\x89PNG\x00\xff"),
]


@pytest.fixture(scope="module")
def server(node_path: Path) -> Iterator[GitHubServer]:
    with github(node_path) as running:
        yield running


@pytest.fixture
def forge(server: GitHubServer) -> GitHubForge:
    server.faults.clear()
    return forge_on(server)


def forge_on(server: GitHubServer, redis_url: str = "") -> GitHubForge:
    return GitHubForge(
        app_id=server.app.app_id,
        private_key=server.app.private_key,
        api_url=server.url,
        web_url=server.url,
        pace=ProcessPace(NO_PACE),
        redis_url=redis_url,
        secret_key="kept from Redis",
        sleep=lambda seconds: None,
    )


def actor_of(server: GitHubServer, login: str) -> Actor:
    user = server.site.user(login)
    assert user is not None
    return Actor(forge="github", account_id=str(user["id"]), login=login)


def found(forge: GitHubForge, full_name: str) -> Repository:
    repository = forge.repository(full_name)
    assert repository is not None
    return repository


def tip(forge: GitHubForge, repository: Repository, branch: str = "main") -> Commit:
    commit = forge.head(repository, branch)
    assert commit is not None
    return commit


def acme(forge: GitHubForge, server: GitHubServer) -> Owner:
    owner = forge.owner("acme", actor_of(server, "olga"))
    assert owner is not None
    return owner


def a_thread(forge: GitHubForge, server: GitHubServer) -> Thread:
    issue = server.as_user("olga").create_issue(HANDBOOK, "Talk")
    return Thread(repository=found(forge, HANDBOOK), number=issue["number"])


# --- who, where, what -----------------------------------------------------------------------


def test_we_are_the_bot_of_the_app(forge: GitHubForge, server: GitHubServer) -> None:
    me = forge.me()
    assert me.login == "firstcommit[bot]"
    assert me.is_bot
    assert me.account_id == str(server.site.bot["id"])


def test_a_private_repository_is_found_with_its_installation(forge: GitHubForge) -> None:
    repository = found(forge, HANDBOOK)
    assert repository.full_name == HANDBOOK
    assert repository.private
    assert repository.installation == "9001"
    assert repository.default_branch == "main"
    assert not repository.owner_is_person


@pytest.mark.parametrize(
    "full_name",
    [
        "acme/nothing",
        "globex/vault",
        "nobody/nothing",
        "acme",
        "",
        "acme/..",
        "../acme",
        "acme/handbook/issues",
        "acme/handbook?x=1",
        "acme/.",
    ],
)
def test_what_is_not_there_or_not_ours_to_see_is_none(forge: GitHubForge, full_name: str) -> None:
    assert forge.repository(full_name) is None


@pytest.mark.parametrize(
    ("login", "permission"),
    [
        ("olga", Permission.ADMIN),
        ("will", Permission.WRITE),
        ("rita", Permission.READ),
        ("nina", Permission.NONE),
    ],
)
def test_permission_is_what_github_says(
    forge: GitHubForge, server: GitHubServer, login: str, permission: Permission
) -> None:
    repository = found(forge, HANDBOOK)
    assert forge.permission(repository, actor_of(server, login)) == permission


def test_a_login_that_somebody_else_took_gives_nothing(
    forge: GitHubForge, server: GitHubServer
) -> None:
    impostor = replace(actor_of(server, "nina"), login="olga")
    assert forge.permission(found(forge, HANDBOOK), impostor) == Permission.NONE
    owner = forge.owner("acme", impostor)
    assert owner is not None
    assert owner.standing == Standing.NONE


@pytest.mark.parametrize(
    ("login", "standing"),
    [("olga", Standing.OWNER), ("mia", Standing.MEMBER), ("nina", Standing.NONE)],
)
def test_standing_in_an_organisation(
    forge: GitHubForge, server: GitHubServer, login: str, standing: Standing
) -> None:
    owner = forge.owner("acme", actor_of(server, login))
    assert owner is not None
    assert (owner.standing, owner.installation, owner.obstacle) == (standing, "9001", "")


def test_in_a_persons_account_nothing_can_be_made(forge: GitHubForge, server: GitHubServer) -> None:
    owner = forge.owner("olga", actor_of(server, "olga"))
    assert owner is not None
    assert owner.is_person
    assert owner.standing == Standing.OWNER
    assert "person" in owner.obstacle
    with pytest.raises(UserError) as refused:
        forge.create_repository(owner, "thing", private=True, description="")
    assert refused.value.reason == "no_access"


def test_an_account_that_does_not_exist_is_none(forge: GitHubForge, server: GitHubServer) -> None:
    assert forge.owner("no-such-account", actor_of(server, "olga")) is None


# --- talking --------------------------------------------------------------------------------


def test_a_comment_lives_and_dies(forge: GitHubForge, server: GitHubServer) -> None:
    thread = a_thread(forge, server)
    theirs = server.as_user("olga").comment(HANDBOOK, thread.number, "/generate x")
    ours = forge.add_comment(thread, "Working on it", first=True)
    assert ours.author.is_same_as(forge.me())
    forge.edit_comment(thread, ours.id, "Done")
    assert [one.body for one in forge.comments(thread)] == ["/generate x", "Done"]
    read = forge.comment(thread, str(theirs["id"]))
    assert read is not None
    assert read.author.is_same_as(actor_of(server, "olga"))
    forge.delete_comment(thread, ours.id)
    forge.delete_comment(thread, ours.id)
    assert forge.comment(thread, ours.id) is None
    with pytest.raises(UserError) as gone:
        forge.edit_comment(thread, ours.id, "Again")
    assert gone.value.reason == "comment_gone"


def test_a_comment_of_another_thread_is_not_of_this_one(
    forge: GitHubForge, server: GitHubServer
) -> None:
    here, there = a_thread(forge, server), a_thread(forge, server)
    comment = forge.add_comment(there, "There")
    assert forge.comment(here, comment.id) is None


def test_more_comments_than_a_page_holds(forge: GitHubForge, server: GitHubServer) -> None:
    thread = a_thread(forge, server)
    olga = server.as_user("olga")
    for number in range(102):
        olga.comment(HANDBOOK, thread.number, str(number))
    assert [one.body for one in forge.comments(thread)] == [str(n) for n in range(102)]


def test_a_reaction_given_twice_is_one(forge: GitHubForge, server: GitHubServer) -> None:
    thread = a_thread(forge, server)
    olga = server.as_user("olga")
    comment = olga.comment(HANDBOOK, thread.number, "/generate x")
    for _ in range(2):
        forge.react(thread, str(comment["id"]), Reaction.SEEN)
    forge.react(thread, None, Reaction.CONFUSED)
    forge.react(thread, "999999", Reaction.DONE)
    assert olga.reactions(HANDBOOK, comment=comment["id"]) == ["eyes"]
    assert olga.reactions(HANDBOOK, issue=thread.number) == ["confused"]


# --- publishing -----------------------------------------------------------------------------


def test_a_new_repository_ends_with_one_proven_root_commit(
    forge: GitHubForge, server: GitHubServer
) -> None:
    server.calls.clear()
    before = datetime.now(UTC) - timedelta(seconds=5)
    name = f"orders-{next(NUMBERS)}"
    repository = forge.create_repository(
        acme(forge, server), name, private=True, description="Orders · run-1"
    )
    first = tip(forge, repository)
    commit = forge.replace_first_commit(
        repository, branch="main", first=first, files=FILES, message=MESSAGE
    )
    assert commit == tip(forge, repository)
    assert commit.parents == ()
    rows = [(file.path, file.mode, blob_id(file.content)) for file in FILES]
    assert server.as_user("olga").tree_id(repository.full_name) == root_tree_id(rows)
    # One of them is for the picture.
    assert len(server.calls.publishing) == 5
    assert forge.created_at(repository) >= before
    forge.describe_repository(repository, "Orders")
    assert found(forge, repository.full_name).description == "Orders"


def test_a_commit_of_ours_has_no_author_of_our_own_making(
    forge: GitHubForge, server: GitHubServer
) -> None:
    repository = found(forge, HANDBOOK)
    branch = f"firstcommit/{next(NUMBERS)}"
    forge.commit_on_new_branch(
        repository, branch=branch, base=tip(forge, repository), files=FILES, message=MESSAGE
    )
    author = server.as_user("olga").commits(HANDBOOK, branch)[0]["commit"]["author"]
    assert "firstcommit[bot]" in author["email"]


def test_a_taken_name_is_refused(forge: GitHubForge, server: GitHubServer) -> None:
    with pytest.raises(UserError) as refused:
        forge.create_repository(acme(forge, server), "handbook", private=True, description="")
    assert refused.value.reason == "repository_exists"


def test_a_new_repository_is_waited_for(forge: GitHubForge, server: GitHubServer) -> None:
    server.faults.hide_new_repositories(times=3)
    repository = forge.create_repository(
        acme(forge, server), f"late-{next(NUMBERS)}", private=True, description=""
    )
    assert forge.head(repository, "main") is not None


def test_a_repository_that_never_answers_is_tried_again_later(
    forge: GitHubForge, server: GitHubServer
) -> None:
    server.faults.hide_new_repositories(times=50)
    with pytest.raises(Transient) as refused:
        forge.create_repository(
            acme(forge, server), f"never-{next(NUMBERS)}", private=True, description=""
        )
    assert refused.value.reason == "repository_not_ready"


def test_a_first_commit_that_is_not_there_any_more_is_not_replaced(
    forge: GitHubForge, server: GitHubServer
) -> None:
    name = f"moved-{next(NUMBERS)}"
    repository = forge.create_repository(acme(forge, server), name, private=True, description="")
    first = tip(forge, repository)
    theirs = server.as_user("olga").commit_files(repository.full_name, {"theirs": "theirs"})
    with pytest.raises(UserError) as refused:
        forge.replace_first_commit(
            repository, branch="main", first=first, files=FILES, message=MESSAGE
        )
    assert refused.value.reason == "repository_moved"
    assert tip(forge, repository).id == theirs


def test_a_change_on_an_existing_repository(forge: GitHubForge, server: GitHubServer) -> None:
    server.calls.clear()
    repository = found(forge, HANDBOOK)
    base = tip(forge, repository)
    branch = f"firstcommit/{next(NUMBERS)}"
    commit = forge.commit_on_new_branch(
        repository, branch=branch, base=base, files=FILES, message=MESSAGE
    )
    assert commit.parents == (base.id,)
    assert tip(forge, repository, branch) == commit
    paths = [file.path for file in FILES]
    assert forge.entries(repository, commit, [*paths, "absent"]) == {
        file.path: TreeEntry(mode=file.mode, blob_id=blob_id(file.content)) for file in FILES
    }
    assert forge.find_change(repository, branch=branch) is None
    change = forge.open_change(
        repository, branch=branch, base="main", title="Orders", body="Text", draft=True
    )
    assert change.is_draft
    assert forge.find_change(repository, branch=branch) == change
    assert change.author is not None
    assert change.author.is_same_as(forge.me())
    assert len(server.calls.publishing) == 5
    with pytest.raises(UserError) as twice:
        forge.open_change(repository, branch=branch, base="main", title="x", body="", draft=True)
    assert twice.value.reason == "change_exists"
    assert branch in forge.difference_url(repository, base="main", head=branch)


def test_nothing_that_was_there_is_deleted(forge: GitHubForge, server: GitHubServer) -> None:
    repository = found(forge, "acme/site")
    base = tip(forge, repository)
    there = server.as_user("olga").tree("acme/site")
    new = [FileToWrite(path="new/file", content=b"new\n")]
    commit = forge.commit_on_new_branch(
        repository, branch=f"b/{next(NUMBERS)}", base=base, files=new, message=MESSAGE
    )
    assert there.items() <= server.as_user("olga").tree("acme/site", commit.id).items()


def test_a_file_is_not_put_in_the_place_of_a_folder_nor_the_other_way(
    forge: GitHubForge, server: GitHubServer
) -> None:
    server.as_user("olga").commit_files("acme/site", {"folder/file": "text"})
    repository = found(forge, "acme/site")
    for path in ("folder", "folder/file/below"):
        with pytest.raises(UserError) as refused:
            forge.commit_on_new_branch(
                repository,
                branch=f"b/{next(NUMBERS)}",
                base=tip(forge, repository),
                files=[FileToWrite(path=path, content=b"x")],
                message=MESSAGE,
            )
        assert refused.value.reason == "path_in_the_way"


def test_a_branch_that_exists_is_refused(forge: GitHubForge, server: GitHubServer) -> None:
    repository = found(forge, HANDBOOK)
    branch = f"theirs/{next(NUMBERS)}"
    server.as_user("olga").create_branch(HANDBOOK, branch)
    with pytest.raises(UserError) as refused:
        forge.commit_on_new_branch(
            repository, branch=branch, base=tip(forge, repository), files=FILES, message=MESSAGE
        )
    assert refused.value.reason == "branch_exists"


def test_workflow_files_are_written_where_it_was_granted(
    forge: GitHubForge, server: GitHubServer
) -> None:
    repository = found(forge, HANDBOOK)
    assert forge.may_write_workflows(repository)
    ci = FileToWrite(path=".github/workflows/ci.yml", content=b"on: push\n")
    commit = forge.commit_on_new_branch(
        repository,
        branch=f"ci/{next(NUMBERS)}",
        base=tip(forge, repository),
        files=[ci],
        message=MESSAGE,
    )
    assert ci.path in forge.entries(repository, commit, [ci.path])


def test_a_file_is_read_and_what_is_no_file_is_none(
    forge: GitHubForge, server: GitHubServer
) -> None:
    server.as_user("olga").commit_files(HANDBOOK, {".firstcommit/project.yml": "pack: x\n"})
    repository = found(forge, HANDBOOK)
    commit = tip(forge, repository)
    assert forge.read_file(repository, commit, ".firstcommit/project.yml") == b"pack: x\n"
    for path in ("absent", ".firstcommit", "../x", ""):
        assert forge.read_file(repository, commit, path) is None


@pytest.mark.parametrize("ref", ["v1", "main", "0" * 40])
def test_an_empty_repository_has_no_commit(forge: GitHubForge, ref: str) -> None:
    assert forge.find_commit(found(forge, "acme/empty"), ref) is None


def test_an_empty_repository_has_no_head(forge: GitHubForge) -> None:
    assert forge.head(found(forge, "acme/empty"), "main") is None


def test_a_branch_that_is_not_there_has_no_head(forge: GitHubForge) -> None:
    repository = found(forge, HANDBOOK)
    for branch in ("absent", "ma", "../x", "a b", ""):
        assert forge.head(repository, branch) is None


def test_a_check_stands_beside_the_commit(forge: GitHubForge, server: GitHubServer) -> None:
    repository = found(forge, HANDBOOK)
    commit = tip(forge, repository)
    check = Check(
        name="firstcommit", state=CheckState.PASSED, title="Verified", summary="x" * 70_000
    )
    number = forge.report_check(repository, commit.id, check)
    shown = server.as_user("olga").checks(HANDBOOK, commit.id)
    assert [(str(one["id"]), one["conclusion"]) for one in shown] == [(number, "success")]


# --- tokens and trouble ---------------------------------------------------------------------


def test_an_issue_whose_answer_was_lost_is_there_once_and_found(
    forge: GitHubForge, server: GitHubServer
) -> None:
    handbook, since = found(forge, HANDBOOK), datetime.now(UTC)
    number = next(NUMBERS)
    title, mark = f"Lost {number}", f"<!-- ours:{number} -->"
    server.faults.fail_next("POST", r"/issues$", after=True)
    with pytest.raises(Transient):
        forge.create_issue(handbook, title, f"Text\n{mark}\n", labels=["story"])
    ours = forge.find_issue(handbook, mark, since=since - timedelta(minutes=2))
    assert ours is not None
    there = [one for one in server.as_user("olga").issues(HANDBOOK) if one["title"] == title]
    assert [one["number"] for one in there] == [ours.number]
    assert there[0]["html_url"] == ours.url


def test_more_milestones_than_a_page_holds(forge: GitHubForge, server: GitHubServer) -> None:
    site = found(forge, "acme/site")
    made = [forge.create_milestone(site, f"Version {number}") for number in range(101)]
    assert forge.find_milestone(site, "Version 100") == made[-1]
    assert len(server.as_user("olga").milestones("acme/site")) == 101


def test_every_token_is_narrowed_to_its_work(forge: GitHubForge, server: GitHubServer) -> None:
    server.site.expire_tokens()
    thread = a_thread(forge, server)
    forge.add_comment(thread, "Hello")
    forge.head(thread.repository, "main")
    grants = [grant for grant in server.site.grants.values() if grant.repository_ids is not None]
    assert [grant.repository_ids for grant in grants] == [{int(thread.repository.id)}] * 2
    assert not any(grant.may_write("administration") for grant in grants)
    assert not any(grant.may_write("workflows") for grant in grants)


def test_a_token_that_github_forgot_is_replaced_once(
    forge: GitHubForge, server: GitHubServer
) -> None:
    thread = a_thread(forge, server)
    forge.add_comment(thread, "One")
    server.site.expire_tokens()
    forge.add_comment(thread, "Two")
    assert [one.body for one in forge.comments(thread)] == ["One", "Two"]


def test_workers_share_tokens(server: GitHubServer, redis_url: str) -> None:
    one, other = forge_on(server, redis_url), forge_on(server, redis_url)
    repository = found(one, HANDBOOK)
    one.head(repository, "main")
    server.calls.clear()
    other.head(repository, "main")
    assert not server.calls.matching("POST", "access_tokens")


def test_a_write_is_sent_once_and_a_read_again(forge: GitHubForge, server: GitHubServer) -> None:
    thread = a_thread(forge, server)
    server.calls.clear()
    server.faults.fail_next("POST", "/comments$", after=True)
    with pytest.raises(Transient) as lost:
        forge.add_comment(thread, "Once")
    assert lost.value.reason == "forge_unavailable"
    server.faults.fail_next("GET", "/comments$", times=2)
    assert [one.body for one in forge.comments(thread)] == ["Once"]
    assert len(server.calls.matching("POST", "/comments$")) == 1


def test_a_dropped_connection_is_transient(forge: GitHubForge, server: GitHubServer) -> None:
    thread = a_thread(forge, server)
    server.faults.fail_next("POST", "/comments$", drop=True)
    with pytest.raises(Transient) as lost:
        forge.add_comment(thread, "Lost")
    assert lost.value.reason == "forge_unavailable"


def test_a_suspended_app_says_so(node_path: Path) -> None:
    with github(node_path) as server:
        forge = forge_on(server)
        repository = found(forge, HANDBOOK)
        forge.head(repository, "main")
        server.suspend()
        with pytest.raises(UserError) as refused:
            forge.head(repository, "main")
        assert refused.value.reason == "suspended"
        owner = acme(forge, server)
        assert "suspended" in owner.obstacle
        assert any(not finding.ok for finding in forge.diagnose(repository))
        server.uninstall()
        assert forge.repository(HANDBOOK) is None
        with pytest.raises(UserError) as gone:
            forge_on(server).head(repository, "main")
        assert gone.value.reason == "no_access"


def test_what_was_not_granted_is_named(node_path: Path) -> None:
    few = {"metadata": "read", "contents": "read", "issues": "write"}
    world = World(
        installations=(Installation(installation_id=9001, account="acme", permissions=few),)
    )
    with github(node_path, world) as server:
        forge = forge_on(server)
        repository = found(forge, HANDBOOK)
        assert not forge.may_write_workflows(repository)
        assert "administration" in acme(forge, server).obstacle
        with pytest.raises(UserError) as refused:
            forge.commit_on_new_branch(
                repository,
                branch="b",
                base=tip(forge, repository),
                files=FILES[:1],
                message=MESSAGE,
            )
        assert refused.value.reason == "no_access"
        assert "contents: write" in refused.value.remedy
        (finding, *_) = forge.diagnose(repository)
        assert not finding.ok
        for missing in ("contents: write", "pull_requests: write", "checks: write"):
            assert missing in finding.detail


def test_doctor_finds_a_whole_set_up_well(forge: GitHubForge, server: GitHubServer) -> None:
    findings = forge.diagnose()
    names = {finding.name for finding in findings}
    assert {"GitHub App", "GitHub: acme", "GitHub webhook", "GitHub deliveries"} <= names
    for finding in findings:
        assert finding.ok or finding.remedy
