"""``review``: a second call of a model reads a project's files against a rubric."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.kinds import Field, Kind
from bot.roles.names import BLOCKING
from bot.steps.spec import StepContext, StepType


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    # What describes answers is loaded where somebody is asked.
    from bot.roles.review import REVIEW as ROLE
    from bot.steps.consulting import ask, setting_of

    setting = setting_of(context, {**given, "prompt": given.get("rubric")})
    found = ask(context, ROLE, setting)
    findings = found.answer["findings"]
    listed = findings if isinstance(findings, list) else []
    for one in listed:
        context.log(f"{one['path']}:{one['line']}: {one['severity']}: {one['message']}")
    return {
        "summary": found.text,
        "findings": listed,
        "blocking": any(one["severity"] == BLOCKING for one in listed),
    }


REVIEW = StepType(
    name="review",
    summary="Review them",
    description="Has a language model read the files that no template pack made, against a rubric. "
    "It changes nothing: what follows from its findings is for other steps, and for people.",
    rehearses=False,
    longest_s=1200.0,
    takes={
        "project": Field(kind=Kind.PROJECT, summary="whose files are read"),
        "task": Field(kind=Kind.TEXT, summary="what people wished, in their words", needed=False),
        "given": Field(
            kind=Kind.OBJECT, summary="`requirements` and `design`, where there are", needed=False
        ),
        "rubric": Field(
            kind=Kind.TEXT,
            summary="what is looked at; a usual one where it is left out",
            needed=False,
        ),
    },
    gives={
        "summary": Field(kind=Kind.TEXT, summary="whether it does what is asked"),
        "findings": Field(
            kind=Kind.LIST,
            summary="`{severity, path, line, message, suggestion}` of each; the severity is "
            "blocking, major or minor",
        ),
        "blocking": Field(kind=Kind.BOOLEAN, summary="whether any of them is blocking"),
    },
    run=_run,
)
