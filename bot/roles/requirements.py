"""``requirements``: from what people wrote to what is wanted, or to what has to be asked."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from bot.core.model_calls import TaskLimits
from bot.roles.checking import text_problems
from bot.roles.role import Accepted, Answer, Role, Setting, refuse

MOST_QUESTIONS = 3
MOST = 40
_LONGEST = 400


class Requirements(Answer):
    """What is wanted; or, where something essential is missing, questions and nothing else."""

    summary: str = Field(default="", description="what is to be made, in one line")
    requirements: list[str] = Field(
        default_factory=list, description="what it has to do, each so that it can be tested"
    )
    assumptions: list[str] = Field(
        default_factory=list, description="what was left open, and what is taken for granted"
    )
    questions: list[str] = Field(
        default_factory=list,
        description="at most 3, only for what is essential and cannot sensibly be assumed",
    )


def _shown(setting: Setting) -> Mapping[str, object]:
    return {"most": MOST_QUESTIONS}


def _accept(setting: Setting, answer: Requirements) -> Accepted:
    questions = [" ".join(question.split()) for question in answer.questions]
    if questions:
        refuse(_question_problems(setting, questions))
        return Accepted(answer=answer.model_dump(), questions=tuple(questions))
    refuse(_problems(answer))
    return Accepted(answer=answer.model_dump(), text=answer.summary)


def _question_problems(setting: Setting, questions: list[str]) -> list[str]:
    if not setting.may_ask:
        return ["Nobody can be asked (again): decide by yourself and name it as an assumption."]
    if len(questions) > MOST_QUESTIONS:
        return [f"There are {len(questions)} questions; {MOST_QUESTIONS} are the most."]
    return text_problems("questions", *questions) or [
        f"`questions[{at}]` is empty, or longer than {_LONGEST} characters."
        for at, question in enumerate(questions)
        if not question or len(question) > _LONGEST
    ]


def _problems(answer: Requirements) -> list[str]:
    problems = text_problems(
        "requirements", answer.summary, *answer.requirements, *answer.assumptions
    )
    if not answer.summary.strip() or "\n" in answer.summary or len(answer.summary) > _LONGEST:
        problems.append(f"`summary` has to be one line of at most {_LONGEST} characters.")
    if not answer.requirements:
        problems.append("There are no requirements: say what it has to do.")
    for name in ("requirements", "assumptions"):
        entries = getattr(answer, name)
        if len(entries) > MOST:
            problems.append(f"`{name}` has {len(entries)} entries; {MOST} are the most.")
        if any(not entry.strip() or len(entry) > _LONGEST for entry in entries):
            problems.append(f"An entry of `{name}` is empty or longer than {_LONGEST} characters.")
    return problems


REQUIREMENTS = Role(
    name="requirements",
    answer=Requirements,
    accept=_accept,
    shown=_shown,
    limits=TaskLimits(calls=4, output_tokens=4_000, time_s=180.0),
)
