"""A comment on GitHub becomes a repository or a change: real webhooks, real processes."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.bed import GitHubServer, eventually
from tests.e2e.scene import BOT, Scene, assert_change, assert_new_repository, scene_of

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]

MOST_PUBLISHING_CALLS = 5
COMMENT = "POST", "/issues/[0-9]+/comments$"


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
    assert len(scene.github.calls.matching(*COMMENT)) == 1
    assert scene.answer(asked).startswith("### ✅")


@pytest.mark.needs("postgres")
def test_the_same_on_postgresql(
    github_server: GitHubServer, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with scene_of(github_server, database_url=postgres_url) as scene:
        asked = scene.ask("/generate python-package name=orders into=acme/orders")
        assert_new_repository(scene, scene.completed(asked), "acme/orders")
        asked = scene.ask("/generate python-package name=orders")
        assert_change(scene, asked, scene.completed(asked))
