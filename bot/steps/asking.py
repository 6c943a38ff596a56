"""Questions of a step to the people of its thread: asked once, waited for, and then known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.errors import StepFailed, Waits
from bot.steps.spec import StepContext
from bot.store.port import Question

#: As long as a plan waits for approval.
_VALID = timedelta(days=7)


def answered(context: StepContext) -> Sequence[tuple[str, str]]:
    """What this step has asked so far, and what was answered."""
    return [(one.text, one.answer) for one in _own(context) if one.answer is not None]


def refuse_late(context: StepContext) -> None:
    """Go on where no question is open.

    Raises:
        Waits: Where one is.
        StepFailed: ``unanswered`` where it was open for too long.
    """
    question = _open(context)
    if question is not None:
        raise _waits(context, question)


def wait_for_answer(context: StepContext, questions: Sequence[str]) -> Waits | StepFailed:
    """Ask, and have the run wait: the living comment shows what is asked, and how to answer."""
    text = questions[0]
    if len(questions) > 1:
        text = "\n".join(f"{at}. {question}" for at, question in enumerate(questions, 1))
    context.log(f"{len(questions)} questions are asked in the thread")
    question = context.services.store.questions.ask(
        context.run.id, context.step_id, text, number=context.number
    )
    return _waits(context, question)


def _waits(context: StepContext, question: Question) -> Waits | StepFailed:
    until = question.asked_at + _VALID
    if context.services.clock() >= until:
        return StepFailed(
            "Nobody has answered the question within seven days.",
            reason="unanswered",
            remedy="Write the command again, and say in it what was asked.",
        )
    return Waits(
        "Somebody has to answer the question in this thread.", until=until, reason="question"
    )


def _own(context: StepContext) -> Sequence[Question]:
    questions = context.services.store.questions.of_run(context.run.id)
    return [one for one in questions if one.step_id == context.step_id]


def _open(context: StepContext) -> Question | None:
    return next((one for one in _own(context) if one.answer is None), None)
