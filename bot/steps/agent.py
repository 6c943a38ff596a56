"""``agent``: a language model is asked in one of the roles there are, and its answer checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.core.kinds import Field, Kind
from bot.errors import StepFailed
from bot.roles.names import CHANGE_REVIEW, FREE, REQUIREMENTS, REVIEW, SUMMARIES
from bot.steps.asking import answered, refuse_late, wait_for_answer
from bot.steps.failing import with_failed_checks
from bot.steps.spec import StepContext, StepType
from bot.steps.values import destination

if TYPE_CHECKING:
    from bot.roles.role import Role, Talk
    from bot.steps.consulting import Toolbox

#: A review has a step type of its own, which says more of what it gives.
NAMES = tuple(name for name in SUMMARIES if name not in (REVIEW, CHANGE_REVIEW))
#: By this one it gives its answer.
_OWN_TOOLS = ("answer",)


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    from bot.steps.consulting import STRANGERS, ask, setting_of

    role = _role(given)
    refuse_late(context)
    known = answered(context)
    may_ask = context.run.thread is not None and not known
    talk, tools = _talk(context, role), _tools(context, given)
    given, has_logs = with_failed_checks(context, given)
    setting = setting_of(
        context, given, may_ask=may_ask, answered=known, talk=talk, strangers=has_logs
    )
    # Whoever is behind an API may say there what they like, and so may what checks run.
    strangers = talk.has_strangers or tools is not None or has_logs
    accepted = ask(context, role, setting, tools=tools, strangers=strangers)
    if accepted.questions:
        raise wait_for_answer(context, accepted.questions)
    for file in accepted.files:
        context.log(f"{role.name}: {file.path}")
    return {
        "answer": accepted.answer,
        "text": accepted.text,
        "files": [file.to_data() for file in accepted.files],
        STRANGERS: strangers,
    }


def _talk(context: StepContext, role: Role) -> Talk:
    from bot.roles.role import Talk
    from bot.steps.thread_said import said_in_thread

    if role.name != REQUIREMENTS:
        return Talk()
    talk = said_in_thread(context)
    if talk.left_out:
        context.log(f"{talk.left_out} texts of people without write access are left out")
    return talk


def _tools(context: StepContext, given: Mapping[str, object]) -> Toolbox | None:
    """What the workflow lets the agent do besides answering; None where that is nothing."""
    from bot.steps.agent_tools import tools_for
    from bot.steps.consulting import Toolbox

    names = given.get("tools")
    if not isinstance(names, list | tuple) or not names:
        return None
    into = destination(given) if given.get("into") is not None else None
    specs, acts = tools_for(context, [str(name) for name in names], into=into, taken=_OWN_TOOLS)
    return Toolbox(specs=specs, acts=acts)


def _role(given: Mapping[str, object]) -> Role:
    # What describes answers is loaded where somebody is asked.
    from bot.roles.registry import roles
    from bot.roles.schemas import faults

    name = str(given.get("role") or FREE)
    if name not in NAMES:
        raise _bad(f"has the role {name[:40]!a}, which is none of {', '.join(NAMES)}")
    if name == FREE and not str(given.get("prompt") or "").strip():
        raise _bad("has no role, and no `prompt` either")
    schema = given.get("schema")
    if schema is not None and name != FREE:
        raise _bad(f"has a `schema`, and the role {name} has one of its own")
    if schema is not None and (wrong := faults(schema)):
        raise _bad(f"has a `schema` that cannot be used: {'; '.join(wrong[:5])}")
    return roles()[name]


def _title(arguments: Mapping[str, object]) -> str:
    return SUMMARIES.get(str(arguments.get("role") or FREE), AGENT.summary)


def _bad(problem: str) -> StepFailed:
    return StepFailed(f"The agent {problem}.", reason="bad_input")


AGENT = StepType(
    name="agent",
    summary="Ask a model",
    description="Asks a language model in a role, within the budgets, from a process that has "
    "nothing worth stealing. The roles of the workflow `sdlc` write plans and files; without one, "
    "`prompt` says what is asked, and the answer is a text, or an object as `schema` has it. What "
    "is answered is data: its paths, sizes, secrets and CI files are checked as for anyone, and "
    "the model is told what is wrong with it. Where something essential is missing, it asks in "
    "the thread, and waits for `/revise`.",
    rehearses=False,
    longest_s=1200.0,
    takes={
        "role": Field(
            kind=Kind.CHOICE,
            summary="as whom it is asked",
            needed=False,
            choices=NAMES,
            default=FREE,
        ),
        "task": Field(kind=Kind.TEXT, summary="what people wish, in their words", needed=False),
        "given": Field(
            kind=Kind.OBJECT,
            summary="what else it is to know: `requirements`, `design`, `file`, `checks`, "
            "`findings`, `review`, `name`; anything for the role free",
            needed=False,
        ),
        "project": Field(kind=Kind.PROJECT, summary="whose files it sees", needed=False),
        "tools": Field(
            kind=Kind.LIST,
            summary="names of operations that it may ask for: of our own API, behind the address "
            "of a description (`https://…/openapi.json#NAME`) of another, `track_story`, "
            "`track_milestone`",
            needed=False,
        ),
        "into": Field(
            kind=Kind.DESTINATION,
            summary="whose issues `track_story` and `track_milestone` open",
            needed=False,
        ),
        "change": Field(
            kind=Kind.DESTINATION,
            summary="of the role repair: the branch of a change of ours, whose failed checks and "
            "the ends of their logs it sees",
            needed=False,
        ),
        "commit": Field(
            kind=Kind.STRING, summary="with `change`: the commit that they failed on", needed=False
        ),
        "check": Field(
            kind=Kind.STRING, summary="with `change`: only the check of that name", needed=False
        ),
        "prompt": Field(kind=Kind.TEXT, summary="of the role free: what is asked", needed=False),
        "schema": Field(
            kind=Kind.OBJECT,
            summary="of the role free: a JSON Schema of the answer, an object",
            needed=False,
        ),
    },
    gives={
        "answer": Field(kind=Kind.OBJECT, summary="the answer; a plan's files also by their kind"),
        "text": Field(
            kind=Kind.TEXT, summary="the answer where it is a text, else what sums it up"
        ),
        "files": Field(kind=Kind.LIST, summary="the files it wrote: `{path, content, executable}`"),
        "strangers": Field(
            kind=Kind.BOOLEAN,
            summary="whether it was told words of people without write access, or what APIs said",
        ),
    },
    run=_run,
    titled=_title,
)
