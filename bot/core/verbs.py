"""The closed set of verbs, and the nearest one to a word that is none."""

from __future__ import annotations

from collections.abc import Iterable

VERBS: tuple[str, ...] = (
    "generate",
    "plan",
    "approve",
    "reject",
    "revise",
    "retry",
    "cancel",
    "status",
    "update",
    "drift",
    "fix",
    "review",
    "export",
    "campaign",
    "templates",
    "doctor",
    "explain",
    "help",
)

BARE_VERBS: tuple[str, ...] = (
    "generate",
    "plan",
    "approve",
    "reject",
    "revise",
    "cancel",
    "retry",
)
"""Verbs that need no name before them: ``/generate`` is ours, ``/status`` is anybody's."""

SHARED_VERBS = frozenset({"approve", "reject", "revise", "cancel", "retry"})
"""Bare verbs that other bots know too. Without an argument, and in a thread that has no run
of ours, they are addressed to somebody else."""

LATER_VERBS = frozenset({"update", "drift", "campaign", "explain"})
"""Verbs whose part is not built yet: answered ``not_available``, absent from help."""

_SHORTEST_STEM = 3


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that ``word`` was probably meant to be, or None when nothing is near.

    A slip of one or two letters counts, and so does the beginning of a choice (``stat``).
    Of several equally near choices the first wins.
    """
    typed = word.lower()
    best: tuple[int, str] | None = None
    for choice in choices:
        slips = _slips(typed, choice.lower())
        if slips is not None and (best is None or slips < best[0]):
            best = (slips, choice)
    return best[1] if best else None


def _slips(typed: str, choice: str) -> int | None:
    allowed = 1 if min(len(typed), len(choice)) <= 4 else 2
    # Comparing lengths first keeps a hostile word of 60,000 letters cheap.
    if abs(len(typed) - len(choice)) <= allowed:
        slips = _edit_distance(typed, choice)
        if slips <= allowed:
            return slips
    if len(typed) >= _SHORTEST_STEM and choice.startswith(typed):
        return allowed
    return None


def _edit_distance(one: str, other: str) -> int:
    """Letters to insert, drop, change, or swap with their neighbour."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        here = [row]
        for column, wanted in enumerate(other, start=1):
            cost = min(above[column] + 1, here[-1] + 1, above[column - 1] + int(letter != wanted))
            swapped = row > 1 and column > 1 and one[row - 2 : row] == wanted + other[column - 2]
            here.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, above = above, here
    return above[-1]
