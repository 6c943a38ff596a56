"""What the packs' tools said, as text, and its place in ``docs/packs.md``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.packs.combination import Combination
from tests.packs.proof import Outcome
from tests.parts import ROOT

DOCUMENT = ROOT / "docs" / "packs.md"
BEGIN = "<!-- written by `make packs`: begin -->\n"
END = "<!-- written by `make packs`: end -->\n"
_BLOCK = re.compile(r"^### `(?P<pack>[^`]+)`\n.*?(?=^### `|\Z)", re.MULTILINE | re.DOTALL)
_MAX_ANSWER = 40
_COMMAND_WIDTH = 34

Evidence = Sequence[tuple[str, Sequence[Outcome]]]
"""By what was made, in the order in which it was: what was said of it."""


def lines(made: str, outcomes: Sequence[Outcome]) -> list[str]:
    """What was made and what each tool said of it."""
    return [made, *(f"  {each.command:<{_COMMAND_WIDTH}}  {each.told}" for each in outcomes)]


def title(combination: Combination) -> str:
    """A combination's name and answers on one line."""
    answers = ", ".join(f"{key}={_short(value)}" for key, value in combination.answers.items())
    return f"{combination.name}: {answers}"


def block(pack: str, evidence: Evidence) -> str:
    """What stands in the document about one pack."""
    listed = "\n\n".join("\n".join(lines(*entry)) for entry in evidence)
    return f"### `{pack}`\n\n```text\n{listed}\n```\n\n"


def write(blocks: Mapping[str, str], packs: Sequence[str], document: Path = DOCUMENT) -> None:
    """Put the blocks of some packs in place of what the document said of them.

    Args:
        blocks: By pack, the new ones.
        packs: All that there are; what is said of others is taken out.
    """
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    section, _, after = rest.partition(END)
    known = {found["pack"]: found[0] for found in _BLOCK.finditer(section)} | dict(blocks)
    listed = "".join(known[pack] for pack in sorted(packs) if pack in known)
    document.write_text(f"{before}{BEGIN}\n{listed}{END}{after}", encoding="utf-8")


def written(document: Path = DOCUMENT) -> Mapping[str, str]:
    """What the document says of each pack."""
    section = document.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    return {found["pack"]: found[0] for found in _BLOCK.finditer(section)}


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _MAX_ANSWER else text[: _MAX_ANSWER - 1] + "…"
