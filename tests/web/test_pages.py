"""Pages as a browser gets them, over a true local forge and a true store."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient

from bot.core.git_values import FileToWrite, Reaction
from bot.core.runs import Failure
from bot.errors import StoreUnavailable, Transient
from bot.forges.local import YOU
from bot.store.port import DeliveryStatus, NewPlan
from tests.web.conftest import MakeWorld
from tests.web.world import FILES, World

GENERATE = "/generate python-package name=orders into=demo/orders"
TAKEN = Failure(
    reason="repository_exists",
    message="demo/orders exists already.",
    remedy="Pick another name, or add `--existing`.",
)


def form(browser: FlaskClient, path: str = "/threads/new", **fields: str) -> dict[str, str]:
    """A form of the page at ``path``, with the token that is in it."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', browser.get(path).text)
    assert found is not None
    return {"token": found[1], **fields}


def test_before_the_first_thread_home_offers_the_first_command(browser: FlaskClient) -> None:
    text = browser.get("/").text
    assert "No thread yet" in text
    assert GENERATE in text
    assert 'action="/threads"' in text


def test_the_first_thread_is_opened_and_delivered(world: World, browser: FlaskClient) -> None:
    fields = form(browser, "/", repository="demo/ideas", title="", text=GENERATE)
    answer = browser.post("/threads", data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/threads/demo/ideas/1")
    delivery = world.store.deliveries.recent()[0]
    assert (delivery.forge, delivery.kind) == ("local", "issues")
    assert delivery.status is DeliveryStatus.RECEIVED
    assert world.queue.taken == [delivery.id]
    text = browser.get("/threads/demo/ideas/1").text
    assert text.count(GENERATE) >= 2
    assert "Waiting for an answer" in text


@pytest.mark.parametrize(
    ("title", "text", "called"),
    [
        ("  My   own ", GENERATE, "My own"),
        ("", GENERATE, "Generate orders from python-package"),
        ("", "Please:\n\n@firstcommit help generate", "Help generate"),
        ("", "/generate python-package", "Generate python-package"),
        ("", "\n  Only words.\nMore.", "Only words."),
        ("", "x" * 300, "x" * 200),
    ],
)
def test_a_thread_without_a_title_is_called_by_what_it_asks_for(
    world: World, browser: FlaskClient, title: str, text: str, called: str
) -> None:
    fields = form(browser, repository="demo/ideas", title=title, text=text)
    browser.post("/threads", data=fields)
    assert world.people.threads()[0].title == called


def test_home_is_the_newest_thread(world: World, browser: FlaskClient) -> None:
    world.open_thread(title="The older one")
    world.open_thread(title="The newer one")
    text = browser.get("/").text
    assert "<h1>The newer one</h1>" in text
    assert "The older one" in text


def test_a_comment_goes_through_the_door(world: World, browser: FlaskClient) -> None:
    thread = world.open_thread()
    path = "/threads/demo/ideas/1"
    answer = browser.post(path, data=form(browser, path, text="Hi.\r\n/cancel"))
    comment = world.forge.comments(thread)[-1]
    assert answer.headers["Location"] == f"{path}#comment-{comment.id}"
    assert (comment.body, comment.author) == ("Hi.\n/cancel", YOU)
    claimed = world.store.deliveries.get(world.queue.taken[0])
    assert claimed is not None
    assert claimed.body is not None
    assert json.loads(claimed.body)["comment"]["body"] == "Hi.\n/cancel"
    assert f'id="comment-{comment.id}"' in browser.get(path).text


def test_words_without_a_command_stay_words(world: World, browser: FlaskClient) -> None:
    thread = world.open_thread("Hello.")
    path = "/threads/demo/ideas/1"
    browser.post(path, data=form(browser, path, text="Thank you."))
    assert [comment.body for comment in world.forge.comments(thread)] == ["Thank you."]
    assert world.queue.taken == []


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 65_537])
def test_what_cannot_be_sent_is_said_where_it_was_written(
    world: World, browser: FlaskClient, text: str
) -> None:
    thread = world.open_thread()
    path = "/threads/demo/ideas/1"
    answer = browser.post(path, data=form(browser, path, text=text))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert text.strip() in answer.text
    assert world.forge.comments(thread) == []


@pytest.mark.parametrize("place", ["", "ideas", "../etc", "demo/..", "a b/c"])
def test_a_thread_needs_the_name_of_a_repository(
    world: World, browser: FlaskClient, place: str
) -> None:
    fields = form(browser, repository=place, title="Mine", text="/generate kept-text")
    answer = browser.post("/threads", data=fields)
    assert answer.status_code == 400
    assert "invalid_name" in answer.text
    assert "/generate kept-text" in answer.text
    assert 'value="Mine"' in answer.text
    assert world.people.threads() == []


