"""Packs whose questions are all that a form has to ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.generation.pack_format import Pack
from bot.generation.packs import PackLibrary

AskPack = Callable[[str], Pack]


@pytest.fixture
def ask(tmp_path: Path) -> AskPack:
    """A pack called demo that asks for its name and for what is given, one question a line."""

    def make(questions: str = "") -> Pack:
        folder = tmp_path / "packs" / "demo"
        (folder / "files").mkdir(parents=True, exist_ok=True)
        (folder / "files" / "README.md").write_text("{{ name }}\n")
        lines = "".join(f"  {line}\n" for line in questions.splitlines())
        (folder / "pack.yaml").write_text(
            "name: demo\nversion: 1.0.0\nsummary: A pack of a test\n"
            "questions:\n  name: {type: string, pattern: '[a-z]+'}\n" + lines
        )
        return PackLibrary(folder.parent).get("demo")

    return make
