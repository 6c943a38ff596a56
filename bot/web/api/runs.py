"""Runs: watched, stopped, taken up again, approved and rejected."""

from __future__ import annotations

import json
import time
from typing import Any

from flask import Response, request
from pydantic import BaseModel, Field

from bot.asking import Told, line
from bot.budgets import spending_of
from bot.core.access_scopes import Scope
from bot.core.runs import Run, RunStatus
from bot.errors import Transient
from bot.store.port import EventKind, Progress, RunFilter
from bot.web import streams
from bot.web.api import rights
from bot.web.api.answering import answer, listing, whole
from bot.web.api.budget_key import budget_key
from bot.web.api.forms import DIGEST
from bot.web.api.operation import Call, Needs, Operation, Paging, Strict
from bot.web.api.problem import Refused
from bot.web.api.quotes import quote_shape
from bot.web.api.requesting import about, who
from bot.web.api.run_shapes import (
    EventList,
    RunAnswer,
    RunPage,
    StepsAnswer,
    WholeRunAnswer,
    event_shape,
    run_shape,
    steps_shape,
    summary_shape,
    whole_shape,
)

GROUP = "Runs"
STREAM = "text/event-stream"
_LOOK_EVERY_S = 0.5
#: Streams outlast what they were begun with: for so long nobody asks who reads, and what they may.
_SIGHT_HOLDS_S = 15.0
_MOST_EVENTS = 500
#: What a run ends with, until somebody takes it up again.
_ENDS = frozenset({EventKind.RUN_COMPLETED, EventKind.RUN_FAILED, EventKind.RUN_CANCELLED})


class RunQuery(Paging):
    """Which runs."""

    organisation: str = Field("", max_length=36, description="The id of an organisation.")
    project: str = Field("", max_length=36, description="The id of a project.")
    status: RunStatus | None = None


class EventQuery(Strict):
    """Where to go on."""

    after: int = Field(0, ge=0, le=2**62, description="The number of the last event seen.")
    limit: int = Field(_MOST_EVENTS, ge=1, le=_MOST_EVENTS)


class RetryBody(Strict):
    """What to do again."""

    step: str | None = Field(
        None, min_length=1, max_length=200, description="A step, with all that depends on it."
    )
    budget_usd: float | None = Field(
        None,
        gt=0,
        le=999_999,
        description="What the run may spend on language models all in all, in US dollars.",
    )
    budget_tokens: int | None = Field(
        None, gt=0, le=10**12, description="The same in tokens; give one of the two."
    )


class ApproveBody(Strict):
    """Which plan."""

    digest: str = Field(
        pattern=DIGEST,
        description="At least 6 digits of it.",
        examples=["3f9a1c2b4d5e"],
    )


class RejectBody(Strict):
    """Why."""

    reason: str = Field("", max_length=500, description="What those who asked for it will read.")


class NoBody(Strict):
    """Nothing."""


class Moved(BaseModel):
    """What came of it."""

    reason: str = Field(description="A stable code, such as `cancelled`.")
    reply: str | None = Field(description="What a thread would have been told, as Markdown.")
    run: RunAnswer


def _list(call: Call) -> Response:
    query: RunQuery = call.query
    wanted = RunFilter(
        homes=call.sight.homes,
        organisation_id=query.organisation or None,
        project_id=query.project or None,
        status=query.status,
    )
    runs = call.services.store.runs
    return listing(
        call.services,
        query,
        "runs",
        lambda after, limit: runs.listed(wanted, after=after, limit=limit),
        summary_shape,
    )


def _get(call: Call) -> Response:
    run = rights.run(call)
    plans = list(call.services.store.plans.of_run(run.id))
    spending, quote = spending_of(call.services, run), quote_shape(call.services, run)
    return answer(whole_shape(run, plans, spending, quote))


def _steps(call: Call) -> Response:
    return whole(steps_shape(rights.run(call)))


def _events(call: Call) -> Response:
    run, query = rights.run(call), call.query
    if request.accept_mimetypes.best_match(["application/json", STREAM]) == STREAM:
        return _stream(call, run, _resume_at(query.after))
    after = _resume_at(query.after)
    found = call.services.store.runs.events(run.id, after=after, limit=query.limit)
    last = found[-1].number if found else None
    return answer({"items": [event_shape(event) for event in found], "next": last})


def _stream(call: Call, run: Run, after: int) -> Response:
    source = _told(call, run.id, after)
    return streams.answer(call.streams.open(source, person=who(call)))


