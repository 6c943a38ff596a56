"""On GitHub, a change is reviewed, revised and mended: real webhooks, real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.agents.scripted.sources import work
from bot.core.runs import Run
from tests.e2e.bed import github
from tests.e2e.scene import BOT, Asked, Scene, scene_of

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node", "bwrap")]

SHOP = "acme/handbook"
MADE = "/generate python-package name=ui path=ui"
CODE = "ui/src/ui/conversion.py"
LOG = "FAILED tests/test_conversion.py - feet_to_metres: assert 1 == 2"


@pytest.fixture(scope="module")
def scene(node_path: Path) -> Iterator[Scene]:
    asking = {"FIRSTCOMMIT_MODEL": "scripted:demo"}
    with github(node_path) as server, scene_of(server, settings=asking) as made:
        yield made


def in_change(scene: Scene, number: int, text: str) -> Run:
    """Write a comment in a change, and give the run that came of it once that is reported."""
    comment = scene.github.as_user("olga").comment(SHOP, number, text)["id"]
    asked = scene.asked(SHOP, number, comment)

    def look() -> Run | None:
        for run in scene.product.services.store.runs.recent(limit=100):
            if run.comment_id == str(comment) and run.status.is_final and run.reported_at:
                return run
        return None

    run = scene.wait(look)
    assert run.failure is None, (run.failure, asked)
    return run


def fail(scene: Scene, commit: str, name: str, log: str) -> None:
    """Have an App say that a check has failed."""
    output = {"title": "Failed", "summary": "It failed.", "text": log}
    failed = {"name": name, "head_sha": commit, "status": "completed", "conclusion": "failure"}
    with scene.github.client(scene.github.installation_token()) as app:
        told = app.post(f"/repos/{SHOP}/check-runs", json={**failed, "output": output})
    told.raise_for_status()


def living(scene: Scene, number: int, run: Run) -> str:
    asked = Asked(repo=SHOP, issue=number, comment=None, delivery=scene.github.deliveries[0])
    (body,) = [said for said in scene.ours(asked) if f"firstcommit:run:{run.id}" in said]
    return body


def test_the_change_of_a_person_is_reviewed_at_its_lines(scene: Scene) -> None:
    olga = scene.github.as_user("olga")
    olga.create_branch(SHOP, "topic")
    olga.commit_files(SHOP, {"later.py": "A = 1\nB = 2  # TODO\n"}, branch="topic")
    number = olga.open_change(SHOP, branch="topic", title="Later")["number"]
    run = in_change(scene, number, "@firstcommit review")
    (review,) = olga.reviews(SHOP, number)
    assert (review["user"]["login"], review["state"]) == (BOT, "COMMENTED")
    (remark,) = olga.remarks(SHOP, number)
    # The emulator keeps no lines, but has refused those that the change does not show.
    assert remark["path"] == "later.py"
    assert "belongs into an issue" in remark["body"]
    assert "is reviewed" in living(scene, number, run)


def test_a_change_of_ours_is_revised_and_mended(scene: Scene) -> None:
    olga = scene.github.as_user("olga")
    branch = f"firstcommit/{scene.completed(scene.ask(MADE)).short_id}"
    (change,) = [one for one in olga.changes(SHOP) if one["head"]["ref"] == branch]
    number = change["number"]
    before = olga.branches(SHOP)[branch]
    in_change(scene, number, "/revise -- say that it is for shops")
    (head, *_) = olga.commits(SHOP, branch)
    assert [parent["sha"] for parent in head["parents"]] == [before]
    assert "That it is for shops." in olga.file(SHOP, "ui/README.md", branch).decode()
    wrong = work(("feet_to_metres", "metres_to_feet"), is_right=False)
    commit = olga.commit_files(SHOP, {CODE: wrong}, branch=branch)
    fail(scene, commit, "tests", LOG)
    run = in_change(scene, number, "@firstcommit fix tests")
    assert "return value / FACTOR" in olga.file(SHOP, CODE, branch).decode()
    assert "**What was wrong:**" in living(scene, number, run)
