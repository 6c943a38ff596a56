"""A comment on GitHub becomes a repository or a change: real webhooks, real processes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.core.git_objects import blob_id, root_tree_id
from bot.core.runs import Run, RunStatus
from bot.store.port import DeliveryStatus, EffectStatus
from tests.e2e.bed import GitHubServer, eventually, github
from tests.e2e.hooks import Delivery
from tests.e2e.product import Product, product

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]

T = TypeVar("T")
PATIENCE_S = 45
BOT = "firstcommit[bot]"
MOST_PUBLISHING_CALLS = 5
_COMMENT = "POST", "/issues/[0-9]+/comments$"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A command as a person wrote it. ``comment`` is None for the opening text of an issue."""

    repo: str
    issue: int
    comment: int | None
    delivery: Delivery


@dataclass(frozen=True, kw_only=True)
class Scene:
    """GitHub, and the product that listens to it."""

    github: GitHubServer
    product: Product

    def ask(self, text: str, *, who: str = "olga", repo: str = "acme/handbook") -> Asked:
        """Write a comment in an issue of its own."""
        person = self.github.as_user(who)
        issue = person.create_issue(repo, "Something is wanted")["number"]
        comment = person.comment(repo, issue, text)["id"]
        return self.asked(repo, issue, comment)

    def open(self, text: str, *, who: str = "olga", repo: str = "acme/handbook") -> Asked:
        """Open an issue with that text."""
        issue = self.github.as_user(who).create_issue(repo, "Something is wanted", text)["number"]
        return self.asked(repo, issue, None)

    def run_of(self, asked: Asked) -> Run | None:
        """The one run that came of it."""
        runs = [
            run
            for run in self.product.services.store.runs.recent(limit=100)
            if run.thread
            and (run.thread.repository.full_name, run.thread.number) == (asked.repo, asked.issue)
        ]
        assert len(runs) <= 1
        return runs[0] if runs else None

    def ended(self, asked: Asked) -> Run:
        """Its run, once it has ended and its last report was made."""

        def look() -> Run | None:
            run = self.run_of(asked)
            return run if run and run.status.is_final and run.reported_at else None

        return self.wait(look)

    def wait(self, look: Callable[[], T | None]) -> T:
        """As `eventually`, telling what the product said where nothing comes."""
        try:
            return eventually(look, timeout_s=PATIENCE_S)
        except AssertionError as exc:
            raise AssertionError(f"{exc}\n{self.product.machine.logs()}") from exc

    def completed(self, asked: Asked) -> Run:
        run = self.ended(asked)
        assert run.status is RunStatus.COMPLETED, run.failure
        effects = self.product.services.store.ledger.of(f"run:{run.id}")
        assert {effect.status for effect in effects} == {EffectStatus.CONFIRMED}
        return run

    def settled(self, guid: str) -> str:
        """What intake noted about a delivery, once it is done with it."""

        def look() -> str | None:
            for row in self.product.services.store.deliveries.recent(limit=100):
                if row.delivery_id == guid and row.status is not DeliveryStatus.RECEIVED:
                    assert row.status is DeliveryStatus.DONE, row.note
                    return row.note
            return None

        return self.wait(look)

    def ours(self, asked: Asked) -> list[str]:
        """What we wrote in the thread."""
        comments = self.github.as_user("olga").comments(asked.repo, asked.issue)
        return [each["body"] for each in comments if each["user"]["login"] == BOT]

    def answer(self, asked: Asked) -> str:
        """The one thing that we wrote in the thread."""
        (body,) = self.ours(asked)
        return body

    def reactions(self, asked: Asked) -> list[str]:
        olga = self.github.as_user("olga")
        if asked.comment is None:
            return olga.reactions(asked.repo, issue=asked.issue)
        return olga.reactions(asked.repo, comment=asked.comment)

    def repositories(self) -> set[str]:
        return set(self.github.as_user("olga").repositories("acme"))

    def written(self, run: Run) -> dict[str, tuple[str, str]]:
        """Path -> mode and blob id of what the run generated, as git would have it."""
        projects = self.product.services.store.projects
        files = projects.files(str(run.project_id))
        contents = projects.contents({file.content_hash for file in files})
        return {
            file.path: (f"{file.mode:06o}", blob_id(contents[file.content_hash])) for file in files
        }

    def asked(self, repo: str, issue: int, comment: int | None) -> Asked:
        """Something that was written, once GitHub has told of it."""

        def sent() -> Delivery | None:
            for each in reversed(self.github.deliveries):
                same = each.payload.get("issue", {}).get("number") == issue
                same = same and each.payload["repository"]["full_name"] == repo
                if same and each.payload.get("comment", {}).get("id") == comment:
                    return each
            return None

        return Asked(repo=repo, issue=issue, comment=comment, delivery=eventually(sent))


