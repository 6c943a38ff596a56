"""The registry, the folder and the page of documentation say the same."""

from __future__ import annotations

import pkgutil

import pytest

import bot.commands
from bot.commands import COMMANDS, by_verb
from bot.commands.generate import GENERATE
from bot.commands.spec import CommandSpec
from bot.commands.starting import RESERVED_KEYS
from bot.core.verbs import BARE_VERBS, VERBS
from bot.errors import ConfigurationError
from bot.generation.packs import PackLibrary
from tests.parts import ROOT
from tests.spine import SHIPPED_PACKS

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
NOT_COMMANDS = {
    "amending",
    "budget",
    "taking_up",
    "choice",
    "inputs",
    "pending",
    "spec",
    "starting",
    "wish",
}


def test_every_module_of_the_folder_is_listed() -> None:
    modules = {module.name for module in pkgutil.iter_modules(bot.commands.__path__)}
    assert modules - NOT_COMMANDS == {spec.verb for spec in COMMANDS}


def test_verbs_are_known_to_the_grammar() -> None:
    assert {spec.verb for spec in COMMANDS} <= set(VERBS)


def test_a_verb_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="generate"):
        by_verb([GENERATE, GENERATE])


def test_no_shipped_pack_asks_what_is_ours_to_ask() -> None:
    library = PackLibrary(SHIPPED_PACKS)
    ours = {*GENERATE.keys, *RESERVED_KEYS}
    for name in library.names():
        assert not ours & {question.name for question in library.get(name).questions}


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.verb)
def test_the_page_tells_of_a_command_what_its_value_says(spec: CommandSpec) -> None:
    prefix = "/" if spec.verb in BARE_VERBS else "@firstcommit "
    section = PAGE.split(f"\n## {spec.verb}\n")[1].split("\n## ")[0]
    words = " ".join(section.split())
    assert f"{prefix}{spec.usage}\n" in section
    assert spec.summary in words
    assert f"Needs {spec.permission.name.lower()} access" in words
    assert spec.also in words
    for key, help_text in spec.keys.items():
        assert f"| `{key}` | {help_text} |" in section
    for example in spec.examples:
        assert f"{prefix}{example}\n" in section


def test_the_page_tells_of_no_other_command() -> None:
    headings = {line[3:] for line in PAGE.splitlines() if line.startswith("## ")}
    assert headings - {"Where commands are read", "What they are answered"} == {
        spec.verb for spec in COMMANDS
    }
