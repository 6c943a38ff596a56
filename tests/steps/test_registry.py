"""The list of step types, and what the workflows that ship use of it."""

from __future__ import annotations

import pkgutil

import pytest

import bot.steps
from bot.errors import ConfigurationError
from bot.steps import STEP_TYPES, step_type
from bot.workflows import load_workflow
from tests.parts import ROOT

NOT_STEPS = {"spec", "values", "landing"}


def test_every_module_of_the_folder_is_listed() -> None:
    modules = {module.name for module in pkgutil.iter_modules(bot.steps.__path__)}
    assert modules - NOT_STEPS == {known.name for known in STEP_TYPES}


def test_no_name_is_there_twice() -> None:
    assert len({known.name for known in STEP_TYPES}) == len(STEP_TYPES)


def test_a_step_type_of_another_version_is_named() -> None:
    with pytest.raises(ConfigurationError, match="hologram"):
        step_type("hologram")


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (ROOT / "config" / "workflows").glob("*.yaml"))
)
def test_workflows_that_ship_are_whole(name: str) -> None:
    assert load_workflow(name).steps
