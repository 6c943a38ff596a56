"""Policy files as GitHub gives them: whose hold, at which commit, and who may have what by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.identity import Actor, Permission, Repository
from bot.core.pace import PaceLimits
from bot.core.policy import Approval, Policy
from bot.destinations import may_create
from bot.errors import UserError
from bot.explain import Question, explain
from bot.forges.github.forge import GitHubForge
from bot.pace import ProcessPace
from bot.policies import InForce, in_force
from tests.e2e.bed import GitHubServer, github
from tests.spine import Bot

pytestmark = pytest.mark.needs("node")

PATH = ".github/firstcommit.yml"
NO_PACE = PaceLimits(burst=100_000, per_second=1e6, per_minute=100_000, per_hour=100_000)


@pytest.fixture(scope="module")
def server(node_path: Path) -> Iterator[GitHubServer]:
    with github(node_path) as running:
        yield running


@pytest.fixture
def here(server: GitHubServer, bot: Bot) -> Bot:
    """The program, with GitHub in the place of the forge in memory."""
    forge = GitHubForge(
        app_id=server.app.app_id,
        private_key=server.app.private_key,
        api_url=server.url,
        web_url=server.url,
        pace=ProcessPace(NO_PACE),
        redis_url="",
        secret_key="kept from Redis",
        sleep=lambda seconds: None,
    )
    bot.change(forges={"github": forge})
    return bot


def handbook(here: Bot) -> Repository:
    found = here.services.forge("github").repository("acme/handbook")
    assert found is not None
    return found


def now(here: Bot) -> InForce:
    return in_force(here.services, handbook(here))


def person(here: Bot, login: str) -> Actor:
    found = here.services.forge("github").person(login)
    assert found is not None
    return found


def test_files_on_github_extend_and_tighten(here: Bot, server: GitHubServer) -> None:
    olga = server.as_user("olga")
    assert now(here).policy == Policy()

    own = olga.commit_files("acme/handbook", {PATH: "version: 1\napproval: always\n"})
    assert now(here).policy == Policy(approval=Approval.ALWAYS)

    olga.create_repository("acme/.github")
    ours = "version: 1\npermissions: {generate: maintain}\ncreate: {teams: [platform]}\n"
    olga.commit_files("acme/.github", {PATH: ours})
    assert now(here).policy == Policy(
        approval=Approval.ALWAYS,
        permissions={"generate": Permission.MAINTAIN},
        create_teams=("platform",),
    )

    olga.commit_files("acme/handbook", {PATH: "version: 1\npermissions: {generate: write}\n"})
    (file,) = now(here).problems
    assert file.kept == own
    assert "would loosen what acme/.github says: `maintain`" in str(file.problems[0])
    assert now(here).policy.approval is Approval.ALWAYS

    question = Question(
        login="will",
        text="/generate library name=orders",
        forge="github",
        repository="acme/handbook",
    )
    assert explain(here.services, question).reason == "no_maintain"

    forge, mia = here.services.forge("github"), person(here, "mia")
    with pytest.raises(UserError):
        may_create(here.services, forge, "acme", mia, near=None)
    olga.add_to_team("acme", "platform", "mia")
    assert may_create(here.services, forge, "acme", mia, near=None).login == "acme"
