"""Reading what a workflow's file says of its inputs."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.destination import read_place
from bot.core.kinds import INPUT_KINDS, Field, Kind
from bot.core.located import Located, nearest, plain
from bot.core.workflow import InputSpec
from bot.core.workflow_checking import literal_problem
from bot.core.workflow_sheet import ID, ID_WORDS, Sheet
from bot.errors import UserError

_CHOOSING = frozenset({Kind.CHOICE, Kind.CHOICES})
_WITHOUT_DEFAULT = {
    Kind.SECRET: "a secret does not stand in a file; it can only be given",
    Kind.PROJECT: "a project has no default but null",
}
_FIELDS = ("type", "help", "choices", "default")
MOST_INPUTS = 100
MOST_CHOICES = 100
MOST_HELP = 500
_MOST_CHOICE = 200


def read_inputs(at: Located | None, sheet: Sheet) -> Mapping[str, InputSpec | None]:
    """The inputs by name; None for one of which nothing is known, because its type is wrong."""
    if at is None:
        return {}
    found = sheet.names(at, "inputs")
    if len(found) > MOST_INPUTS:
        sheet.say(at, "inputs", f"has {len(found)} entries; {MOST_INPUTS} are the most")
    for name in found:
        if not ID.fullmatch(name):
            sheet.say(at, "inputs", f"the name {name[:60]!r} must be {ID_WORDS}", key=name)
    return {name: _input(spec, f"inputs.{name[:60]}", sheet) for name, spec in found.items()}


def _input(at: Located, place: str, sheet: Sheet) -> InputSpec | None:
    entries = sheet.entries(at, place, _FIELDS)
    kind = _kind(entries.get("type"), at, place, sheet)
    if kind is None:
        return None
    choices = _choices(entries.get("choices"), kind, at, place, sheet)
    spec = InputSpec(
        kind=kind,
        help=sheet.text(entries.get("help"), f"{place}.help", most=MOST_HELP),
        choices=choices,
        default=plain(entries.get("default")),
        has_default="default" in entries,
    )
    problem = _default_problem(spec)
    if problem:
        sheet.say(entries["default"], f"{place}.default", problem)
    return spec


def _kind(at: Located | None, above: Located, place: str, sheet: Sheet) -> Kind | None:
    if at is None:
        if isinstance(above.value, dict):
            sheet.say(above, place, "lacks 'type'")
        return None
    if at.value in tuple(map(str, INPUT_KINDS)):
        return Kind(str(at.value))
    shown = str(at.value)[:60] if isinstance(at.value, str) else "no text"
    words = nearest(shown, INPUT_KINDS) or f"; known are {', '.join(INPUT_KINDS)}"
    sheet.say(at, f"{place}.type", f"unknown type {shown!r}{words}")
    return None


def _choices(
    at: Located | None, kind: Kind, above: Located, place: str, sheet: Sheet
) -> tuple[str, ...]:
    if kind not in _CHOOSING:
        if at is not None:
            sheet.say(at, f"{place}.choices", "stands only with the types choice and choices")
        return ()
    if at is None:
        sheet.say(above, place, "lacks 'choices'")
        return ()
    found = [
        _choice(item, place, sheet)
        for item in sheet.items(at, f"{place}.choices", most=MOST_CHOICES)
    ]
    if at.value == []:
        sheet.say(at, f"{place}.choices", "must have at least one entry")
    if len(set(found)) < len(found):
        sheet.say(at, f"{place}.choices", "has an entry twice")
    return tuple(found)


def _choice(at: Located, place: str, sheet: Sheet) -> str:
    if not isinstance(at.value, str):
        sheet.say(at, f"{place}.choices", "every choice must be a text; put it in quotes")
        return ""
    return sheet.text(at, f"{place}.choices", most=_MOST_CHOICE)


def _default_problem(spec: InputSpec) -> str | None:
    """What keeps a default from being one; null always may, and means that nothing is given."""
    if not spec.has_default or spec.default is None:
        return None
    if _has_reference(spec.default):
        return "no reference is read in a default"
    if spec.kind in _WITHOUT_DEFAULT:
        return _WITHOUT_DEFAULT[spec.kind]
    if spec.kind is Kind.DESTINATION:
        return _place_problem(spec.default)
    return literal_problem(spec.default, Field(kind=spec.kind, choices=spec.choices))


def _place_problem(value: object) -> str | None:
    if not isinstance(value, str):
        return "must be '.', owner/name or FORGE:owner/name"
    try:
        read_place(value)
    except UserError as exc:
        return exc.message.rstrip(".")
    return None


def _has_reference(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_reference, value.values()))
    if isinstance(value, list):
        return any(map(_has_reference, value))
    return isinstance(value, str) and "${{" in value
