"""An organisation's own packs, from what somebody writes to what they get."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.core.identity import Permission, Repository
from bot.core.policy import Policy
from bot.generation.foreign.rooms import Rooms
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.sandbox.plain import PlainProcesses
from tests.foreign_packs import COOKIECUTTER, COPIER, PIXEL, SERVICE, quick_rooms
from tests.spine import PACKS, Bot

FOLDER = ".github/firstcommit/packs"


@pytest.fixture
def home(bot: Bot) -> Repository:
    """Where acme keeps what holds for all of its own; packs are read without a sandbox here."""
    bot.change(generator=ProjectGenerator(PackLibrary(PACKS), quick_rooms()))
    return bot.forge.people.add_repository("acme/.github", private=False)


def push(bot: Bot, where: Repository, files: Mapping[str, str | bytes], folder: str = "") -> str:
    """Have somebody push files; the last commit's id."""
    commit = ""
    for path, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        commit = bot.commit(f"{folder}/{path}".lstrip("/"), raw, where=where)
    return commit


def test_one_of_them_becomes_a_change(bot: Bot, home: Repository) -> None:
    commit = push(bot, home, SERVICE, f"{FOLDER}/service")
    run = bot.do("/generate service name=orders database=yes")
    assert run.status == "completed", bot.living
    files = bot.files("acme/shop", branch(bot))
    assert files["README.md"] == b"# orders\nsqlite\n"
    assert files["logo.png"] == PIXEL
    memory = files[".firstcommit/project.yml"].decode()
    assert f'commit: "{commit}"' in memory
    assert 'source: "github:acme/.github//.github/firstcommit/packs/service"' in memory
    assert "pack `service` of github:acme/.github" in bot.living.replace("\\", "")
    assert commit[:7] in bot.living


def branch(bot: Bot) -> str:
    return f"firstcommit/{bot.run.short_id}"


def test_one_may_include_the_texts_that_every_pack_may(bot: Bot, home: Repository) -> None:
    licence = '{% include "_shared/licences/" ~ "MIT" ~ ".txt" %}'
    author = "  author: {type: string, default: Ada}\n"
    terms = {"pack.yaml": SERVICE["pack.yaml"] + author, "files/LICENSE": licence}
    push(bot, home, {**SERVICE, **terms}, f"{FOLDER}/service")
    run = bot.do("/generate service name=orders")
    assert run.status == "completed", bot.living
    assert b"Ada" in bot.files("acme/shop", branch(bot))["LICENSE"]


def test_a_text_that_is_not_there_is_named(bot: Bot, home: Repository) -> None:
    lost = {**SERVICE, "files/README.md": 'One\n{% include "_shared/" ~ name ~ ".txt" %}'}
    push(bot, home, lost, f"{FOLDER}/service")
    bot.do("/generate service name=orders")
    assert "service/files/README.md, line 2: there is no text '_shared/orders.txt'" in (
        bot.living.replace("\\", "")
    )
    assert "packs check FOLDER" in bot.living


def test_one_of_the_same_name_wins_over_ours(bot: Bot, home: Repository) -> None:
    ours = {**SERVICE, "pack.yaml": SERVICE["pack.yaml"].replace("service\n", "library\n", 1)}
    push(bot, home, ours, f"{FOLDER}/library")
    bot.do("/generate library name=orders")
    assert bot.files("acme/shop", branch(bot))["README.md"] == b"# orders\n"


def test_they_are_listed_with_where_they_lie(bot: Bot, home: Repository) -> None:
    commit = push(bot, home, {**SERVICE}, f"{FOLDER}/service")
    broken = push(bot, home, {"pack.yaml": "name: broken\n", "files/x": "x"}, f"{FOLDER}/broken")
    bot.post("/firstcommit templates")
    assert "| `service` | 2.1.0 | A service as we build them · of acme/.github at" in bot.answer
    assert broken[:7] in bot.answer
    assert commit != broken
    assert "These cannot be used" in bot.answer
    assert "`broken`" in bot.answer
    assert "`library`" in bot.answer


def test_one_is_shown_with_its_questions(bot: Bot, home: Repository) -> None:
    push(bot, home, COPIER, f"{FOLDER}/lib")
    bot.post("/firstcommit templates lib")
    assert "| `project_name` | string | required | What is it called? |" in bot.answer
    assert "api, cli, docs" in bot.answer
    assert "module" not in bot.answer


def test_a_faulty_one_is_told_of_and_never_passed_over(bot: Bot, home: Repository) -> None:
    broken = {"pack.yaml": "name: library\nversion: 1\n", "files/x": "x"}
    push(bot, home, broken, f"{FOLDER}/library")
    bot.post("/generate library name=orders")
    assert bot.reason == "bad_pack"
    assert "library/pack.yaml" in bot.answer
    assert bot.runs == []


def test_wrong_answers_are_all_told(bot: Bot, home: Repository) -> None:
    push(bot, home, SERVICE, f"{FOLDER}/service")
    bot.post("/generate service name=Orders database=maybe colour=red")
    assert bot.reason == "unknown_answer"
    for word in ("`name`", "`database`", "`colour`"):
        assert word in bot.answer


