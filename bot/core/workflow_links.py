"""What each step of a workflow refers to, and the types of what it gives to those behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.core.expression_types import ANYTHING, Names, Type, type_of
from bot.core.expressions import Default, Expression, Mistake, Path
from bot.core.kinds import Field, Kind
from bot.core.located import Located, plain
from bot.core.references import read
from bot.core.workflow import InputSpec
from bot.core.workflow_checking import Checker
from bot.core.workflow_sheet import ID, ID_WORDS, Sheet
from bot.core.workflow_steps import Draft

_NO_DESTINATION = (
    "must be an input of the type destination, or an item of for_each that is one; declare the "
    "place as such an input, with a default"
)
_ANYTHING = Field(kind=Kind.ANY, needed=False)
MOST_OUTPUTS = 100


class Links:
    """Goes through the steps in order, and knows by then what those above each give."""

    def __init__(self, sheet: Sheet, inputs: Mapping[str, InputSpec | None]) -> None:
        self._sheet = sheet
        self._checker = Checker(sheet)
        self._inputs = {name: _input_type(spec) for name, spec in inputs.items()}
        self._gives: dict[str, Mapping[str, Type] | None] = {}

    def step(self, draft: Draft, all_: Sequence[Draft], reached: Collection[str]) -> None:
        """Check a step that stands behind all that were checked before."""
        names = Names(
            inputs=self._inputs,
            steps={name: given for name, given in self._gives.items() if name in reached},
            others=self._others(draft, all_),
        )
        entries, place = draft.entries, draft.place
        if "if" in entries:
            self._checker.condition(entries["if"], f"{place}, if", names)
        given = names
        if "for_each" in entries:
            kept = replace(names, is_kept=True)
            item = self._checker.items(entries["for_each"], f"{place}, for_each", kept)
            given = replace(names, item=item)
        self._arguments(draft, given)
        self._gives.setdefault(draft.plan.id, self._given(draft))

    def outputs(self, at: Located | None) -> Mapping[str, object]:
        """The outputs of the whole workflow, checked."""
        names = Names(inputs=self._inputs, steps=self._gives, is_kept=True)
        if at is None:
            return {}
        self._typed(at, "outputs", names)
        return {name: plain(part) for name, part in self._sheet.names(at, "outputs").items()}

    def _others(self, draft: Draft, all_: Sequence[Draft]) -> Mapping[str, str]:
        """Why the steps that this one does not reach may not be named."""
        reasons = {
            other.plan.id: f"step {other.plan.id!r} is written below; "
            "only what comes before can be named"
            for other in all_
            if other.plan.id
        }
        for name in self._gives:
            reasons[name] = f"step {name!r} is not reached through needs; add it to them"
        return {**reasons, draft.plan.id: "a step cannot name what it gives itself"}

    def _arguments(self, draft: Draft, names: Names) -> None:
        if draft.fields is None:
            return
        place, takes = f"{draft.place}, with", draft.fields.takes
        at = draft.entries.get(
            "with", Located(value={}, line=draft.at.line, column=draft.at.column)
        )
        if not isinstance(at.value, dict):
            return
        given = self._sheet.entries(at, place, tuple(takes))
        for name, field in takes.items():
            if name in given:
                self._argument(given[name], f"{place}.{name}", names, field)
            elif field.needed:
                hint = f" ({field.summary})" if field.summary else ""
                self._sheet.say(at, place, f"lacks {name!r}{hint}")

    def _argument(self, at: Located, place: str, names: Names, field: Field) -> None:
        if field.kind is Kind.DESTINATION and isinstance(at.value, dict):
            self._sheet.say(at, place, _NO_DESTINATION)
            return
        self._checker.value(at, place, names, field)
        if field.kind is Kind.DESTINATION and isinstance(at.value, str):
            self._destination(at, place)

    def _destination(self, at: Located, place: str) -> None:
        """What the command has resolved and nothing else: only of that anybody was asked."""
        try:
            expression = read(str(at.value))
        except Mistake:
            return
        for path in _paths(expression):
            if path.root != "item" and (path.root, len(path.parts)) != ("inputs", 1):
                self._sheet.point(at, place, Mistake(_NO_DESTINATION, path.position))

    def _given(self, draft: Draft) -> Mapping[str, Type] | None:
        """The types of what a step gives, with the outputs that the file makes of them."""
        if draft.fields is None:
            return None
        at, place = draft.entries.get("outputs"), f"{draft.place}, outputs"
        own = {name: type_of(field) for name, field in draft.fields.gives.items()}
        names = Names(inputs=self._inputs, result=own, is_kept=True)
        more = self._typed(at, place, names)
        for name in set(more) & set(own):
            words = f"the step gives {name!r} already; choose another name"
            self._sheet.say(at or draft.at, place, words, key=name)
        found = {**own, **more}
        if "for_each" in draft.entries:
            return {name: Type(kind=Kind.LIST, items=one) for name, one in found.items()}
        return found

    def _typed(self, at: Located | None, place: str, names: Names) -> Mapping[str, Type]:
        """The types of outputs that a file makes, by name."""
        if at is None or not isinstance(at.value, dict):
            return {}
        if len(at.value) > MOST_OUTPUTS:
            words = f"has {len(at.value)} entries; {MOST_OUTPUTS} are the most"
            self._sheet.say(at, place, words)
        for name in at.value:
            if not ID.fullmatch(name):
                self._sheet.say(at, place, f"the name {name[:60]!r} must be {ID_WORDS}", key=name)
        return {
            name: self._checker.value(value, f"{place}.{name[:60]}", names, _ANYTHING)
            for name, value in at.value.items()
        }


def _paths(expression: Expression | None) -> Iterator[Path]:
    """The values that an expression may come to, as far as they are named."""
    if isinstance(expression, Path):
        yield expression
    elif isinstance(expression, Default):
        for choice in expression.choices:
            yield from _paths(choice)


def _input_type(spec: InputSpec | None) -> Type:
    if spec is None:
        return ANYTHING
    return type_of(Field(kind=spec.kind, choices=spec.choices))
