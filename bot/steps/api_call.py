"""``api_call``: ask somebody else's API for something, or tell it something.

A call is sent once. Where its answer is lost (the worker was killed, the line was cut), nobody
here can find out whether it arrived. What comes to the same when it is done twice is then sent
again. All else is not, unless the author says ``repeat: true``, since the other side knows it
again by its ``Idempotency-Key``.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.api_values import METHODS
from bot.core.kinds import Field, Kind
from bot.core.openapi import OURS
from bot.errors import StepFailed, Transient
from bot.steps.api_answers import excerpt, outputs
from bot.steps.api_operations import as_plain_call, named_operation
from bot.steps.api_own_calls import OwnCall
from bot.steps.api_requests import Asked, read_call
from bot.steps.spec import Done, Rights, StepContext, StepType
from bot.store.port import Effect

#: What any outside call may take without further ado.
_WITHOUT_HOLDING_S = 10.0
#: Failures of which it is known that nothing was carried out.
_NOT_SENT = frozenset({"unreachable", "rate_limited"})


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    call: _Call | OwnCall
    if given.get("operation") is None:
        call = _Call(context, read_call(context, given))
    elif context.rehearsal and given.get("document") not in (None, OURS):
        # Whoever describes it is not asked: what is called there nobody here knows.
        call = _Call(context, read_call(context, {"url": given["document"]}))
    else:
        operation, made = named_operation(context, given)
        call = (
            OwnCall(context, operation, made)
            if operation.is_ours
            else _Call(context, read_call(context, as_plain_call(given, made)))
        )
    done = context.once(
        f"api_call:{context.step_id}:{context.round}",
        kind="api_call",
        look=lambda effect: None,
        do=call.send,
        lag_s=0.0,
    )
    return done.result


class _Call:
    """One call of one step."""

    def __init__(self, context: StepContext, asked: Asked) -> None:
        self._context = context
        self._asked = asked

    def send(self, effect: Effect) -> Done:
        """Send it, unless it may have been sent already and must not be sent twice."""
        if not effect.fresh and not self._asked.repeats:
            raise self._answer_lost("it may have arrived, but its answer was lost")
        request = self._asked.request
        if request.timeout_s > _WITHOUT_HOLDING_S:
            self._context.hold(request.timeout_s)
        try:
            answer = self._context.services.api.send(request, poll=self._context.stop_if_cancelled)
        except Transient as exc:
            raise self._later(effect, exc) from exc
        shown = outputs(answer, self._asked.secrets)
        self._context.log(f"{self._asked.shown} answered {answer.status}")
        if not self._asked.is_success(answer.status):
            # The answer is known, so another attempt is no repetition of a lost one.
            self._context.services.store.ledger.forget(effect.id)
            raise self._unexpected(answer.status, excerpt(shown))
        return Done(id=str(answer.status), result=shown)

    def _later(self, effect: Effect, problem: Transient) -> Transient | StepFailed:
        if problem.reason in _NOT_SENT:
            self._context.services.store.ledger.forget(effect.id)
            return problem
        if self._asked.repeats:
            return problem
        return self._answer_lost(problem.message.rstrip("."))

    def _answer_lost(self, why: str) -> StepFailed:
        step = self._context.step_id.partition("[")[0]
        return StepFailed(
            f"{self._asked.shown}: {why}. It is not sent twice.",
            reason="answer_lost",
            remedy=f"See whether it arrived; `/retry step={step}` sends it anew. A step with "
            "`repeat: true` does so by itself.",
        )

    def _unexpected(self, status: int, said: str) -> StepFailed:
        return StepFailed(
            f"{self._asked.shown} answered {status}{': ' if said else '.'}{said}",
            reason="unexpected_status",
            remedy="Other statuses than those from 200 to 299 are named in the step's `expect`.",
        )


API_CALL = StepType(
    name="api_call",
    summary="Call an API",
    description="Sends one request to an origin that the operator lists in "
    "`FIRSTCOMMIT_API_ORIGINS`, and gives its answer. Secrets of the organisation may stand in "
    "`headers`, `json` and `body`; each is given to its own origin only. Instead of an address it "
    "may name an operation of an OpenAPI description, whose arguments are then checked first; one "
    "of this program itself is carried out in the name of whoever asked for the run.",
    takes={
        "method": Field(
            kind=Kind.CHOICE,
            summary="the method",
            needed=False,
            choices=METHODS,
            default="GET",
        ),
        "url": Field(
            kind=Kind.STRING,
            summary="the address, with https://; or an operation is named",
            needed=False,
        ),
        "operation": Field(
            kind=Kind.STRING,
            summary="an operation by the name that its description gives it",
            needed=False,
        ),
        "document": Field(
            kind=Kind.STRING,
            summary="the address of the OpenAPI description that has the operation; "
            "`firstcommit`, our own, where none is named",
            needed=False,
        ),
        "arguments": Field(
            kind=Kind.OBJECT,
            summary="what the operation takes, by name; `body` is its body",
            needed=False,
        ),
        "headers": Field(kind=Kind.OBJECT, summary="headers to send", needed=False, secrets=True),
        "query": Field(
            kind=Kind.OBJECT, summary="what is added to the address behind ?", needed=False
        ),
        "json": Field(kind=Kind.ANY, summary="what to send, as JSON", needed=False, secrets=True),
        "body": Field(kind=Kind.TEXT, summary="what to send, as text", needed=False, secrets=True),
        "expect": Field(
            kind=Kind.LIST,
            summary="the statuses that are a success; those from 200 to 299 if none is named",
            needed=False,
        ),
        "timeout": Field(
            kind=Kind.INTEGER,
            summary="for how many seconds to wait for the whole answer, 120 at most",
            needed=False,
            default=10,
        ),
        "repeat": Field(
            kind=Kind.BOOLEAN,
            summary="whether POST and PATCH are sent again where their answer was lost",
            needed=False,
            default=False,
        ),
    },
    gives={
        "status": Field(kind=Kind.INTEGER, summary="the answer's status"),
        "headers": Field(kind=Kind.OBJECT, summary="its headers, their names in small letters"),
        "body": Field(kind=Kind.TEXT, summary="its body as text"),
        "json": Field(kind=Kind.ANY, summary="its data where it is JSON, else null"),
    },
    run=_run,
    rights=Rights.ORIGIN,
)