def test_a_private_home_shows_nothing_to_whoever_may_not_read_it(bot: Bot) -> None:
    bot.change(generator=ProjectGenerator(PackLibrary(PACKS), quick_rooms()))
    home = bot.forge.people.add_repository("acme/.github", private=True)
    push(bot, home, SERVICE, f"{FOLDER}/service")
    bot.post("/generate service name=orders")
    assert bot.reason == "unknown_pack"
    bot.post("/firstcommit templates")
    assert "`service`" not in bot.answers[-1]


def test_a_private_home_serves_whoever_may_read_it(bot: Bot) -> None:
    bot.change(generator=ProjectGenerator(PackLibrary(PACKS), quick_rooms()))
    home = bot.forge.people.add_repository("acme/.github", private=True)
    bot.forge.people.add_person("ann", {"acme/.github": Permission.READ})
    push(bot, home, SERVICE, f"{FOLDER}/service")
    assert bot.do("/generate service name=orders").status == "completed"


def test_what_was_found_is_what_is_made_though_somebody_pushes_meanwhile(
    bot: Bot, home: Repository
) -> None:
    push(bot, home, SERVICE, f"{FOLDER}/service")
    bot.post("/generate service name=orders")
    bot.take_in()
    push(bot, home, {"files/README.md": "changed\n"}, f"{FOLDER}/service")
    bot.drain()
    assert bot.files("acme/shop", branch(bot))["README.md"] == b"# orders\n"


def test_a_template_of_copier_becomes_a_change(bot: Bot, home: Repository) -> None:
    push(bot, home, COPIER, f"{FOLDER}/lib")
    bot.do("/generate lib name=big-shop features=docs,cli")
    files = bot.files("acme/shop", branch(bot))
    assert files["README.md"] == b"# big-shop\ncli docs\n"
    assert "big_shop/__init__.py" in files
    assert files["docs/index.md"] == b"big-shop\n"
    answers = files[".copier-answers.yml"].decode()
    assert "_src_path: github:acme/.github//.github/firstcommit/packs/lib" in answers
    assert "token" not in answers


def test_a_repository_at_a_tag_serves_as_a_pack(bot: Bot, home: Repository) -> None:
    templates = bot.forge.people.add_repository("acme/templates", private=True)
    bot.forge.people.add_person("ann", {"acme/templates": Permission.READ})
    tagged = push(bot, templates, COOKIECUTTER)
    bot.forge._world.place(templates).objects.tags["v1.2"] = tagged
    push(bot, templates, {"{{ cookiecutter.slug }}/README.md": "newer"})
    bot.do("/generate acme/templates@v1.2 project_name='Big Shop'")
    files = bot.files("acme/shop", branch(bot))
    assert files["README.md"] == b"# Big Shop\n"
    assert f'commit: "{tagged}"' in files[".firstcommit/project.yml"].decode()
    assert 'version: "v1.2"' in files[".firstcommit/project.yml"].decode()


@pytest.mark.parametrize("address", ["acme/templates@v1", "github:acme/none", "pia/none@v1"])
def test_what_one_may_not_read_and_what_is_not_there_are_the_same(
    bot: Bot, home: Repository, address: str
) -> None:
    templates = bot.forge.people.add_repository("acme/templates", private=True)
    push(bot, templates, COOKIECUTTER)
    bot.post(f"/generate {address} name=orders")
    assert bot.reason == "unknown_pack"
    name = address.removeprefix("github:").partition("@")[0]
    assert f"There is no repository {name} that you may read." in bot.answer


def test_a_commit_is_no_tag(bot: Bot, home: Repository) -> None:
    commit = push(bot, home, COOKIECUTTER)
    bot.post(f"/generate acme/.github@{commit} name=orders")
    assert bot.reason == "bad_pack_address"


@pytest.mark.parametrize(
    ("allowed", "reason"),
    [
        (("lib*",), "pack_not_allowed"),
        (("acme-*", "*/other"), "pack_not_allowed"),
        (("acme/*",), None),
        (("serv*",), None),
    ],
)
def test_policy_says_which_may_be_used(
    bot: Bot, home: Repository, allowed: tuple[str, ...], reason: str | None
) -> None:
    push(bot, home, SERVICE, f"{FOLDER}/service")
    bot.change(policy=Policy(packs=allowed))
    bot.post("/generate service name=orders")
    bot.take_in()
    assert (bot.reason if reason else None) == reason
    assert len(bot.runs) == (0 if reason else 1)


def test_policy_is_asked_before_anything_is_read(bot: Bot, home: Repository) -> None:
    bot.change(policy=Policy(packs=("python-*",)))
    bot.post("/generate python-acme/templates@v1 name=orders")
    assert bot.reason == "pack_not_allowed"


def test_without_a_sandbox_one_is_refused_and_ours_are_not(bot: Bot, home: Repository) -> None:
    bot.change(generator=ProjectGenerator(PackLibrary(PACKS), Rooms(NoSandboxHere())))
    push(bot, home, SERVICE, f"{FOLDER}/service")
    bot.post("/generate service name=orders")
    assert bot.reason == "no_sandbox"
    assert "FIRSTCOMMIT_UNSANDBOXED" in bot.answer
    assert bot.do("/generate library name=orders").status == "completed"


class NoSandboxHere(PlainProcesses):
    """What stands where none can be had."""

    def problem(self) -> str | None:
        return "bubblewrap is not installed."