@contextmanager
def scene_of(server: GitHubServer, database_url: str = "") -> Iterator[Scene]:
    key = Path(server.log.parent) / "app.pem"
    key.write_text(server.app.private_key)
    environment = server.environment() | {"GITHUB_PRIVATE_KEY_PATH": str(key)}
    del environment["GITHUB_PRIVATE_KEY"]
    with product(environment, database_url=database_url) as started:
        server.deliver_to(f"{started.url}/webhooks/github")
        yield Scene(github=server, product=started)


@pytest.fixture(scope="module")
def whole(node_path: Path) -> Iterator[Scene]:
    with github(node_path) as server, scene_of(server) as scene:
        yield scene


@pytest.fixture
def scene(whole: Scene) -> Scene:
    whole.product.valkey.forget_pace()
    whole.github.faults.clear()
    whole.github.calls.clear()
    return whole


def assert_new_repository(scene: Scene, run: Run, name: str) -> str:
    """One root commit of ours with exactly the generated files; gives its id."""
    olga = scene.github.as_user("olga")
    repository = olga.repository(name)
    assert repository is not None
    assert repository["private"]
    assert run.id not in repository["description"]
    (commit,) = olga.commits(name)
    assert commit["parents"] == []
    assert f"Firstcommit-Run: {run.id}" in commit["commit"]["message"]
    written = scene.written(run)
    assert olga.tree(name) == written
    rows = ((path, int(mode, 8), blob) for path, (mode, blob) in written.items())
    assert commit["commit"]["tree"]["sha"] == root_tree_id(rows)
    assert list(olga.branches(name)) == ["main"]
    return str(commit["sha"])


def assert_change(scene: Scene, asked: Asked, run: Run, *, path: str = "") -> dict[str, Any]:
    """One draft of ours, over everything that was there before."""
    olga = scene.github.as_user("olga")
    into = run.inputs["into"]
    assert isinstance(into, dict)
    repo = into["repository"]
    (change,) = [
        each
        for each in olga.changes(repo, state="all")
        if each["head"]["ref"] == f"firstcommit/{run.short_id}"
    ]
    assert change["draft"]
    assert change["base"]["ref"] == "main"
    branch = change["head"]["ref"]
    prefix = f"{path}/" if path else ""
    before = olga.tree(repo)
    written = {f"{prefix}{name}": entry for name, entry in scene.written(run).items()}
    assert olga.tree(repo, branch) == {**before, **written}
    head, *_ = olga.commits(repo, branch)
    assert [parent["sha"] for parent in head["parents"]] == [olga.branches(repo)["main"]]
    assert f"compare/main...{branch}" in scene.ours(asked)[0]
    return change


