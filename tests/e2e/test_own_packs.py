"""What an organisation has of its own, packs and a workflow, used by comments through ``serve``:
on the forge of this machine, and on the emulated GitHub.
"""

# ruff: noqa: E501 - a workflow reads best with a step a line

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.core.identity import Thread
from bot.core.runs import Run
from bot.embedded import socket_path
from tests.e2e.bed import github
from tests.e2e.desk import Desk
from tests.e2e.person import Person
from tests.e2e.product import Product, Valkey
from tests.e2e.scene import Asked, Scene
from tests.e2e.served import served
from tests.foreign_packs import COPIER, PIXEL, SERVICE

pytestmark = pytest.mark.e2e

PACKS = ".github/firstcommit/packs"
WORKFLOW = ".github/firstcommit/workflows/bare.yaml"
BARE = """\
name: bare
summary: From a pack to a branch, and no further
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
steps:
  - {id: files, uses: file_generation, with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: commit, uses: commit, with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
"""
#: One of a name that ships, one whose third line is wrong, one that cannot be rendered.
LIKE_OURS = {
    "pack.yaml": "name: static-site\nversion: 9.0.0\nsummary: As we build sites\n"
    "questions:\n  name: {type: string}\n",
    "files/index.html": "<h1>{{ name }} of ours</h1>\n",
}
BROKEN = {"pack.yaml": "name: broken\nversion: 1.0.0\nsumary: x\n", "files/a.txt": "x\n"}
TORN = {
    "pack.yaml": "name: torn\nversion: 1.0.0\nsummary: x\nquestions:\n  name: {type: string}\n",
    "files/a.txt": "one\n{{ nobody }}\n",
}
OWN = {"service": SERVICE, "static-site": LIKE_OURS, "broken": BROKEN, "torn": TORN, "lib": COPIER}


def files_at_home() -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {WORKFLOW: BARE}
    for name, pack in OWN.items():
        found |= {f"{PACKS}/{name}/{path}": content for path, content in pack.items()}
    return found


class World(Protocol):
    """A forge with people on it, and the server that listens to it. Its handbook is where
    somebody writes, and its home where the organisation keeps what is its own."""

    @property
    def forge(self) -> str:
        """What addresses begin with."""

    def rested(self) -> None:
        """As if nobody had asked for anything within the hour."""

    @property
    def home(self) -> str:
        """The repository for what holds for all others of its owner."""

    def push(self, name: str, files: Mapping[str, str | bytes], *, tag: str = "") -> str:
        """Have a person push files to a repository; gives the commit's id."""

    def ask(self, text: str) -> Any:
        """A comment in a thread of its own."""

    def completed(self, asked: Any) -> Run:
        """The run that came of it."""

    def ended(self, asked: Any) -> Run:
        """The same, whatever became of it."""

    def answer(self, asked: Any) -> str:
        """The one thing that we wrote there, once it is written."""

    def made(self, run: Run) -> Mapping[str, bytes]:
        """What lies on the branch of a run."""

    def runs(self) -> int:
        """How many runs there have been."""


@dataclass(frozen=True, kw_only=True)
class OnThisMachine:
    """The forge on disk."""

    desk: Desk
    forge = "local"
    home = "demo/.github"

    def rested(self) -> None:
        # Nobody counts what is written to it.
        pass

    def push(self, name: str, files: Mapping[str, str | bytes], *, tag: str = "") -> str:
        return self.desk.push(f"demo/{name}", files, tag=tag)

    def ask(self, text: str) -> Thread:
        return self.desk.ask(text)

    def completed(self, asked: Thread) -> Run:
        return self.desk.completed(asked)

    def ended(self, asked: Thread) -> Run:
        return self.desk.ended(asked)

    def answer(self, asked: Thread) -> str:
        return self.desk.answer(asked)

    def made(self, run: Run) -> Mapping[str, bytes]:
        return self.desk.files("demo/playground", f"firstcommit/{run.short_id}")

    def runs(self) -> int:
        return len(self.desk.services.store.runs.recent(limit=100))


@dataclass(frozen=True, kw_only=True)
class OnGitHub:
    """The emulated one."""

    scene: Scene
    olga: Person
    forge = "github"
    home = "acme/.github"

    def rested(self) -> None:
        self.scene.product.valkey.forget_pace()

    def push(self, name: str, files: Mapping[str, str | bytes], *, tag: str = "") -> str:
        full_name = f"acme/{name}"
        if self.olga.repository(full_name) is None:
            self.olga.create_repository(full_name)
        commit = self.olga.commit_files(full_name, files)
        if tag:
            self.olga.tag(full_name, tag, commit, tag)
        return commit

    def ask(self, text: str) -> Asked:
        return self.scene.ask(text)

    def completed(self, asked: Asked) -> Run:
        return self.scene.completed(asked)

    def ended(self, asked: Asked) -> Run:
        return self.scene.ended(asked)

    def answer(self, asked: Asked) -> str:
        self.scene.wait(lambda: self.scene.ours(asked))
        return self.scene.answer(asked)

    def made(self, run: Run) -> Mapping[str, bytes]:
        branch = f"firstcommit/{run.short_id}"
        before, after = (self.olga.tree("acme/handbook", ref) for ref in ("main", branch))
        new = [path for path in after if before.get(path) != after[path]]
        return {path: self.olga.file("acme/handbook", path, branch) for path in new}

    def runs(self) -> int:
        return len(self.scene.product.services.store.runs.recent(limit=100))


