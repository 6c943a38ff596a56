"""Errors as data: RFC 9457 problem details with the reason codes that threads are told, too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from bot.errors import BotError, NotSupported, Transient, UserError

MEDIA_TYPE = "application/problem+json"
#: Reasons whose status is not told by how they begin.
_STATUSES: Mapping[str, int] = {
    "precondition_required": 428,
    "precondition_failed": 412,
    "too_large": 413,
    "limited": 429,
    "too_many": 429,
    "not_found": 404,
    "no_destination": 404,
    "not_acceptable": 406,
    "range_not_satisfiable": 416,
}
_FORBIDDEN = frozenset(
    """may_not_create cannot_create foreign_forge pack_not_allowed own_request suspended
    operator_may_not scope_missing form_token no_right no_membership no_access bot
    scope_exceeds expiry_exceeds no_membership link_ended""".split()  # noqa: SIM905 - a list of a dozen lines says no more
)
_CONFLICTS = frozenset(
    """under_way archived repository_exists project_exists path_in_the_way no_plan wrong_digest
    plan_superseded plan_lapsed plan_rejected plan_decided plan_changed right_lost not_retryable
    nothing_to_retry nothing_to_cancel run_ended too_many_runs not_ready not_failed not_settled
    body_gone key_used_otherwise branch_exists not_supported not_available forge_not_configured
    needs_model ungated_workflow not_exported account_taken last_account already_done being_done
    content_gone export_not_ready too_many_hooks too_many_tokens hook_off
    no_archive no_form no_project bad_workflow project_gone edited_by_hand""".split()  # noqa: SIM905
)


_REASONS = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "Nothing is here."),
    405: ("method_not_allowed", "That cannot be done at this address."),
    408: ("body_too_slow", "The body did not arrive in time."),
    413: ("too_large", "The body is too large."),
    414: ("too_long", "The address is too long."),
    416: ("range_not_satisfiable", "The file has no such bytes."),
    415: ("not_json", "The body has to be JSON."),
    421: ("misdirected", "This server does not go by that name."),
    431: ("too_long", "The headers are too long."),
    500: ("internal", "Something broke in here. The operator can look for the reference."),
    503: ("unavailable", "That does not answer just now. Ask again later."),
}


_REMEDIES = {
    404: "An address has no slash at its end; `/api/v1/docs` has all that there are.",
    421: "Ask under `localhost`, or the name that FIRSTCOMMIT_PUBLIC_URL of the server has.",
}


class Place(BaseModel):
    """What of a request is wrong."""

    at: str = Field(description="Where: `body.pack`, `query.limit`, `path.id`.")
    message: str


class Problem(BaseModel):
    """What went wrong, and what to do about it."""

    type: str = Field(description="`urn:firstcommit:problem:` and the reason.")
    title: str = Field(description="The status in words.")
    status: int
    reason: str = Field(description="A stable code; the same that a thread is told.")
    detail: str = Field(description="What happened, as a sentence.")
    remedy: str = Field("", description="What to do about it; empty where there is nothing.")
    errors: list[Place] = Field([], description="Each thing that is wrong with the request.")
    reference: str = Field("", description="What to tell the operator; the log has it, too.")


class Refused(Exception):
    """A request that ends here with a status."""

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        *,
        remedy: str = "",
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.remedy = remedy
        self.errors = errors
        self.headers = dict(headers or {})


def problem(refused: Refused, *, reference: str = "") -> Response:
    """The answer that tells of it."""
    said: dict[str, object] = {
        "type": f"urn:firstcommit:problem:{refused.reason}",
        "title": _title(refused.status),
        "status": refused.status,
        "reason": refused.reason,
        "detail": refused.detail,
        "remedy": refused.remedy,
    }
    if refused.errors:
        said["errors"] = [dict(each) for each in refused.errors]
    if reference:
        said["reference"] = reference
    body = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    return Response(body, refused.status, content_type=MEDIA_TYPE, headers=refused.headers)


def of_status(status: int) -> Refused:
    """What ends with a status before any view has said why."""
    usual = f"http_{status}", f"{_title(status)}."
    reason, detail = _REASONS.get(status, usual)
    return Refused(status, reason, detail, remedy=_REMEDIES.get(status, ""))


def too_large(most_bytes: int) -> Refused:
    """A body of more bytes than may be sent to that address."""
    return Refused(
        413,
        "too_large",
        f"The body is too large: at most {most_bytes:,} bytes are taken here.",
        remedy="Send less. How large a file may be is the operator's to say, by "
        "FIRSTCOMMIT_MAX_FILE_BYTES.",
    )


def refusal_of(exc: BotError) -> Refused | None:
    """The answer to an error that was raised on purpose; None for a mistake of ours."""
    if isinstance(exc, Transient):
        wait = max(1, round(exc.retry_after_s)) if exc.retry_after_s else 5
        return Refused(
            503,
            exc.reason,
            exc.message,
            remedy=exc.remedy or "Ask again later.",
            headers={"Retry-After": str(wait)},
        )
    if isinstance(exc, UserError | NotSupported):
        return Refused(
            _status(exc.reason),
            exc.reason,
            _detail(exc),
            remedy=exc.remedy,
            errors=[{"at": at, "message": what} for at, what in _wrong(exc)],
        )
    return None


def known_reasons() -> Mapping[str, Sequence[int]]:
    """The statuses of each reason that is known by its name, in the order of the alphabet."""
    named = [*_STATUSES, *_CONFLICTS, *_FORBIDDEN, *(f"no_{level}" for level in _LEVELS)]
    found = {reason: {_status(reason)} for reason in named}
    for status, (reason, _) in _REASONS.items():
        found.setdefault(reason, set()).add(status)
    return {reason: sorted(found[reason]) for reason in sorted(found)}


def _wrong(exc: BotError) -> Sequence[tuple[str, str]]:
    return exc.wrong if isinstance(exc, UserError) else ()


def _detail(exc: BotError) -> str:
    """A sentence: what a thread has as a list of Markdown stands behind it."""
    wrong = _wrong(exc)
    if not wrong:
        return exc.message
    summary = exc.message.partition("\n")[0]
    return f"{summary} {'; '.join(': '.join(filter(None, each)) for each in wrong)}"


def _status(reason: str) -> int:
    if reason in _STATUSES:
        return _STATUSES[reason]
    if reason in _CONFLICTS:
        return 409
    if reason in _FORBIDDEN:
        return 403
    if reason.startswith("unknown_") and reason not in ("unknown_key", "unknown_answer"):
        return 404
    if reason.startswith("no_") and reason.removeprefix("no_") in _LEVELS:
        return 403
    return 422


_LEVELS = frozenset({"read", "triage", "write", "maintain", "admin"})


def _title(status: int) -> str:
    return HTTPStatus(status).phrase