def _told(call: Call, run_id: str, after: int) -> streams.Source:
    """Every event, as it happens; the stream ends with the run, or with the right to see it."""
    runs = call.services.store.runs
    may_be_over, look_again_at = True, time.monotonic() + _SIGHT_HOLDS_S
    while True:
        if time.monotonic() >= look_again_at:
            if not _may_still(call, run_id):
                return
            look_again_at = time.monotonic() + _SIGHT_HOLDS_S
        found = runs.events(run_id, after=after, limit=_MOST_EVENTS)
        for event in found:
            after = event.number
            may_be_over = may_be_over or event.kind in _ENDS
            yield _entry(event)
        if found:
            continue
        if may_be_over:
            run = runs.get(run_id)
            if run is None or run.status.is_final:
                yield streams.event("{}", name="end")
                return
            may_be_over = False
        yield streams.Pause(seconds=_LOOK_EVERY_S)


def _may_still(call: Call, run_id: str) -> bool:
    """Whether the stream may go on. Where nobody can say so it ends: whoever comes back is told."""
    run = call.services.store.runs.get(run_id)
    try:
        return run is not None and call.shows_still(run.home, Scope.READ)
    except Transient:
        return False


def _entry(event: Progress) -> bytes:
    said = json.dumps(event_shape(event), ensure_ascii=False, default=str)
    return streams.event(said, id=str(event.number), name=event.kind)


def _resume_at(after: int) -> int:
    given = request.headers.get("Last-Event-ID", "")
    if not given:
        return after
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        message = "has to be the number of an event: what `id` of the last one said"
        raise Refused(
            422,
            "does_not_fit",
            f"header.Last-Event-ID: {message}",
            errors=[{"at": "header.Last-Event-ID", "message": message}],
        )
    return max(after, int(given))


def _cancel(call: Call) -> Response:
    run = rights.run(call)
    return _moved(call, about(call, run, line("cancel")), run)


def _retry(call: Call) -> Response:
    run, body = rights.run(call), call.body
    options: dict[str, str | bool] = {"step": body.step} if body.step else {}
    options.update(budget_key(body.budget_usd, body.budget_tokens))
    return _moved(call, about(call, run, line("retry", options=options)), run)


def _approve(call: Call) -> Response:
    run = rights.run(call)
    return _moved(call, about(call, run, line("approve", call.body.digest)), run)


def _reject(call: Call) -> Response:
    run = rights.run(call)
    return _moved(call, about(call, run, line("reject", text=call.body.reason)), run)


def _moved(call: Call, told: Told, run: Run) -> Response:
    now = call.services.store.runs.get(run.id) or run
    return answer({"reason": told.reason, "reply": told.reply, "run": run_shape(now)})


def _on_run(
    verb: str, *, summary: str, needs: Needs, scope: Scope, body: type[Strict], view: Any
) -> Operation:
    return Operation(
        method="POST",
        address=f"/runs/<uuid:id>/{verb}",
        name=f"{verb}_run",
        group=GROUP,
        summary=summary,
        needs=needs,
        scope=scope,
        body=body,
        body_is_optional=body is not ApproveBody,
        gives={200: Moved},
        creates=True,
        view=view,
    )


OPERATIONS = (
    Operation(
        method="GET",
        address="/runs",
        name="list_runs",
        group=GROUP,
        summary="List runs, newest first",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=RunQuery,
        gives={200: RunPage},
        view=_list,
    ),
    Operation(
        method="GET",
        address="/runs/<uuid:id>",
        name="get_run",
        group=GROUP,
        summary="One run with its steps and plans",
        needs=Needs.READER,
        scope=Scope.READ,
        gives={200: WholeRunAnswer},
        view=_get,
    ),
    Operation(
        method="GET",
        address="/runs/<uuid:id>/steps",
        name="list_steps",
        group=GROUP,
        summary="The steps of a run",
        needs=Needs.READER,
        scope=Scope.READ,
        gives={200: StepsAnswer},
        view=_steps,
    ),
    Operation(
        method="GET",
        address="/runs/<uuid:id>/events",
        name="list_events",
        group=GROUP,
        summary="What happened in a run",
        description="A list, or under `Accept: text/event-stream` a stream of server-sent events "
        "that goes on until the run ends; `Last-Event-ID` goes on behind an event as `after` does.",
        needs=Needs.READER,
        scope=Scope.READ,
        query=EventQuery,
        gives={200: EventList},
        also_gives=(STREAM,),
        view=_events,
    ),
    _on_run(
        "cancel",
        summary="Stop a run",
        needs=Needs.REQUESTER,
        scope=Scope.WRITE,
        body=NoBody,
        view=_cancel,
    ),
    _on_run(
        "retry",
        summary="Go on with a run where it stopped, or do one step again",
        needs=Needs.REQUESTER,
        scope=Scope.WRITE,
        body=RetryBody,
        view=_retry,
    ),
    _on_run(
        "approve",
        summary="Publish exactly what a plan says",
        needs=Needs.POLICY,
        scope=Scope.APPROVE,
        body=ApproveBody,
        view=_approve,
    ),
    _on_run(
        "reject",
        summary="End a plan, and its run",
        needs=Needs.REQUESTER,
        scope=Scope.APPROVE,
        body=RejectBody,
        view=_reject,
    ),
)