@pytest.fixture(scope="module")
def local_world() -> Iterator[World]:
    # Where no sandbox can be had, packs that are not ours need the operator's leave.
    with served({"FIRSTCOMMIT_UNSANDBOXED": "packs"}) as server:
        services = server.machine.services()
        yield OnThisMachine(desk=Desk(machine=server.machine, services=services))
        services.store.database.close()


@pytest.fixture(scope="module")
def github_world(node_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with github(node_path) as site:
        key = tmp_path_factory.mktemp("key") / "app.pem"
        key.write_text(site.app.private_key)
        environment = site.environment() | {"GITHUB_PRIVATE_KEY_PATH": str(key)}
        del environment["GITHUB_PRIVATE_KEY"]
        with served({**environment, "FIRSTCOMMIT_UNSANDBOXED": "packs"}) as server:
            site.deliver_to(f"{server.url}/webhooks/github")
            here, services = server.machine, server.machine.services()
            product = Product(
                machine=here,
                valkey=Valkey(machine=here, socket=socket_path(here.data_dir)),
                web=server.part,
                services=services,
            )
            scene = Scene(github=site, product=product)
            yield OnGitHub(scene=scene, olga=site.as_user("olga"))
            services.store.database.close()


@pytest.fixture(
    scope="module", params=["local", pytest.param("github", marks=pytest.mark.needs("node"))]
)
def shared(request: pytest.FixtureRequest) -> World:
    return request.getfixturevalue(f"{request.param}_world")


@pytest.fixture(scope="module")
def home(shared: World) -> str:
    """The commit at which the organisation has everything of its own."""
    return shared.push(".github", files_at_home())


@pytest.fixture
def world(shared: World) -> World:
    shared.rested()
    return shared


def told_by(world: World, asked: Any) -> str:
    """Our one comment, without what only keeps Markdown from being read into it."""
    return world.answer(asked).replace("\\", "")


def of_home(world: World, name: str, commit: str) -> str:
    return f"pack `{name}` of {world.forge}:{world.home}//{PACKS}/{name} at `{commit[:7]}`"


def test_a_pack_of_its_own_becomes_a_change(world: World, home: str) -> None:
    asked = world.ask("/generate service name=orders database=yes")
    run = world.completed(asked)
    files = world.made(run)
    assert files["README.md"] == b"# orders\nsqlite\n"
    assert files["logo.png"] == PIXEL
    assert f'commit: "{home}"' in files[".firstcommit/project.yml"].decode()
    assert of_home(world, "service", home) in told_by(world, asked)


def test_one_of_the_same_name_wins_over_the_one_that_ships(world: World, home: str) -> None:
    asked = world.ask("/generate static-site name=pages")
    files = world.made(world.completed(asked))
    assert files["index.html"] == b"<h1>pages of ours</h1>\n"
    assert of_home(world, "static-site", home) in told_by(world, asked)


def test_its_workflow_is_named_beside_its_pack(world: World, home: str) -> None:
    asked = world.ask("/generate service name=bills path=bills workflow=bare")
    run = world.completed(asked)
    assert [step.id for step in run.steps] == ["files", "commit"]
    assert world.made(run)["bills/README.md"] == b"# bills\n"
    told = told_by(world, asked)
    assert f"workflow `bare` of {world.home} at `{home[:7]}`" in told
    assert of_home(world, "service", home) in told


def test_a_template_of_copier_becomes_a_change(world: World, home: str) -> None:
    asked = world.ask("/generate lib project_name=big-shop features=docs,cli path=shop")
    files = world.made(world.completed(asked))
    assert files["shop/README.md"] == b"# big-shop\ncli docs\n"
    assert files["shop/docs/index.md"] == b"big-shop\n"
    assert "shop/big_shop/__init__.py" in files
    assert home in files["shop/.firstcommit/project.yml"].decode()
    assert of_home(world, "lib", home) in told_by(world, asked)


def test_a_template_in_a_repository_of_its_own_is_used_at_its_tag(world: World, home: str) -> None:
    commit = world.push("layout", COPIER, tag="v1.0")
    changed = {"template/README.md.jinja": "# Another\n"}
    assert world.push("layout", changed) != commit
    owner = world.home.partition("/")[0]
    asked = world.ask(f"/generate {owner}/layout@v1.0 project_name=tagged path=tagged")
    files = world.made(world.completed(asked))
    assert files["tagged/README.md"] == b"# tagged\napi\n"
    told = told_by(world, asked)
    assert f"of {world.forge}:{owner}/layout at `{commit[:7]}`" in told


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken", ["broken/pack.yaml:3", "sumary", "summary", "Reason: `bad_pack`"]),
        ("no-such", ["There are: broken, ", "Those of ", PACKS, "Reason: `unknown_pack`"]),
    ],
)
def test_what_cannot_be_used_is_answered_clearly(
    world: World, home: str, name: str, words: list[str]
) -> None:
    before = world.runs()
    told = told_by(world, world.ask(f"/generate {name} name=orders"))
    assert all(word in told for word in words), told
    assert world.runs() == before


def test_one_that_cannot_be_rendered_stops_its_run_and_says_where(world: World, home: str) -> None:
    asked = world.ask("/generate torn name=orders")
    failure = world.ended(asked).failure
    assert failure is not None
    where = "torn/files/a.txt, line 2: 'nobody' is undefined."
    assert failure.message == where
    told = told_by(world, asked)
    assert f"**Why:** {where}" in told
    assert f"Reason: `{failure.reason}`" in told
