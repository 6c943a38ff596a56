"""``/revise``: answer the question that a run of the thread waits with."""

from __future__ import annotations

from bot.commands.choice import runs_meant
from bot.commands.spec import CommandSpec
from bot.core.destination import destinations_in
from bot.core.identity import Permission
from bot.core.requests import Ask, Decision, Reply
from bot.core.runs import Run
from bot.destinations import may_publish
from bot.errors import NotSupported, UserError
from bot.services import Services
from bot.store.port import Question

_LONGEST = 10_000


def _decide(services: Services, ask: Ask) -> Decision:
    question = _question(services, ask)
    run = services.store.runs.get(question.run_id) if question else None
    if question is None or run is None:
        raise _nothing(services, ask)
    text = (ask.line.text or "").strip()
    if not text:
        raise UserError(
            "What is the answer?",
            reason="missing_text",
            remedy="Write it behind two hyphens: `/revise -- YOUR ANSWER`.",
        )
    if len(text) > _LONGEST:
        raise UserError(
            f"The answer has {len(text):,} characters; {_LONGEST:,} are the most.",
            reason="too_large",
        )
    _refuse_deputy(services, ask, run)
    return Reply(question_id=question.id, run_id=run.id, text=text)


def _question(services: Services, ask: Ask) -> Question | None:
    """The newest open question of the run that is asked about, or of the thread."""
    if ask.request.run_id is not None:
        asked = services.store.questions.of_run(ask.request.run_id)
        return next((one for one in reversed(asked) if one.answer is None), None)
    return services.store.questions.open_of_thread(ask.thread) if ask.thread else None


def _refuse_deputy(services: Services, ask: Ask, run: Run) -> None:
    """What is answered decides what is published: nobody does that with another's rights."""
    if not (run.requester.is_same_as(ask.actor) or ask.request.operates):
        for into in destinations_in(run.inputs):
            may_publish(services, ask.actor, into, near=ask.repository)


def _nothing(services: Services, ask: Ask) -> UserError | NotSupported:
    if runs_meant(services, ask, limit=1):
        return NotSupported(
            "No run of this thread has asked anything; plans and changes cannot be revised in this "
            "version.",
            reason="not_available",
            remedy="`/reject` ends a plan; write the command again as it should be.",
        )
    return UserError("This thread has no run that could be revised.", reason="nothing_to_revise")


REVISE = CommandSpec(
    verb="revise",
    summary="Answer the question that a run of this thread waits with.",
    usage="revise -- ANSWER",
    permission=Permission.WRITE,
    decide=_decide,
    also="whoever may write `generate` may answer, for all places that the run publishes to",
    takes_text=True,
    examples=("revise -- for people who cook",),
)
