"""The list of step types, ours and those that installed packages bring."""

from __future__ import annotations

import pkgutil
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import bot.steps
from bot.errors import ConfigurationError
from bot.steps import STEP_TYPES, registry, step_type, step_types
from bot.steps.spec import StepType
from bot.workflows import load_workflow
from tests.packages import install_example, install_module
from tests.parts import ROOT

TYPE = """
from bot.steps.spec import StepType
STEP = StepType(name={name!r}, summary="A step", takes={{}}, gives={{}}, run=lambda *_: {{}})
"""

Install = Callable[[str, str, Mapping[str, str]], None]


@pytest.fixture
def install(package_path: Path) -> Install:
    def install(package: str, code: str, steps: Mapping[str, str]) -> None:
        install_module(package_path, package, code, steps)

    return install


def test_every_step_type_of_a_module_of_the_folder_is_listed() -> None:
    defined = {
        id(value)
        for module in pkgutil.iter_modules(bot.steps.__path__, "bot.steps.")
        for value in vars(__import__(module.name, fromlist=["_"])).values()
        if isinstance(value, StepType)
    }
    assert defined == {id(known) for known in STEP_TYPES}


def test_each_of_ours_lies_in_a_module_of_its_name() -> None:
    modules = {module.name for module in pkgutil.iter_modules(bot.steps.__path__)}
    assert {known.name for known in STEP_TYPES} <= modules


def test_no_name_is_there_twice() -> None:
    assert len({known.name for known in STEP_TYPES}) == len(STEP_TYPES)


def test_all_that_is_listed_says_what_it_is() -> None:
    for known in STEP_TYPES:
        fields = {**known.takes, **known.gives}
        assert known.summary and known.description, known.name
        assert all(field.summary for field in fields.values()), known.name


def test_a_step_type_that_is_nowhere_is_named() -> None:
    with pytest.raises(ConfigurationError, match="hologram"):
        step_type("hologram")


def test_a_step_type_of_another_version_says_what_to_use_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # None is kept for later just now.
    monkeypatch.setattr(registry, "ABSENT", {"hologram": "`notify` says it in words"})
    with pytest.raises(ConfigurationError, match=r"hologram in this version: .*notify"):
        step_type("hologram")
    assert not set(registry.ABSENT) & set(step_types())


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (ROOT / "config" / "workflows").glob("*.yaml"))
)
def test_workflows_that_ship_are_whole(name: str) -> None:
    assert load_workflow(name).steps


def test_an_installed_package_brings_its_step(package_path: Path) -> None:
    install_example(package_path)
    assert step_type("licence_header").summary == "Put the licence's line on top"
    assert "line" in registry.fields()["licence_header"].takes
    packages = {one.step_type.name: one.package for one in registry.registered()}
    assert packages["licence_header"] == "firstcommit-licence-header 1.0.0"
    assert packages["commit"] == ""


def test_packages_are_looked_for_once(package_path: Path, tmp_path: Path) -> None:
    elsewhere = install_example(tmp_path / "elsewhere")
    step_types()
    shutil.copytree(elsewhere, package_path)
    assert "licence_header" not in step_types()
    registry.forget()
    assert "licence_header" in step_types()


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        (TYPE.format(name="commit"), "STEP", "'commit' is taken by Firstcommit itself"),
        (TYPE.format(name="review"), "STEP", "'review' is taken by Firstcommit itself"),
        (TYPE.format(name="Big Step"), "STEP", "'Big Step' is not made of lower-case letters"),
        ("raise RuntimeError('no licence')", "STEP", "RuntimeError: no licence"),
        ("STEP = 1", "STEP", "broken_package:STEP is of type int, not StepType"),
        ("STEP = 1", "OTHER", "AttributeError"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(
    install: Install, code: str, value: str, words: str
) -> None:
    install("broken_package", code, {"some_step": f"broken_package:{value}"})
    with pytest.raises(ConfigurationError) as caught:
        step_types()
    assert "broken_package 0.1" in caught.value.message
    assert words in caught.value.message
    assert caught.value.reason == "bad_step_package"


def test_two_packages_with_one_name_are_both_named(install: Install) -> None:
    install("first_package", TYPE.format(name="stamp"), {"stamp": "first_package:STEP"})
    install("other_package", TYPE.format(name="stamp"), {"stamp": "other_package:STEP"})
    with pytest.raises(ConfigurationError, match=r"other_package 0.1 .* taken by first_package"):
        step_types()
