"""What comes before what: the needs of each step, and the steps that it can look back on."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from bot.core.located import Located, nearest
from bot.core.workflow_sheet import Sheet
from bot.core.workflow_steps import MOST_STEPS, Draft


class Order:
    """The needs of the steps of one file. What is wrong with them is noted as they are read.

    ``needs`` and ``reached`` stand in the order of the steps: the ids that each needs itself,
    and all above it that it needs through others as well. Where a step's needs are wrong, it
    reaches all that is above it, so that one mistake is told once.
    """

    def __init__(self, drafts: Sequence[Draft], sheet: Sheet) -> None:
        self._drafts = drafts
        self._sheet = sheet
        self._places: dict[str, int] = {}
        for number, draft in enumerate(drafts):
            self._places.setdefault(draft.plan.id, number)
        written = [self._written(draft) for draft in drafts]
        self._graph = {
            draft.plan.id: self._meant(number, written[number])
            for number, draft in enumerate(drafts)
        }
        self.needs = [self._meant(number, one) for number, one in enumerate(written)]
        self.reached: list[frozenset[str]] = []
        for number, one in enumerate(written):
            self.reached.append(self._reach(number, self._check(number, one)))

    def _written(self, draft: Draft) -> Sequence[Located] | None:
        """The entries of ``needs``; None where the step has none."""
        at = draft.entries.get("needs")
        if at is None:
            return None
        return self._sheet.items(at, f"{draft.place}, needs", most=MOST_STEPS)

    def _meant(self, number: int, written: Sequence[Located] | None) -> tuple[str, ...]:
        if written is not None:
            return tuple(dict.fromkeys(str(at.value) for at in written))
        before = self._drafts[number - 1].plan.id if number else ""
        return (before,) if before else ()

    def _check(self, number: int, written: Sequence[Located] | None) -> bool:
        """Whether all that a step says it needs is written above it."""
        problems = [(at, self._problem(number, at.value)) for at in written or ()]
        for at, problem in problems:
            if problem:
                self._sheet.say(at, f"{self._drafts[number].place}, needs", problem)
        return not any(problem for _, problem in problems)

    def _problem(self, number: int, name: object) -> str:
        if not isinstance(name, str):
            return "must be the id of a step"
        place = self._places.get(name)
        if place is None or not name:
            near = "" if self._sheet.is_full else nearest(name, self._places)
            return f"there is no step {name[:60]!r}{near}"
        if place < number:
            return ""
        own = self._drafts[number].plan.id
        if name == own:
            return "a step cannot need itself"
        way = _way(self._graph, name, own)
        if way:
            return f"these steps need each other: {' -> '.join([own, *way])}"
        return f"step {name!r} is written below; a step needs only what is written above it"

    def _reach(self, number: int, is_right: bool) -> frozenset[str]:
        above = {draft.plan.id for draft in self._drafts[:number]} - {""}
        if not is_right:
            return frozenset(above)
        through = (self.reached[self._places[name]] for name in self.needs[number])
        return frozenset(above.intersection(self.needs[number]).union(*through))


def _way(graph: Mapping[str, Sequence[str]], start: str, goal: str) -> list[str]:
    """The shortest way from a step through needs to another; empty where there is none."""
    ways = deque([[start]])
    seen = {start}
    while ways:
        way = ways.popleft()
        if way[-1] == goal:
            return way
        for name in graph.get(way[-1], ()):
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
