"""An organisation's own workflow, with a step of an installed package and an approval, end to end:
real processes, a real forge on disk, and the emulated GitHub.
"""

# ruff: noqa: E501 - a workflow reads best with a step a line

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.core.identity import Thread
from bot.core.runs import Run, RunStatus
from bot.services import Services
from tests.e2e.bed import eventually, github
from tests.e2e.desk import PATIENCE_S, Desk
from tests.e2e.product import Product, product
from tests.e2e.scene import Scene
from tests.packages import install_example
from tests.parts import ROOT

pytestmark = pytest.mark.e2e

LINE = "# SPDX-License-Identifier: Apache-2.0\n"
PATH = ".github/firstcommit/workflows/house.yaml"
HOUSE = """\
name: house
summary: A package with our licence's line, approved by a person, its next steps tracked
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
  line: {type: string, default: "SPDX-License-Identifier: Apache-2.0"}
  stories: {type: list, default: [{title: Write the guide}, {title: Ask the first user}]}
steps:
  - {id: files, uses: file_generation, with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: licence, uses: licence_header, with: {project: "${{ steps.files.project }}", line: "${{ inputs.line }}"}}
  - {id: checks, uses: verify, with: {project: "${{ steps.licence.project }}"}}
  - {id: gate, uses: approval, with: {project: "${{ steps.licence.project }}", into: "${{ inputs.into }}"}}
  - {id: repository, uses: repo_creation, if: "${{ inputs.into.new }}", with: {into: "${{ inputs.into }}"}}
  - {id: commit, uses: commit, with: {project: "${{ steps.licence.project }}", into: "${{ inputs.into }}"}}
  - id: change
    uses: open_change
    if: "${{ not inputs.into.new }}"
    with: {into: "${{ inputs.into }}", branch: "${{ steps.commit.branch }}"}
  - id: stories
    uses: track
    needs: [commit]
    with: {into: "${{ inputs.into }}", stories: "${{ inputs.stories }}", milestone: First release}
  - id: tell
    uses: notify
    needs: [change, stories]
    with:
      message: "${{ steps.licence.changed }} files bear our line; ${{ steps.commit.files }} were written."
outputs:
  licensed: "${{ steps.licence.changed }}"
"""
ASKED = "/generate python-package name=orders workflow=house"


def run_in(services: Services, thread: Thread) -> Run | None:
    runs = services.store.runs.in_thread(thread, limit=1)
    return runs[0] if runs else None


def digest_of(services: Services, thread: Thread) -> str:
    """What the plan of a thread is approved by, once it waits for that."""

    def look() -> str | None:
        plan = services.store.plans.pending(thread)
        run = run_in(services, thread)
        assert run is None or run.failure is None, run.failure
        return plan.digest[:12] if plan and run and run.status is RunStatus.WAITING else None

    return eventually(look, timeout_s=PATIENCE_S)


def assert_licensed(files: Mapping[str, bytes]) -> None:
    python = [content for path, content in files.items() if path.endswith(".py") and content]
    assert python
    assert all(content.startswith(LINE.encode()) for content in python)


@contextmanager
def with_package(folder: Path, **environment: str) -> Iterator[Product]:
    """The product, for whose processes the example package is installed."""
    site = install_example(folder / "site")
    path = {"PYTHONPATH": f"{site}:{ROOT}"}
    with product({**environment, **path}) as started:
        yield started


def test_on_the_forge_of_this_machine(tmp_path: Path) -> None:
    with with_package(tmp_path) as started:
        desk = Desk(machine=started.machine, services=started.services)
        desk.push("demo/.github", {PATH: HOUSE})
        thread = desk.ask(f"{ASKED} into=demo/orders")
        digest = digest_of(started.services, thread)
        assert desk.forge.repository("demo/orders") is None
        eventually(lambda: digest in desk.answer(thread))
        # A worker need not be there while somebody thinks about it.
        started.kill_worker()
        started.start_worker()
        desk.say(thread, f"/approve {digest}")
        run = desk.completed(thread)
        orders = desk.forge.repository("demo/orders")
        assert orders is not None
        files = desk.files("demo/orders", "main")
        assert_licensed(files)
        assert run.outputs == {"licensed": sum(LINE.encode() in each for each in files.values())}
        titles = [each.title for each in desk.people.threads(orders)]
        assert sorted(titles) == ["Ask the first user", "Write the guide"]
        assert any("files bear our line" in said for said in desk.ours(thread))


@pytest.mark.needs("node")
def test_on_github(node_path: Path, tmp_path: Path) -> None:
    with github(node_path) as server:
        key = tmp_path / "app.pem"
        key.write_text(server.app.private_key)
        environment = server.environment() | {"GITHUB_PRIVATE_KEY_PATH": str(key)}
        del environment["GITHUB_PRIVATE_KEY"]
        olga = server.as_user("olga")
        olga.create_repository("acme/.github", private=True, auto_init=True)
        olga.commit_files("acme/.github", {PATH: HOUSE})
        with with_package(tmp_path, **environment) as started:
            server.deliver_to(f"{started.url}/webhooks/github")
            scene = Scene(github=server, product=started)
            asked = scene.ask(ASKED)
            run = scene.wait(lambda: waiting(scene.run_of(asked)))
            assert run.thread is not None
            digest = digest_of(started.services, run.thread)
            assert olga.changes("acme/handbook") == []
            olga.comment("acme/handbook", asked.issue, f"/approve {digest}")
            completed = scene.completed(asked)
            (change,) = olga.changes("acme/handbook")
            branch = change["head"]["ref"]
            assert branch == f"firstcommit/{completed.short_id}"
            before, after = olga.tree("acme/handbook"), olga.tree("acme/handbook", branch)
            new = [path for path in after if before.get(path) != after[path]]
            assert_licensed({path: olga.file("acme/handbook", path, branch) for path in new})
            titles = {each["title"] for each in olga.issues("acme/handbook")}
            assert {"Ask the first user", "Write the guide"} <= titles
            assert any("files bear our line" in said for said in scene.ours(asked))


def waiting(run: Run | None) -> Run | None:
    assert run is None or run.failure is None, run.failure
    return run if run and run.status is RunStatus.WAITING else None
