"""What holds for the projects of all packs that stand on Node.js."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
import yaml

from bot.errors import UserError
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.packs.conftest import PACKS, MakeProject, Project

LIBRARY = PackLibrary(PACKS)
NAMES = [name for name in LIBRARY.names() if "node" in LIBRARY.get(name).toolchain]
LONG = "long-" * 11 + "named-ab"

pytestmark = pytest.mark.parametrize("pack", NAMES)


def manifest(project: Project) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(project.read("package.json"))
    return read


@pytest.mark.parametrize("licence", ["Apache-2.0", "MIT", "none"])
@pytest.mark.parametrize("name", ["my-app2", LONG], ids=len)
def test_its_lock_file_is_that_of_its_manifest(
    make_project: MakeProject, pack: str, name: str, licence: str
) -> None:
    """Else `npm ci` would refuse it, or the first `npm install` change it."""
    project = make_project(pack, name=name, licence=licence, author='Zoë "Z" O\'Hara')
    told, lock = manifest(project), json.loads(project.read("package-lock.json"))
    root = lock["packages"][""]
    assert lock["name"] == root["name"] == told["name"] == name
    for key in ("version", "license", "engines", "dependencies", "devDependencies"):
        assert root.get(key) == told.get(key), key


def test_its_lock_file_names_no_registry(make_project: MakeProject, pack: str) -> None:
    project = make_project(pack, name="orders")
    packages = json.loads(project.read("package-lock.json"))["packages"]
    assert all("resolved" not in entry for entry in packages.values())
    assert all("integrity" in entry for path, entry in packages.items() if path)
    assert "omit-lockfile-registry-resolved=true" in project.read(".npmrc")


def test_its_toolchain_is_its_own_lock_file(make_project: MakeProject, pack: str) -> None:
    lock = json.loads(make_project(pack, name="orders").read("package-lock.json"))
    tools = json.loads((PACKS / LIBRARY.get(pack).toolchain["node"]).read_text())
    del lock["packages"][""], tools["packages"][""]
    assert lock["packages"] == tools["packages"]


def test_its_scripts_are_the_checks_of_the_pack(make_project: MakeProject, pack: str) -> None:
    scripts = manifest(make_project(pack, name="orders"))["scripts"]
    for check in LIBRARY.get(pack).checks:
        name = "test" if check.name == "tests" else check.name
        assert scripts[name] == shlex.join(check.run)
        # What one person runs before pushing is what CI runs after.
        assert ("npm test" if name == "test" else f"npm run {name}") in scripts["check"]


def test_a_project_without_a_licence_cannot_be_published_by_mistake(
    make_project: MakeProject, pack: str
) -> None:
    project = make_project(pack, name="orders", licence="none", ci="both")
    told = manifest(project)
    assert told["license"] == "UNLICENSED"
    assert told["private"] is True
    assert not (project.folder / "LICENSE").exists()
    assert "All rights reserved" in project.read("README.md")
    assert "npm publish" not in "".join(file.text or "" for file in project.made.files)


def test_its_manifest_says_what_was_answered(make_project: MakeProject, pack: str) -> None:
    told = manifest(
        make_project(
            pack,
            name="orders",
            description='Says "hello" \\ ünd',
            author="Zoë O'Hara",
            licence="Apache-2.0",
            ci="none",
        )
    )
    assert told["description"] == 'Says "hello" \\ ünd'
    assert told["author"] == "Zoë O'Hara"
    assert told["license"] == "Apache-2.0"
    assert told["type"] == "module"


@pytest.mark.parametrize("name", ["http", "stream", "vitest", "typescript", "node-modules"])
def test_a_name_that_node_or_a_tool_has_is_refused(
    generator: ProjectGenerator, pack: str, name: str
) -> None:
    with pytest.raises(UserError, match="choose another"):
        generator.generate(pack, {"name": name, "ci": "none"})


def test_dependencies_are_kept_up_to_date_on_either_forge(
    make_project: MakeProject, pack: str
) -> None:
    updates = yaml.safe_load(
        make_project(pack, name="orders", ci="both").read(".github/dependabot.yml")
    )
    ecosystems = {update["package-ecosystem"] for update in updates["updates"]}
    assert ecosystems >= {"npm", "github-actions"}
