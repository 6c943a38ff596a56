"""An organisation's own workflow with a step that an installed package brings, from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.runs import RunStatus
from tests.packages import install_example
from tests.spine import Bot, Killed

LINE = "SPDX-License-Identifier: Apache-2.0"
OURS = """\
name: licensed
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
  line: {type: string, default: "SPDX-License-Identifier: Apache-2.0"}
steps:
  - id: files
    uses: file_generation
    with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}
  - id: licence
    uses: licence_header
    with: {project: "${{ steps.files.project }}", line: "${{ inputs.line }}"}
  - id: checks
    uses: verify
    with: {project: "${{ steps.licence.project }}"}
  - id: repository
    uses: repo_creation
    with: {into: "${{ inputs.into }}"}
  - id: commit
    uses: commit
    with: {project: "${{ steps.licence.project }}", into: "${{ inputs.into }}"}
outputs:
  licensed: "${{ steps.licence.changed }}"
"""
COMMAND = "/generate library workflow=licensed name=orders into=acme/orders"


@pytest.fixture
def organisation(bot: Bot, package_path: Path) -> Bot:
    """Acme, whose operator has installed the package and whose own workflow uses it."""
    install_example(package_path)
    home = bot.forge.people.add_repository("acme/.github", private=False)
    bot.commit(".github/firstcommit/workflows/licensed.yaml", OURS.encode(), where=home)
    return bot


def published(bot: Bot) -> dict[str, bytes]:
    repository = bot.forge.repository("acme/orders")
    assert repository is not None
    return dict(bot.forge.people.files(repository, repository.default_branch))


def test_it_changes_what_is_published(organisation: Bot) -> None:
    run = organisation.do(COMMAND, author="olga")
    assert run.status is RunStatus.COMPLETED, run.failure
    files = published(organisation)
    python = {path: content for path, content in files.items() if path.endswith(".py") and content}
    assert python
    assert all(content.startswith(f"# {LINE}\n".encode()) for content in python.values())
    assert run.outputs == {"licensed": len(python)}


def test_the_run_knows_where_its_workflow_came_from(organisation: Bot) -> None:
    run = organisation.do(COMMAND, author="olga")
    assert run.source["kind"] == "organisation"
    assert run.source["repository"] == "acme/.github"
    assert run.step("licence").uses == "licence_header"


def test_people_read_the_steps_own_words(organisation: Bot) -> None:
    organisation.do(COMMAND, author="olga")
    assert "Put the licence's line on top" in organisation.living


def test_a_kill_within_it_changes_nothing_twice(organisation: Bot) -> None:
    organisation.post(COMMAND, author="olga")
    organisation.kill_at("create_repository")
    with pytest.raises(Killed):
        organisation.drain()
    organisation.later(60)
    assert organisation.run.status is RunStatus.COMPLETED, organisation.run.failure
    assert all(
        content.count(LINE.encode()) == 1
        for path, content in published(organisation).items()
        if path.endswith(".py") and content
    )


def test_a_person_may_give_its_inputs(organisation: Bot) -> None:
    run = organisation.do(f"{COMMAND} line='Copyright Acme'", author="olga")
    assert run.status is RunStatus.COMPLETED, run.failure
    assert any(b"# Copyright Acme\n" in content for content in published(organisation).values())


def test_without_the_package_the_file_is_refused_by_its_line(bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github", private=False)
    bot.commit(".github/firstcommit/workflows/licensed.yaml", OURS.encode(), where=home)
    bot.post(COMMAND, author="olga")
    assert not bot.runs
    assert "unknown step type 'licence_header'" in bot.answers[-1]
    assert "line 12, column 11" in bot.answers[-1]
    assert "Reason: `bad_workflow`" in bot.answers[-1]
