"""``/revise``: answer what a run waits for, or amend a pending plan or a change of ours."""

from __future__ import annotations

from collections.abc import Mapping

from bot.changes import OurChange
from bot.commands import budget
from bot.commands.amending import LONGEST_TEXT, change_meant, start_amending
from bot.commands.choice import runs_meant
from bot.commands.pending import pending_plan, planned_run
from bot.commands.spec import CommandSpec
from bot.core.destination import destinations_in
from bot.core.identity import Permission
from bot.core.requests import Ask, Decision, Reply, Start
from bot.core.runs import Run
from bot.destinations import may_publish
from bot.errors import UserError
from bot.plans import destinations_of
from bot.services import Services
from bot.store.port import Plan, Question

#: What the workflow of a plan may do besides making files, for a revision to do the same.
_REVISABLE = frozenset(
    {
        *("agent", "file_generation", "review", "verify", "approval"),
        *("repo_creation", "commit", "open_change"),
    }
)


def _decide(services: Services, ask: Ask) -> Decision:
    question = _question(services, ask)
    run = services.store.runs.get(question.run_id) if question else None
    if question is not None and run is not None:
        text = _text(ask, "What is the answer?", "YOUR ANSWER")
        if ask.line.option("budget") is not None:
            raise UserError(
                "An answer changes no budget.",
                reason="key_not_fitting",
                remedy="Leave `budget` out; at its cap, `/retry budget=…` goes on with the run.",
            )
        _refuse_deputy(services, ask, run)
        return Reply(question_id=question.id, run_id=run.id, text=text)
    plan = pending_plan(services, ask)
    if plan is not None:
        return _revised_plan(services, ask, plan)
    ours = _change(services, ask)
    text = _text(ask, "What is to be otherwise?", "WHAT TO AMEND")
    return start_amending(
        services,
        ask,
        "revise",
        {"text": text, "change": ours.details.number},
        into=ours.into,
        of=ours.run,
        project_name=str(ours.project.get("name")),
    )


def _revised_plan(services: Services, ask: Ask, plan: Plan) -> Start:
    """A run that plans the same anew with amended files; what it plans lapses the older one."""
    run, places = planned_run(services, plan), destinations_of(plan)
    text = _text(ask, "What is to be otherwise?", "WHAT TO AMEND")
    project = plan.shown.get("project")
    beyond = sorted({step.uses for step in run.steps} - _REVISABLE)
    if beyond or len(places) != 1 or not isinstance(project, Mapping):
        what = f"does more than a revision would (`{beyond[0]}`)" if beyond else "has many places"
        raise UserError(
            f"The plan of run {run.short_id} cannot be revised: its workflow {what}.",
            reason="not_revisable",
            remedy="`/reject` ends it; write the command again as it should be.",
        )
    return start_amending(
        services,
        ask,
        "revise",
        {"text": text, "project": dict(project), "plan": True},
        into=places[0],
        of=run,
        project_name=str(project.get("name")),
    )


def _change(services: Services, ask: Ask) -> OurChange:
    try:
        return change_meant(services, ask)
    except UserError as exc:
        if exc.reason != "no_change":
            raise
    raise _nothing(services, ask)


def _text(ask: Ask, asked: str, shown: str) -> str:
    text = (ask.line.text or "").strip()
    if not text:
        raise UserError(
            asked,
            reason="missing_text",
            remedy=f"Write it behind two hyphens: `/revise -- {shown}`.",
        )
    if len(text) > LONGEST_TEXT:
        raise UserError(
            f"The text has {len(text):,} characters; {LONGEST_TEXT:,} are the most.",
            reason="too_large",
        )
    return text


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


def _nothing(services: Services, ask: Ask) -> UserError:
    changes = [
        str(step.outputs["number"])
        for run in runs_meant(services, ask)
        for step in run.steps
        if step.uses == "open_change" and step.outputs
    ]
    if changes:
        return UserError(
            "Nothing waits here for an answer or for approval.",
            reason="nothing_to_revise",
            remedy=f"To amend what was proposed, write the same in #{changes[0]}.",
        )
    return UserError(
        "This thread has no question, plan or change that could be revised.",
        reason="nothing_to_revise",
    )


REVISE = CommandSpec(
    verb="revise",
    summary="Answer the question that a run of this thread waits with, amend the plan that waits "
    "for approval, or amend a change of ours by one more commit.",
    usage="revise -- TEXT",
    permission=Permission.WRITE,
    decide=_decide,
    also="whoever may write `generate` may write this, for all places that are published to",
    takes_text=True,
    keys=budget.KEYS,
    examples=("revise -- for people who cook", "revise -- call the command tally"),
)
