"""``review``: a second call of a model reads files, or somebody's change, against a rubric."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.core.kinds import Field, Kind
from bot.errors import StepFailed
from bot.roles.names import BLOCKING
from bot.steps.changed import changed_in
from bot.steps.spec import StepContext, StepType


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    # What describes answers is loaded where somebody is asked.
    from bot.roles.change_review import CHANGE_REVIEW
    from bot.roles.review import REVIEW as ROLE
    from bot.roles.role import Talk
    from bot.steps.consulting import STRANGERS, ask, setting_of
    from bot.steps.thread_said import fence_of

    given = {**given, "prompt": given.get("rubric")}
    if (given.get("change") is None) == (given.get("project") is None):
        raise StepFailed("A review is of a project, or of a change.", reason="bad_input")
    if given.get("change") is None:
        head, role, setting = None, ROLE, setting_of(context, given)
    else:
        changed = changed_in(context, given["change"])
        head, role = changed.head, CHANGE_REVIEW
        setting = setting_of(
            context,
            {**given, "given": changed.given},
            strangers=changed.strangers,
            talk=Talk(fence=fence_of(context.services, json.dumps(changed.given))),
        )
    found = ask(context, role, setting)
    findings = found.answer["findings"]
    listed = findings if isinstance(findings, list) else []
    for one in listed:
        context.log(f"{one['path']}:{one['line']}: {one['severity']}: {one['message']}")
    return {
        "summary": found.text,
        "findings": listed,
        "blocking": any(one["severity"] == BLOCKING for one in listed),
        "head": head,
        STRANGERS: setting.strangers,
    }


REVIEW = StepType(
    name="review",
    summary="Review them",
    description="Has a language model read the files that no template pack made, or what a change "
    "of the thread's repository changes, against a rubric. It changes nothing: what follows from "
    "its findings is for other steps, and for people.",
    rehearses=False,
    longest_s=1200.0,
    takes={
        "project": Field(kind=Kind.PROJECT, summary="whose files are read", needed=False),
        "change": Field(
            kind=Kind.INTEGER,
            summary="the number of a change that is read in place of a project",
            needed=False,
        ),
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
        "head": Field(kind=Kind.STRING, summary="the commit of the change that was read, or null"),
        "strangers": Field(
            kind=Kind.BOOLEAN, summary="whether people without write access wrote what was read"
        ),
    },
    run=_run,
    titled=lambda arguments: "Review the change" if "change" in arguments else "Review them",
)