def test_a_comment_that_was_not_taken_in_can_be_delivered_again(
    world: World, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.open_thread()
    path = "/threads/demo/ideas/1"
    fields = form(browser, path, text=GENERATE)
    deliveries = type(world.store.deliveries)

    def unavailable(*_args: object, **_more: object) -> None:
        raise StoreUnavailable("away")

    # The database would have to die between two statements of one request.
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "claim", unavailable)
        answer = browser.post(path, data=fields)
    assert "?undelivered=" in answer.headers["Location"]
    shown = browser.get(answer.headers["Location"]).text
    assert "was not taken in" in shown
    number = re.search(r'name="comment" value="(\d+)"', shown)
    assert number is not None
    again = browser.post(f"{path}/deliveries", data=form(browser, path, comment=number[1]))
    assert again.headers["Location"] == path
    assert len(world.store.deliveries.recent()) == 1
    assert len(world.people.threads()[0:]) == 1


@pytest.mark.parametrize("which", ["999", "x", ""])
def test_only_what_was_written_can_be_delivered_again(
    world: World, browser: FlaskClient, which: str
) -> None:
    world.open_thread()
    path = "/threads/demo/ideas/1"
    answer = browser.post(f"{path}/deliveries", data=form(browser, path, comment=which))
    assert answer.status_code == 404


def test_a_thread_shows_its_run_and_what_it_made(world: World, browser: FlaskClient) -> None:
    thread = world.open_thread()
    run = world.work(world.start(thread))
    world.forge.add_comment(thread, "### ✅ orders is ready\n\n- [x] Commit the files")
    world.forge.react(thread, None, Reaction.SEEN)
    text = browser.get("/threads/demo/ideas/1").text
    assert f"/runs/{run.id}" in text
    assert "Completed" in text
    assert "5 of 5 steps" in text
    assert "read back identical" in text
    assert "git clone" in text
    assert "firstcommit: seen" in text
    for path in FILES:
        assert path.rpartition("/")[2] in text
    assert 'href="/repositories/demo/orders?path=src/orders/__init__.py"' in text


def test_while_a_run_is_under_way_the_page_is_asked_for_each_second(
    world: World, browser: FlaskClient
) -> None:
    run = world.start(world.open_thread())
    path = "/threads/demo/ideas/1"
    assert 'data-every="1000"' in browser.get(path).text
    assert "http-equiv" in browser.get(path).text
    world.work(run)
    world.clock.ahead += world.clock().resolution * 60_000_000
    text = browser.get(path).text
    assert 'data-every="5000"' in text
    assert "http-equiv" not in text


