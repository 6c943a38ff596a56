"""GitHub loses answers, refuses, hides, or wants the App no more: what comes of a command then."""

from __future__ import annotations

import json

import pytest

from tests.e2e.bed import eventually
from tests.e2e.scene import Scene, assert_change, assert_new_repository

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "^/orgs/acme/repos$"),
        ("PATCH", "/git/refs/heads/main$"),
        ("PATCH", "^/repos/acme/lost-[0-9]$"),
        ("POST", "/issues/[0-9]+/comments$"),
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
