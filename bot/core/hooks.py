"""Outgoing webhooks: what can be heard of, and what comes of each attempt to tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.core.verbs import nearest
from bot.errors import UserError


class HookKind(StrEnum):
    """What a hook can hear of; ``docs/hooks.md`` has an example of each."""

    PROJECT_CREATED = "project.created"
    PROJECT_CHANGED = "project.changed"
    PROJECT_COMPLETED = "project.completed"
    PROJECT_FAILED = "project.failed"
    PROJECT_DELETED = "project.deleted"
    FILES_SAVED = "files.saved"
    FILE_WRITTEN = "file.written"
    FILE_DELETED = "file.deleted"
    EXPORT_STARTED = "export.started"
    EXPORT_COMPLETED = "export.completed"
    EXPORT_FAILED = "export.failed"


#: What is sent on demand, whatever kinds a hook wants.
PING = "ping"


class HookDeliveryStatus(StrEnum):
    """Where a delivery to a hook stands. What is pending may have been tried already."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class HookAnswer:
    """What a receiver said. ``retry_after_s``: the seconds that it asks to wait."""

    status: int
    retry_after_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class HookOutcome:
    """What becomes of a delivery after an attempt, and of its hook.

    ``retry_in_s`` is set where the delivery stays pending. For ``rest_s`` nothing else is sent to
    the hook. ``off_reason``, where there is one, switches the hook off.
    """

    status: HookDeliveryStatus
    answered: int | None = None
    note: str = ""
    retry_in_s: float | None = None
    rest_s: float = 0.0
    off_reason: str = ""


_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86_400.0
#: How long to wait after the first attempt, the second and so on.
WAITS_S = (
    *(5.0, _MINUTE_S, 5 * _MINUTE_S, 30 * _MINUTE_S),
    *(2 * _HOUR_S, 5 * _HOUR_S, 10 * _HOUR_S, 14 * _HOUR_S, 20 * _HOUR_S, 24 * _HOUR_S),
)
MOST_ATTEMPTS = len(WAITS_S) + 1
#: Of a wait, what chance may add to it.
JITTER = 0.1
#: After so long without a success a hook is switched off.
DEAD_AFTER_S = 5 * _DAY_S
SHORTEST_REST_S, LONGEST_REST_S = 5.0, 300.0
#: Whoever answers does not decide for how long nothing is tried.
LONGEST_WAIT_S = _HOUR_S
GONE = 410


def after_answer(
    answer: HookAnswer, *, attempt: int, failing_for_s: float | None, chance: float
) -> HookOutcome:
    """What comes of an attempt that was answered.

    Args:
        attempt: Its number, from 1.
        failing_for_s: Since when nothing has succeeded; None where the attempt before did.
        chance: From 0 to 1, so that what failed together is not tried again together.
    """
    if 200 <= answer.status < 300:
        return HookOutcome(status=HookDeliveryStatus.DELIVERED, answered=answer.status)
    if answer.status == GONE:
        return _off(answer.status, "The receiver answered 410 Gone.")
    note = f"answered {answer.status}"
    if 300 <= answer.status < 400:
        note += "; redirects are not followed"
    return _failed(note, attempt, failing_for_s, chance, answer)


def after_problem(
    problem: str, *, attempt: int, failing_for_s: float | None, chance: float
) -> HookOutcome:
    """As `after_answer`, where there was none."""
    return _failed(problem, attempt, failing_for_s, chance, None)


def _failed(
    note: str,
    attempt: int,
    failing_for_s: float | None,
    chance: float,
    answer: HookAnswer | None,
) -> HookOutcome:
    failing_s = failing_for_s or 0.0
    answered = answer.status if answer else None
    if failing_s >= DEAD_AFTER_S:
        days = round(DEAD_AFTER_S / _DAY_S)
        return _off(answered, f"Nothing has arrived for {days} days; the last attempt: {note}.")
    asked_s = min(LONGEST_WAIT_S, (answer.retry_after_s if answer else None) or 0.0)
    rest_s = max(asked_s, min(LONGEST_REST_S, max(SHORTEST_REST_S, failing_s / 10)))
    if attempt >= MOST_ATTEMPTS:
        failed = HookDeliveryStatus.FAILED
        return HookOutcome(status=failed, answered=answered, note=note, rest_s=rest_s)
    wait_s = WAITS_S[attempt - 1] * (1 + JITTER * chance)
    return HookOutcome(
        status=HookDeliveryStatus.PENDING,
        answered=answered,
        note=note,
        retry_in_s=max(wait_s, asked_s),
        rest_s=rest_s,
    )


def _off(answered: int | None, reason: str) -> HookOutcome:
    return HookOutcome(
        status=HookDeliveryStatus.FAILED, answered=answered, note=reason, off_reason=reason
    )


def read_kinds(words: Iterable[str]) -> tuple[HookKind, ...]:
    """The kinds that words name, each once, in our order; none means all of them.

    Raises:
        UserError: ``unknown_kind``, naming the nearest one.
    """
    wanted = set(words)
    known = [str(kind) for kind in HookKind]
    for word in sorted(wanted - set(known)):
        near = nearest(word, known)
        raise UserError(
            f"There is no kind of event {word[:60]!r}.",
            reason="unknown_kind",
            remedy=f"Did you mean {near}?" if near else f"Known are: {', '.join(known)}.",
        )
    return tuple(kind for kind in HookKind if kind in wanted)