def test_a_comment_becomes_a_repository(scene: Scene) -> None:
    started = time.monotonic()
    asked = scene.ask("/generate python-package name=orders into=acme/orders")
    run = scene.completed(asked)
    took_s = time.monotonic() - started
    commit = assert_new_repository(scene, run, "acme/orders")
    (check,) = scene.github.as_user("olga").checks("acme/orders", commit)
    assert (check["status"], check["conclusion"]) == ("completed", "success")
    assert check["name"] == "Firstcommit"
    told = scene.answer(asked)
    assert told.startswith("### ✅")
    assert f"{scene.github.url}/acme/orders" in told
    assert scene.github.as_user("olga").tree_id("acme/orders") in told
    assert "git clone " in told
    assert scene.reactions(asked) == ["eyes"]
    assert len(scene.github.calls.publishing) <= MOST_PUBLISHING_CALLS
    print(f"a new repository: {took_s:.2f} s from the comment to the last report")


def test_a_comment_becomes_a_change(scene: Scene) -> None:
    started = time.time()
    asked = scene.ask("/generate python-package name=orders", who="will")
    run = scene.completed(asked)
    took_s = time.time() - started
    change = assert_change(scene, asked, run)
    assert change["user"]["login"] == BOT
    told = scene.answer(asked)
    assert change["html_url"] in told
    assert re.search(r"Replaces 1 file:\*\* `README.md`", told)
    assert "README.md" in change["body"]
    (check,) = scene.github.as_user("olga").checks("acme/handbook", change["head"]["sha"])
    assert check["conclusion"] == "success"
    assert scene.reactions(asked) == ["eyes"]
    assert len(scene.github.calls.publishing) <= MOST_PUBLISHING_CALLS
    opened = scene.github.calls.matching("POST", "/pulls$")[0]
    print(f"a change: open after {opened.started_at + opened.duration_s - started:.2f} s,")
    print(f"          last report after {took_s:.2f} s")


def test_a_folder_of_the_repository(scene: Scene) -> None:
    asked = scene.ask("/generate python-package name=orders path=packages/orders")
    run = scene.completed(asked)
    assert_change(scene, asked, run, path="packages/orders")
    assert "Replaces" not in scene.answer(asked)


def test_another_repository_that_exists(scene: Scene) -> None:
    text = "/generate python-package name=orders into=acme/site --existing"
    asked = scene.ask(text)
    assert_change(scene, asked, scene.completed(asked))


def test_a_repository_that_exists_is_not_touched_without_being_told(scene: Scene) -> None:
    asked = scene.ask("/generate python-package name=orders into=acme/site")
    assert scene.settled(asked.delivery.guid) == "repository_exists"
    assert "--existing" in scene.answer(asked)
    assert scene.github.calls.publishing == []


def test_the_opening_text_of_an_issue_is_read(scene: Scene) -> None:
    asked = scene.open("We want this:\n\n/generate python-package name=bills into=acme/bills\n")
    assert_new_repository(scene, scene.completed(asked), "acme/bills")
    assert scene.reactions(asked) == ["eyes"]


@pytest.mark.parametrize(
    ("who", "repo", "text", "reason"),
    [
        ("rita", "acme/handbook", "/generate python-package name=orders", "no_write"),
        ("nina", "acme/site", "/generate python-package name=orders", "no_write"),
        ("will", "acme/handbook", "/generate python-package name=x1 into=acme/x1", "may_not"),
        ("olga", "acme/handbook", "/generate python-package name=x1 into=globex/x1", "may_not"),
        ("olga", "acme/handbook", "/generate python-package name=x1 into=olga/x1", "cannot"),
        ("olga", "acme/empty", "/generate python-package name=x1", "repository_empty"),
    ],
)
def test_who_may_not_is_told_so_once(
    scene: Scene, who: str, repo: str, text: str, reason: str
) -> None:
    before = scene.repositories()
    asked = scene.ask(text, who=who, repo=repo)
    assert scene.settled(asked.delivery.guid).startswith(reason)
    assert reason in scene.answer(asked)
    assert scene.repositories() == before
    assert scene.github.calls.publishing == []


