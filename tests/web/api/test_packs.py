"""Template packs over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bot.core.identity import Permission
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.foreign_packs import SERVICE, quick_rooms
from tests.forms.github_forms import faults
from tests.spine import SHIPPED_PACKS, Bot
from tests.web.api.server import Server

GOOD = {"name": "orders", "lines": 2}
SECRET = "s3cr3t-w0rd"
VAULT = """\
name: vault
version: 1.0.0
summary: Keeps something
questions:
  name: {type: string}
  key:
    type: secret
    pattern: "^[a-z0-9-]+$"
    validator: "{% if key == 'b4d-w0rd' %}is {{ key }}, which is known{% endif %}"
  hint: {type: string, default: "begins like {{ key }}"}
  broken: {type: boolean, default: false}
"""


@pytest.fixture
def vault(bot: Bot, tmp_path: Path) -> Server:
    """A server with a pack that asks for a secret, and fails where it is told to."""
    files = tmp_path / "packs" / "vault" / "files"
    files.mkdir(parents=True)
    (files.parent / "pack.yaml").write_text(VAULT)
    (files / "key.txt").write_text("{{ key }} {{ hint }}\n")
    (files / "broken.txt").write_text("{% if broken %}{{ 1 / 0 }}{% endif %}\n")
    bot.change(generator=ProjectGenerator(PackLibrary(tmp_path / "packs")))
    return Server(bot)


@pytest.fixture
def shipped(bot: Bot) -> Server:
    bot.change(generator=ProjectGenerator(PackLibrary(SHIPPED_PACKS)))
    return Server(bot)


def test_packs_are_listed_by_name_and_found_by_a_text(shipped: Server) -> None:
    first = shipped.get("/packs", limit=1).json
    second = shipped.get("/packs", limit=100, after=first["next"]).json
    names = [each["name"] for each in (*first["items"], *second["items"])]
    assert names == sorted(path.parent.name for path in SHIPPED_PACKS.glob("*/pack.yaml"))
    assert second["next"] is None
    found = shipped.get("/packs", text="PYPI").json["items"]
    assert "python-package" in [pack["name"] for pack in found]
    assert "static-site" not in [pack["name"] for pack in found]
    assert shipped.get("/packs", text="cobol").json["items"] == []


def test_a_pack_tells_its_questions_files_limits_and_checks(shipped: Server) -> None:
    told = shipped.get("/packs/python-package").json
    questions = {each["name"]: each for each in told["questions"]}
    assert questions["licence"]["choices"] == ["Apache-2.0", "MIT", "none"]
    assert questions["author"]["default_template"] == "The {{ name }} authors"
    assert questions["author"]["default"] is None
    assert questions["name"]["required"] is True
    files = {each["path"]: each for each in told["files"]}
    assert files["LICENSE"]["when"] == ["{{ licence != 'none' }}"]
    assert told["limits"]["files"] == 500
    assert {"name": "tests", "run": ["pytest", "--cov"]} in told["checks"]


@pytest.mark.parametrize("address", ["", "/schema"])
def test_an_unknown_pack_is_told_of_with_the_nearest(shipped: Server, address: str) -> None:
    told = shipped.get(f"/packs/python-pakage{address}")
    assert (told.status_code, told.json["reason"]) == (404, "unknown_pack")
    assert "python-package" in told.json["remedy"]


def test_a_schema_takes_what_the_check_takes(server: Server) -> None:
    schema = server.get("/packs/library/schema").json
    jsonschema_rs.meta.validate(schema)
    for answers in answer_sets():
        is_fit = jsonschema_rs.is_valid(schema, answers)
        told = server.post("/packs/library/check", {"answers": answers}).json
        assert is_fit is told["valid"], (answers, told)


def test_a_form_is_the_file_that_the_forge_takes(shipped: Server) -> None:
    told = shipped.get("/packs/python-package/form").json
    assert told["path"] == ".github/ISSUE_TEMPLATE/python-package.yml"
    assert faults(told["text"]) == []
    told = shipped.get("/packs/python-package/form", forge="gitlab").json
    assert told["path"] == ".gitlab/issue_templates/python-package.md"
    assert shipped.get("/packs/python-package/form", forge="gitea").status_code == 422


def test_a_pack_that_needs_a_secret_has_no_form(vault: Server) -> None:
    told = vault.get("/packs/vault/form")
    assert (told.status_code, told.json["reason"]) == (409, "no_form")


def answer_sets() -> Iterator[dict[str, Any]]:
    yield GOOD
    yield {"name": "Not this"}
    yield {"name": "orders", "lines": 1.5}
    yield {"name": "orders", "colour": "blue"}
    yield {"name": "orders", "unknown": 1}
    yield {"name": "orders", "title": "two\nlines"}
    yield {"name": "orders", "title": "x" * 1_001}
    yield {}


def test_answers_are_completed_and_checked_all_at_once(server: Server) -> None:
    told = server.post("/packs/library/check", {"answers": GOOD}).json
    assert told["valid"] is True
    assert told["answers"]["colour"] == "red"
    assert told["answers"]["ci"] == "github"
    told = server.post("/packs/library/check", {"answers": {"lines": "x", "nam": "y"}}).json
    assert told["answers"] is None
    assert [(each["question"], each["reason"]) for each in told["problems"]] == [
        ("nam", "unknown_answer"),
        ("name", "missing_answer"),
        ("lines", "bad_answer"),
    ]


def test_a_preview_lists_what_would_be_made_and_shows_one_file(server: Server, bot: Bot) -> None:
    body = {"answers": GOOD, "path": "README.md"}
    told = server.post("/packs/library/preview", body).json
    files = {each["path"]: each for each in told["files"]}
    assert files["scripts/check"]["mode"] == "100755"
    assert files["assets/logo.png"]["type"] == "image/png"
    assert told["total_size"] == sum(each["size"] for each in told["files"])
    assert "orders" in told["content"]["text"]
    body["path"] = "assets/logo.png"
    shown = server.post("/packs/library/preview", body).json["content"]
    assert shown == {"path": "assets/logo.png", "text": None}
    assert bot.store.projects.recent() == []


def test_a_preview_of_what_cannot_be_made_says_why(server: Server) -> None:
    told = server.post("/packs/library/preview", {"answers": {"name": "X"}}).json
    assert (told["valid"], told["files"]) == (False, [])
    answers = {**GOOD, "folder": "../up"}
    told = server.post("/packs/library/preview", {"answers": answers}).json
    assert told["problems"][0]["reason"] == "bad_path"
    missing = server.post("/packs/library/preview", {"answers": GOOD, "path": "none"})
    assert (missing.status_code, missing.json["reason"]) == (404, "unknown_file")


def test_a_secret_is_never_told_again(vault: Server) -> None:
    answers = {"name": "safe", "key": SECRET}
    for address, body in (
        ("check", {"answers": answers}),
        ("preview", {"answers": answers, "path": "key.txt"}),
        ("preview", {"answers": answers, "path": ".firstcommit/project.yml"}),
        ("check", {"answers": {"name": "safe", "key": "b4d-w0rd"}}),
        ("preview", {"answers": {"name": "safe", "key": "b4d-w0rd"}}),
        ("check", {"answers": {"name": "safe", "key": "NOT a fit"}}),
    ):
        told = vault.post(f"/packs/vault/{address}", body)
        assert told.status_code == 200
        for secret in (SECRET, "b4d-w0rd", "NOT a fit"):
            assert secret not in told.text
    shown = vault.post("/packs/vault/preview", {"answers": answers, "path": "key.txt"}).json
    assert shown["content"]["text"] == "(a secret) begins like (a secret)\n"


def test_a_template_that_fails_is_the_packs_mistake(vault: Server) -> None:
    answers = {"name": "safe", "key": SECRET, "broken": True}
    told = vault.post("/packs/vault/preview", {"answers": answers})
    assert (told.status_code, told.json["reason"]) == (409, "template_error")
    assert SECRET not in told.text


def test_a_secret_has_no_place_in_a_schema_but_as_one_that_is_only_sent(vault: Server) -> None:
    schema = vault.get("/packs/vault/schema").json
    assert schema["properties"]["key"]["writeOnly"] is True
    assert schema["required"] == ["name", "key"]


SHOP = "github:acme/shop"


@pytest.fixture
def home(bot: Bot) -> Server:
    """A server where acme has a pack of its own, for its members alone."""
    bot.change(generator=ProjectGenerator(PackLibrary(SHIPPED_PACKS), quick_rooms()))
    made = bot.forge.people.add_repository("acme/.github")
    for path, content in SERVICE.items():
        raw = content if isinstance(content, bytes) else content.encode()
        bot.commit(f".github/firstcommit/packs/service/{path}", raw, where=made)
    for login in ("ann", "olga"):
        bot.forge.permissions["acme/.github", login] = Permission.READ
    return Server(bot)


def test_an_organisations_own_are_told_to_its_people(home: Server) -> None:
    def names(by: str | None, **query: Any) -> set[str]:
        return {each["name"] for each in home.get("/packs", by=by, **query).json["items"]}

    assert "service" in names("ann", repository=SHOP)
    assert "service" in names(None, repository=SHOP)
    assert "service" not in names("tom", repository=SHOP)
    assert "service" not in names("ann")
    assert home.get("/packs", by="eve", repository=SHOP).status_code == 404


def test_one_of_them_tells_its_source_and_is_checked_and_shown(home: Server) -> None:
    told = home.get("/packs/service", by="ann", repository=SHOP).json
    assert told["source"] == "github:acme/.github//.github/firstcommit/packs/service"
    assert len(told["commit"]) == 40
    assert [each["name"] for each in told["questions"]] == ["name", "database", "engine"]
    wrong = {"answers": {"name": "Orders"}}
    checked = home.post(f"/packs/service/check?repository={SHOP}", wrong).json
    assert checked["problems"][0]["question"] == "name"
    good = {"answers": {"name": "orders"}, "path": "README.md"}
    shown = home.post(f"/packs/service/preview?repository={SHOP}", good).json
    assert shown["content"]["text"] == "# orders\n"
    refused = home.get("/packs/service", by="tom", repository=SHOP)
    assert (refused.status_code, refused.json["reason"]) == (404, "unknown_pack")
