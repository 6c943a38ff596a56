"""The answers with which each pack is proven, as ``combinations/PACK.yaml`` lists them.

```yaml
combinations:            # `make test` renders and parses all of them, `make packs` proves them
  plain: {name: orders}
  bare: {name: orders, licence: none, ci: none}
only_in_ci:              # what the project's CI runs beside the pack's checks: whole lines
  - npm audit --omit=dev
```

Each pack has such a file, and each choice of its questions stands in one of the combinations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from tests.parts import ROOT

PACKS = ROOT / "templates" / "packs"
FOLDER = ROOT / "tests" / "packs" / "combinations"
#: Where a project goes if a combination does not say: a pack's own default is the place's.
PLACE: Mapping[str, object] = {"ci": "github"}


@dataclass(frozen=True, kw_only=True)
class Combination:
    """One set of answers of a pack."""

    pack: str
    name: str
    answers: Mapping[str, object]

    def __str__(self) -> str:
        return f"{self.pack}-{self.name}"


def packs() -> tuple[str, ...]:
    """The names of all packs that ship."""
    return tuple(sorted(path.parent.name for path in PACKS.glob("*/pack.yaml")))


def combinations(pack: str) -> tuple[Combination, ...]:
    """The combinations of a pack, the plainest first."""
    listed = _read(pack)["combinations"]
    return tuple(
        Combination(pack=pack, name=name, answers=answers) for name, answers in listed.items()
    )


def all_combinations() -> tuple[Combination, ...]:
    """The combinations of every pack that ships."""
    return tuple(each for pack in packs() for each in combinations(pack))


def only_in_ci(pack: str) -> frozenset[str]:
    """Lines that the project's CI runs and no check of the pack does."""
    return frozenset(_read(pack).get("only_in_ci", ()))


def _read(pack: str) -> dict[str, dict[str, dict[str, object]]]:
    content: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        (FOLDER / f"{pack}.yaml").read_text(encoding="utf-8")
    )
    return content