def test_a_bot_is_met_with_silence(scene: Scene) -> None:
    olga = scene.github.as_user("olga")
    issue = olga.create_issue("acme/site", "For bots")["number"]
    with scene.github.client(scene.github.installation_token()) as bot:
        text = {"body": "/generate python-package name=orders"}
        made = bot.post(f"/repos/acme/site/issues/{issue}/comments", json=text)
        made.raise_for_status()
    asked = scene.asked("acme/site", issue, made.json()["id"])
    assert scene.settled(asked.delivery.guid).startswith("silent")
    assert len(olga.comments("acme/site", issue)) == 1
    assert olga.reactions("acme/site", comment=made.json()["id"]) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "^/orgs/acme/repos$"),
        ("PATCH", "/git/refs/heads/main$"),
        ("PATCH", "^/repos/acme/lost-[0-9]$"),
        _COMMENT,
        ("POST", "/check-runs$"),
    ],
    ids=["repository", "ref", "description", "comment", "check"],
)
def test_lost_answers_of_a_new_repository(
    scene: Scene, method: str, path: str, request: pytest.FixtureRequest
) -> None:
    name = f"lost-{len([each for each in scene.repositories() if 'lost' in each])}"
    scene.github.faults.fail_next(method, path, after=True, drop=True)
    asked = scene.ask(f"/generate python-package name={name} into=acme/{name}")
    run = scene.completed(asked)
    assert scene.github.faults.waiting == 0
    commit = assert_new_repository(scene, run, f"acme/{name}")
    assert len(scene.github.as_user("olga").checks(f"acme/{name}", commit)) == 1
    assert len(scene.github.calls.matching("POST", "^/orgs/acme/repos$")) == 1
    assert scene.answer(asked).startswith("### ✅")


@pytest.mark.parametrize("path", ["/git/refs$", "/pulls$"], ids=["branch", "change"])
@pytest.mark.parametrize("drop", [False, True], ids=["502", "dropped"])
def test_lost_answers_of_a_change(scene: Scene, path: str, drop: bool) -> None:
    scene.github.faults.fail_next("POST", path, after=True, drop=drop)
    asked = scene.ask("/generate python-package name=orders")
    run = scene.completed(asked)
    assert scene.github.faults.waiting == 0
    assert_change(scene, asked, run)
    assert scene.answer(asked).startswith("### ✅")


def test_a_new_repository_may_be_missing_at_first(scene: Scene) -> None:
    scene.github.faults.hide_new_repositories(times=4)
    asked = scene.ask("/generate python-package name=hidden into=acme/hidden")
    assert_new_repository(scene, scene.completed(asked), "acme/hidden")


@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_is_waited_out(scene: Scene, status: int) -> None:
    scene.github.faults.fail_next(
        "POST",
        "/git/trees$",
        status=status,
        headers={"retry-after": "2"},
        body=b'{"message": "You have exceeded a secondary rate limit."}',
    )
    asked = scene.ask("/generate python-package name=orders")
    run = scene.completed(asked)
    assert_change(scene, asked, run)
    told = [event.kind for event in scene.product.services.store.runs.events(run.id)]
    assert "run_waiting" in told
    refused = next(
        call for call in scene.github.calls.matching("POST", "/git/trees$") if call.status == status
    )
    # Nobody asks anything under that installation before its time is over.
    over = refused.started_at + refused.duration_s + 2
    assert not [
        call
        for call in scene.github.calls.of_product
        if call.who.startswith("installation") and refused.started_at < call.started_at < over
    ]


def test_a_run_waits_for_the_budget_of_writes_and_says_so(scene: Scene) -> None:
    # What is left of the minute is for first words: runs have to wait for some seconds.
    scene.product.valkey.spend_pace("github:9001", writes=57, ago_s=48)
    asked = scene.ask("/generate python-package name=patient into=acme/patient")
    scene.wait(lambda: any("*Waiting:*" in text for text in scene.ours(asked)))
    assert scene.reactions(asked) == ["eyes"]
    assert_new_repository(scene, scene.completed(asked), "acme/patient")
    assert "Waiting" not in scene.answer(asked)


