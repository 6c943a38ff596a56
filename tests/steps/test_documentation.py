"""``docs/steps.md`` says of every step what the step says of itself."""

from __future__ import annotations

from bot.steps import STEP_TYPES
from bot.steps.documentation import as_markdown
from bot.steps.registry import ABSENT
from tests.parts import ROOT

PAGE = ROOT / "docs" / "steps.md"


def test_the_page_is_what_the_steps_say() -> None:
    assert PAGE.read_text("utf-8") == as_markdown(STEP_TYPES), (
        "docs/steps.md is stale; write it anew with "
        "`.venv/bin/firstcommit workflows steps --markdown > docs/steps.md`"
    )


def test_every_step_has_all_that_is_known_of_it() -> None:
    page = as_markdown(STEP_TYPES)
    for one in STEP_TYPES:
        section = page.partition(f"\n## {one.name}\n")[2].partition("\n## ")[0]
        assert one.description in section
        for name in (*one.takes, *one.gives):
            assert f"| `{name}` |" in section, f"{one.name}: {name}"
        assert "- rights: " in section
        assert ("- publishes: yes" in section) is one.publishes
        assert ("is only named" in section) is not one.rehearses


def test_what_is_not_in_this_version_is_named() -> None:
    page = as_markdown(STEP_TYPES)
    for name, instead in ABSENT.items():
        assert f"| `{name}` | {instead} |" in page