def test_an_unchanged_page_is_not_sent_again(world: World, browser: FlaskClient) -> None:
    first = browser.get("/runs", headers={"X-Live": "1"})
    again = browser.get("/runs", headers={"X-Live": "1", "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    world.start(world.open_thread())
    changed = browser.get("/runs", headers={"X-Live": "1", "If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_a_run_that_stopped_says_why_and_offers_to_go_on(
    world: World, browser: FlaskClient
) -> None:
    thread = world.open_thread()
    run = world.work(world.start(thread), until="repo_creation", failure=TAKEN)
    for path in ("/threads/demo/ideas/1", f"/runs/{run.id}"):
        text = browser.get(path).text
        assert "Failed" in text
        assert TAKEN.message in text
        assert "add <code>--existing</code>" in text
        assert "repository_exists" in text
        assert 'value="/retry"' in text


def test_a_run_under_way_can_be_asked_to_stop(world: World, browser: FlaskClient) -> None:
    thread = world.open_thread()
    world.work(world.start(thread), until="verify")
    path = "/threads/demo/ideas/1"
    assert 'value="/cancel"' in browser.get(path).text
    browser.post(path, data=form(browser, path, text="/cancel"))
    assert [comment.body for comment in world.forge.comments(thread)] == ["/cancel"]
    assert len(world.queue.taken) == 1


def test_a_running_step_shows_what_it_said_last(world: World, browser: FlaskClient) -> None:
    run = world.work(world.start(world.open_thread()), until="commit")
    for line in ("the first line", "the last line"):
        world.store.runs.add_event(run.id, "log", {"step": "commit", "line": line})
    for path in ("/threads/demo/ideas/1", f"/runs/{run.id}"):
        steps = browser.get(path).text.split('<ol class="steps">')[1].split("</ol>")[0]
        assert "the last line" in steps
        assert "the first line" not in steps


def test_a_change_shows_the_files_of_its_branch(world: World, browser: FlaskClient) -> None:
    repository, commit = world.publish("demo/orders")
    world.forge.commit_on_new_branch(
        repository,
        branch="firstcommit/abc",
        base=commit,
        files=[FileToWrite(path="docs/new.md", content=b"# New\n")],
        message="More",
    )
    change = world.forge.open_change(
        repository, branch="firstcommit/abc", base="main", title="More", body="More.", draft=True
    )
    text = browser.get(f"/threads/demo/orders/{change.number}").text
    assert "firstcommit/abc" in text
    assert "new.md" in text
    assert "No run yet" not in text
    assert (
        f'href="/threads/demo/orders/{change.number}"'
        in browser.get("/repositories/demo/orders").text
    )


def test_a_run_has_a_page_with_all_that_happened(world: World, browser: FlaskClient) -> None:
    run = world.work(world.start(world.open_thread()))
    text = browser.get(f"/runs/{run.id}").text
    for words in (run.id, "python-package", "demo/ideas#1", "What happened", "run queued"):
        assert words in text
    assert run.id in browser.get("/runs").text


@pytest.mark.parametrize(
    "path",
    [
        "/threads/demo/ideas/99",
        "/threads/demo/nothing/1",
        "/threads/demo/ideas/x",
        "/threads/demo/ideas/99999999999999999999999999",
        "/repositories/demo/nothing",
        "/repositories/../etc",
        "/repositories/demo/ideas?ref=no-such-branch",
        "/repositories/demo/ideas?ref=--help",
        "/repositories/demo/ideas?ref=a%00b",
        "/repositories/demo/ideas?path=no/such/file",
        "/repositories/demo/ideas?path=../../../etc/passwd",
        "/runs/not-a-run",
        "/runs/00000000-0000-0000-0000-000000000000",
        "/no/such/page",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(
    world: World, browser: FlaskClient, path: str
) -> None:
    world.open_thread()
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "text/html" in answer.headers["Content-Type"]
    assert "Traceback" not in answer.text


def test_a_way_that_is_not_understood_is_a_page_too(browser: FlaskClient) -> None:
    answer = browser.put("/runs")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "cannot be done here" in answer.text


def test_a_form_that_is_too_large_is_refused(world: World, browser: FlaskClient) -> None:
    fields = form(browser, repository="demo/ideas", text="x" * 1_100_000)
    assert browser.post("/threads", data=fields).status_code == 413
    assert world.people.threads() == []


def test_a_database_that_is_away_is_said_without_details(
    world: World, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_more: object) -> None:
        raise StoreUnavailable("connection to db.internal:5432 refused")

    # Taking a database away under a running test would take the whole test along.
    monkeypatch.setattr(type(world.store.runs), "lines", away)
    answer = browser.get("/runs")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "does not answer" in answer.text
    assert "db.internal" not in answer.text


def test_a_mistake_of_ours_shows_a_reference_and_nothing_else(
    world: World, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("password=hunter2")

    # There is no known mistake to provoke.
    monkeypatch.setattr(type(world.store.runs), "lines", broken)
    answer = browser.get("/runs")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "reference" in answer.text


def test_a_busy_forge_is_no_mistake_of_ours(
    world: World, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: object, **_more: object) -> None:
        raise Transient("database is locked")

    # SQLite would have to be locked for longer than it waits.
    monkeypatch.setattr(type(world.people), "threads", busy)
    assert browser.get("/threads").status_code == 503


def test_files_are_shown_as_text_whatever_they_hold(world: World, browser: FlaskClient) -> None:
    world.publish("demo/orders")
    text = browser.get("/repositories/demo/orders?path=src/orders/page.html").text
    assert "<script>alert" not in text
    assert "generated" in text
    assert 'id="L1"' in text
    python = browser.get("/repositories/demo/orders?path=tests/test_orders.py").text
    assert '<span class="k">def</span>' in python
    assert "&lt;b&gt;" in python


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("assets/logo.png", "not text"),
        ("assets/large.txt", "too large"),
        ("src/orders/py.typed", "empty"),
        ("scripts/check", "executable"),
    ],
)
def test_what_cannot_be_shown_of_a_file_is_said(
    world: World, browser: FlaskClient, path: str, words: str
) -> None:
    world.publish("demo/orders")
    assert words in browser.get(f"/repositories/demo/orders?path={path}").text


def test_a_repository_shows_history_readme_and_how_to_clone_it(
    world: World, browser: FlaskClient
) -> None:
    _, commit = world.publish("demo/orders")
    text = browser.get("/repositories/demo/orders").text
    assert commit.id[:8] in text
    assert "git clone" in text
    assert "A library." in text
    assert "demo/orders" in browser.get("/repositories").text


def test_a_folder_can_be_picked_and_a_branch(world: World, browser: FlaskClient) -> None:
    repository, commit = world.publish("demo/orders")
    world.forge.commit_on_new_branch(
        repository,
        branch="firstcommit/abc",
        base=commit,
        files=[FileToWrite(path="docs/new page.md", content=b"# New\n")],
        message="More",
    )
    assert browser.get("/repositories/demo/orders?path=src").status_code == 200
    assert browser.get("/repositories/demo/orders?path=docs/new page.md").status_code == 404
    branch = browser.get("/repositories/demo/orders?ref=firstcommit/abc")
    assert "ref=firstcommit/abc&amp;path=docs/new%20page.md" in branch.text.replace(
        "&path", "&amp;path"
    )
    picked = "/repositories/demo/orders?ref=firstcommit/abc&path=docs/new page.md"
    assert "# New" in browser.get(picked).text


def test_of_a_large_repository_only_what_lies_along_the_way_is_in_the_page(
    world: World, browser: FlaskClient
) -> None:
    files = {f"src/part{n % 40}/module{n}.py": b"x = 1\n" for n in range(2_000)}
    world.publish("demo/large", files)
    root = browser.get("/repositories/demo/large").text
    assert "2000 files" in root
    assert root.count("module") == 0
    inner = browser.get("/repositories/demo/large?path=src/part7").text
    assert inner.count('class="leaf"') == 50


def test_comments_are_shown_without_what_could_harm(world: World, browser: FlaskClient) -> None:
    world.open_thread(
        "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))\n\n"
        '<a href="https://ok.example" onclick="x()" style="color:red">ok</a> **bold**\n\n'
        '<form action="/sign-out"><button>x</button></form> <h1 id="content">big</h1>',
        title="<b>title</b>",
    )
    text = browser.get("/").text
    body = text.split('class="body">')[1].split("</article>")[0]
    for harmful in ("<script", "onerror", "onclick", "style=", "<form", "<button", "<img", "id="):
        assert harmful not in body
    assert 'href="javascript' not in body
    assert "<strong>bold</strong>" in body
    assert 'rel="noopener noreferrer nofollow"' in body
    assert "<h1>&lt;b&gt;title&lt;/b&gt;</h1>" in text


def test_with_the_local_forge_off_home_lists_runs(make_world: MakeWorld) -> None:
    world = make_world(local_forge=False)
    thread = world.open_thread()
    world.start(thread)
    browser = world.browser()
    text = browser.get("/").text
    assert "FIRSTCOMMIT_LOCAL_FORGE=on" in text
    assert "orders" in text
    assert 'href="/threads"' not in text
    for path in ("/threads", "/threads/new", "/threads/demo/ideas/1", "/repositories"):
        assert browser.get(path).status_code == 404


def test_the_newest_runs_are_listed(world: World, browser: FlaskClient) -> None:
    thread = world.open_thread()
    for number in range(60):
        world.start(thread, name=f"project-{number}")
    text = browser.get("/runs").text
    assert "project-59" in text
    assert text.count('class="state queued"') == 50


def test_static_files_may_be_kept_since_their_address_changes(browser: FlaskClient) -> None:
    text = browser.get("/runs").text
    address = re.search(r'href="(/static/firstcommit\.css\?v=[0-9a-f]{12})"', text)
    assert address is not None
    answer = browser.get(address[1])
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    for other in ("/static/firstcommit.css", "/static/api.js", "/static/api.js?v=0123456789ab"):
        answer = browser.get(other)
        assert answer.headers["Cache-Control"] == "no-cache", other
        known = {"If-None-Match": answer.headers["ETag"]}
        assert browser.get(other, headers=known).status_code == 304


def test_a_run_is_found_by_its_short_id(world: World, browser: FlaskClient) -> None:
    run = world.work(world.start(world.open_thread()))
    answer = browser.get(f"/runs/{run.short_id}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/runs/{run.id}")
    assert browser.get("/runs/0123456789").status_code == 404
    assert browser.get("/runs/nothing").status_code == 404


def test_while_a_plan_waits_its_answers_are_offered(world: World, browser: FlaskClient) -> None:
    thread = world.open_thread()
    run = world.start(thread)
    held = world.store.runs.lease(run.id, worker="w", lease_s=60)
    assert held is not None
    world.store.plans.propose(
        NewPlan(
            run_id=run.id,
            step_id="files",
            digest="3f9a1c2b4d5e" + 52 * "0",
            document={},
            shown={},
            valid_s=60,
        ),
        number=held.lease_number,
    )
    text = browser.get("/threads/demo/ideas/1").text
    assert 'data-fill="/approve 3f9a1c2b4d5e"' in text
    assert 'data-fill="/reject -- "' in text


def test_events_are_told_in_words(world: World, browser: FlaskClient) -> None:
    run = world.work(world.start(world.open_thread()))
    world.store.runs.add_event(run.id, "step_put_off", {"step": "files", "paced": True})
    world.store.runs.add_event(run.id, "retry_requested", {"steps": ["commit", "change"]})
    text = browser.get(f"/runs/{run.id}").text
    assert "True" not in text
    assert "steps commit change" in text
