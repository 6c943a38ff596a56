"""All that is known of step types, as the page ``docs/steps.md``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.core.kinds import Field, Kind
from bot.steps.registry import ABSENT
from bot.steps.spec import RIGHTS_WORDS, StepType

_HEAD = """\
# Steps

What a workflow's `uses` can name. How workflows are written stands in [workflows.md](workflows.md).
Installed packages may bring more: `firstcommit workflows steps` lists all that an installation has.

This page is made from the steps themselves, by `firstcommit workflows steps --markdown`.
"""


def as_markdown(step_types: Iterable[StepType]) -> str:
    """The page, step by step in the order given."""
    known = list(step_types)
    parts = [_HEAD, _contents(known), *(_step(one) for one in known), _absent()]
    return "\n".join(parts)


def _contents(known: Iterable[StepType]) -> str:
    rows = [
        f"| [`{one.name}`](#{one.name}) | {one.summary} | {'yes' if one.publishes else ''} |"
        for one in known
    ]
    return "\n".join(["| step | as people read it | publishes |", "|---|---|---|", *rows, ""])


def _step(one: StepType) -> str:
    return "\n".join(
        [
            f"## {one.name}",
            "",
            one.description,
            "",
            *_table("takes", one.takes),
            *_table("gives", one.gives),
            f"- rights: {RIGHTS_WORDS[one.rights]}",
            f"- publishes: {_publishing(one)}",
            f"- in a dry run: {_rehearsal(one)}",
            f"- a try may take {_duration(one.longest_s)}, unless `timeout` says otherwise; time "
            "spent waiting for somebody does not count",
            "",
        ]
    )


def _publishing(one: StepType) -> str:
    if not one.publishes:
        return "no"
    return "yes, so that it does not begin without what policy demands"


def _rehearsal(one: StepType) -> str:
    return "runs, and what it would do outside is listed" if one.rehearses else "is only named"


def _table(title: str, fields: Mapping[str, Field]) -> list[str]:
    if not fields:
        return []
    rows = [f"| `{name}` | {_kind(field)} | {_words(field)} |" for name, field in fields.items()]
    return [f"| {title} | type | |", "|---|---|---|", *rows, ""]


def _kind(field: Field) -> str:
    # Two kinds look alike in files; which texts fit is said beside them.
    return "anything" if field.kind is Kind.ANY else field.kind.value


def _words(field: Field) -> str:
    notes = [field.summary]
    if field.choices:
        notes.append(f"one of {', '.join(f'`{choice}`' for choice in field.choices)}")
    if not field.needed:
        notes.append("need not be given" + _default(field.default))
    if field.secrets:
        notes.append("`${{ secrets.NAME }}` may stand in it")
    return "; ".join(notes).replace("|", "\\|")


def _default(value: object) -> str:
    if value is None or value in ("", {}, [], ()):
        return ""
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f" (then `{shown}`)"


def _duration(seconds: float) -> str:
    for size, word in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{seconds:g} seconds"


def _absent() -> str:
    if not ABSENT:
        return ""
    rows = [f"| `{name}` | {words} |" for name, words in ABSENT.items()]
    return "\n".join(
        [
            "## Not in this version",
            "",
            "A workflow that uses one of these is refused, and no package may take their names.",
            "",
            "| step | meanwhile |",
            "|---|---|",
            *rows,
            "",
        ]
    )