def test_the_same_comment_again_changes_nothing(scene: Scene) -> None:
    asked = scene.ask("/generate python-package name=twice into=acme/twice")
    scene.completed(asked)
    before = scene.ours(asked)
    calls = len(scene.github.calls.of_product)
    again = scene.github.hooks.redeliver(asked.delivery)
    eventually(lambda: again.status_code == 202)
    got = scene.github.send("issue_comment", asked.delivery.body, guid="another-delivery-id")
    assert got.status_code == 202
    assert scene.settled("another-delivery-id").startswith("the command is known")
    assert scene.ours(asked) == before
    assert scene.run_of(asked) is not None
    written = [call for call in scene.github.calls.of_product[calls:] if call.method != "GET"]
    assert written == []


def test_five_deliveries_of_one_comment_at_once(scene: Scene) -> None:
    scene.github.hooks.losing = True
    asked = scene.ask("/generate python-package name=five into=acme/five")
    scene.github.hooks.losing = False

    def send(number: int) -> int:
        # Two of them under one id, as a redelivery has it.
        guid = f"five-at-once-{max(number, 1)}"
        return scene.github.send("issue_comment", asked.delivery.body, guid=guid).status_code

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(send, range(5))) == [202] * 5
    assert_new_repository(scene, scene.completed(asked), "acme/five")
    assert len(scene.github.calls.matching(*_COMMENT)) == 1
    assert scene.answer(asked).startswith("### ✅")


def test_a_comment_while_the_queue_is_away_is_answered_when_it_is_back(scene: Scene) -> None:
    scene.product.valkey.kill()
    try:
        asked = scene.ask("/generate python-package name=away into=acme/away")
        assert eventually(lambda: asked.delivery.status_code) == 202
    finally:
        scene.product.valkey.start()
    assert_new_repository(scene, scene.completed(asked), "acme/away")
    assert scene.answer(asked).startswith("### ✅")


@pytest.mark.parametrize("what", ["suspended", "removed"])
def test_runs_stop_where_the_app_is_no_longer_wanted(scene: Scene, what: str) -> None:
    server = scene.github
    held_up = "^/repos/acme/handbook/git/trees$"
    server.faults.delay_next("POST", held_up, delay_s=3)
    asked = scene.ask("/generate python-package name=orders")
    # Its request is under way now, and GitHub will carry it out.
    scene.wait(lambda: server.faults.waiting == 0)
    (server.suspend if what == "suspended" else server.uninstall)()
    try:
        eventually(lambda: (run := scene.run_of(asked)) and run.status.is_final)
        run = scene.run_of(asked)
        assert run is not None
        assert run.failure is not None
        assert run.failure.reason == f"installation_{what}"
        # GitHub sends nothing more, but what it sent before may come late.
        late = json.loads(asked.delivery.body)
        late["comment"] |= {"id": 10_000_000 + asked.issue, "body": "/firstcommit help"}
        server.send("issue_comment", json.dumps(late).encode(), guid=f"late-{what}")
        assert scene.settled(f"late-{what}") == "silent_suspended"
    finally:
        # Installed anew, it would be another installation: the bed has this one only.
        server.site.uninstalled.clear()
        (server.unsuspend if what == "suspended" else server.installed)()
    # The held-up request is answered before anybody looks at what came of it.
    scene.wait(lambda: server.calls.matching("POST", held_up))
    assert len(scene.ours(asked)) <= 1
    assert not [
        branch
        for branch in server.as_user("olga").branches("acme/handbook")
        if branch == f"firstcommit/{run.short_id}"
    ]
    olga = server.as_user("olga")
    olga.comment(asked.repo, asked.issue, "/retry")
    assert_change(scene, asked, scene.completed(asked))


@pytest.mark.needs("postgres")
def test_the_same_on_postgresql(
    github_server: GitHubServer, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with scene_of(github_server, database_url=postgres_url) as scene:
        asked = scene.ask("/generate python-package name=orders into=acme/orders")
        assert_new_repository(scene, scene.completed(asked), "acme/orders")
        asked = scene.ask("/generate python-package name=orders")
        assert_change(scene, asked, scene.completed(asked))
