"""What commands do to runs and plans that are there: each once, and answered in words.

A command may be taken up again after a kill, so every move is written into the ledger before it
is made. Of runs and plans, it is the store that knows which moves are legal.
"""

from __future__ import annotations

import json

from bot.commands.taking_up import TakenUp, taken_up
from bot.core.budgets import RunBudget, budget_from_data, budget_to_data
from bot.core.requests import Answer, Approve, Cancel, Lapse, Reject, Reply, Request, Retry
from bot.core.runs import RETRYABLE, PlanStatus, Run
from bot.errors import NotSupported, UserError
from bot.services import Services
from bot.store.port import Effect, EffectStatus

Move = Cancel | Retry | Reply | Approve | Reject | Lapse

_DECIDED = {
    Approve: PlanStatus.APPROVED,
    Reject: PlanStatus.REJECTED,
    Lapse: PlanStatus.LAPSED,
}
#: The answer's template, and the reason code that is recorded.
_TOLD = {
    PlanStatus.APPROVED: ("approved", "approved"),
    PlanStatus.REJECTED: ("rejected", "rejected"),
    PlanStatus.LAPSED: ("plan_changed", "plan_changed"),
}


def make(services: Services, request: Request, asked: Move) -> Answer:
    """Make a move, and give the words for it.

    What somebody else has done meanwhile gives an answer that says so.
    """
    effect = services.store.ledger.intend(_owner(request), _key(asked), kind="move")
    try:
        match asked:
            case Cancel() | Retry():
                answer = _move_run(services, request, asked, effect)
            case Reply():
                answer = _answer_question(services, request, asked, effect)
            case _:
                answer = _decide_plan(services, request, asked)
    except UserError as exc:
        # Somebody else was quicker.
        return refusal(exc)
    services.store.ledger.confirm(effect.id, external_id=effect.key.split(":")[1])
    return answer


def begun(services: Services, request: Request) -> Move | None:
    """What this very command has moved already, while its answer is still owed."""
    for effect in services.store.ledger.of(_owner(request)):
        kind, _, rest = effect.key.partition(":")
        subject, _, rest = rest.partition(":")
        match kind:
            case "cancel":
                return Cancel(run_id=subject)
            case "retry":
                return _begun_retry(subject, rest)
            case "reply":
                question = services.store.questions.get(subject)
                if question is not None and question.answer is not None:
                    text = question.answer
                    return Reply(question_id=subject, run_id=question.run_id, text=text)
            case "approve" | "reject" | "lapse":
                found = _begun_on_plan(services, kind, subject)
                if found is not None:
                    return found
    return None


def refusal(problem: UserError | NotSupported) -> Answer:
    """The answer that tells of a problem and its remedy."""
    wrong = problem.wrong if isinstance(problem, UserError) else ()
    values = {"message": problem.message, "remedy": problem.remedy, "wrong": wrong}
    return Answer(template="refusal", reason=problem.reason, values=values)


def _begun_on_plan(services: Services, kind: str, plan_id: str) -> Move | None:
    """A move that has come as far as the plan; before, the command is decided anew."""
    plan = services.store.plans.get(plan_id)
    if plan is None or plan.status is PlanStatus.PENDING:
        return None
    if kind == "approve":
        return Approve(plan_id=plan_id)
    return Reject(plan_id=plan_id) if kind == "reject" else Lapse(plan_id=plan_id)


def _key(asked: Move) -> str:
    match asked:
        case Cancel(run_id=run_id):
            return f"cancel:{run_id}"
        case Reply(question_id=question_id):
            return f"reply:{question_id}"
        case Retry(run_id=run_id, step=step, budget=budget):
            more = [step, _shown(budget)] if budget else [step] if step else []
            return ":".join(["retry", run_id, *more])
        case _:
            return f"{type(asked).__name__.lower()}:{asked.plan_id}"


def _shown(budget: RunBudget) -> str:
    return json.dumps(budget_to_data(budget), sort_keys=True)


def _begun_retry(run_id: str, rest: str) -> Retry:
    step, _, shown = rest.partition(":")
    budget = budget_from_data(json.loads(shown)) if shown else None
    return Retry(run_id=run_id, step=step, budget=budget)


def _move_run(services: Services, request: Request, asked: Cancel | Retry, known: Effect) -> Answer:
    if isinstance(asked, Cancel):
        run = services.store.runs.request_cancel(asked.run_id, request.actor.login)
        services.queue.report(run.id)
        return _about(run, "cancelled")
    run = _retried(services, asked, known)
    services.queue.run(run.id)
    return _about(run, "retried", step=asked.step, budget=asked.budget)


def _answer_question(services: Services, request: Request, asked: Reply, known: Effect) -> Answer:
    """Give a run the answer that it waits for; one that was given by this very command counts."""
    given = services.store.questions.answer(asked.question_id, asked.text, by=request.actor)
    if given is None:
        question = services.store.questions.get(asked.question_id)
        by = question.answered_by if question else None
        if known.fresh or by is None or not by.is_same_as(request.actor):
            raise UserError(
                f"{by.login} has answered that already."
                if by
                else "Nothing waits for that answer.",
                reason="answered_already",
            )
    services.queue.run(asked.run_id)
    run = services.store.runs.get(asked.run_id)
    return Answer(template="revised", reason="revised", values={"run": run})


def _retried(services: Services, asked: Retry, known: Effect) -> Run:
    runs = services.store.runs
    run = runs.get(asked.run_id)
    again = known.status is EffectStatus.CONFIRMED or not (known.fresh or _stands_still(run, asked))
    if run is not None and again:
        return run
    up = taken_up(services, run, asked.step) if run is not None else TakenUp()
    return runs.retry(asked.run_id, steps=up.steps, outputs=up.outputs, budget=asked.budget)


def _stands_still(run: Run | None, asked: Retry) -> bool:
    """Whether a run is as it was before it was retried, as far as that can be seen."""
    if run is None or run.status in RETRYABLE:
        return True
    return bool(asked.step) and run.status.is_final


def _decide_plan(services: Services, request: Request, asked: Approve | Reject | Lapse) -> Answer:
    status = _DECIDED[type(asked)]
    plan = services.store.plans.decide(
        asked.plan_id,
        status,
        by=f"{request.actor.forge}:{request.actor.login}",
        note=_note(asked),
    )
    run = services.store.runs.get(plan.run_id)
    services.queue.run(plan.run_id)
    template, reason = _TOLD[status]
    return Answer(
        template=template, reason=reason, values={"plan": plan, "run": run, "again": False}
    )


def _note(asked: Approve | Reject | Lapse) -> str:
    match asked:
        case Reject(why=why):
            return why
        case Lapse(changes=changes):
            return "; ".join(changes)
        case Approve():
            return ""


def _owner(request: Request) -> str:
    return f"command:{request.command_id}"


def _about(run: Run, template: str, **values: object) -> Answer:
    return Answer(template=template, reason=template, values={"run": run, **values})
