"""Plans that wait for somebody's approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.identity import Thread
from bot.core.runs import PlanStatus


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """What a run wants to publish. ``digest`` is SHA-256 in hex over ``document``."""

    run_id: str
    step_id: str
    digest: str
    document: Mapping[str, object]
    #: What the digest does not cover but people want to see.
    shown: Mapping[str, object]
    valid_s: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan as recorded. ``decided_by`` is a login, with the forge it is of in front."""

    id: str
    run_id: str
    step_id: str
    digest: str
    document: Mapping[str, object]
    shown: Mapping[str, object]
    status: PlanStatus
    created_at: datetime
    lapses_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str


class Plans(Protocol):
    """What waits for somebody's approval, and what became of it."""

    def propose(self, plan: NewPlan, *, number: int) -> Plan:
        """Record a pending plan under a run's lease.

        The same digest of the same step gives the row that is there, whatever became of it. Other
        pending plans of the run and of its thread lapse, and their runs are woken.
        """

    def get(self, id: str) -> Plan | None:
        """One plan; one that is past its time is *lapsed*, here and in all that follow."""

    def pending(self, thread: Thread) -> Plan | None:
        """The one plan of a thread that waits for an answer."""

    def newest(self, thread: Thread) -> Plan | None:
        """The newest plan of a thread, whatever became of it."""

    def of_run(self, run_id: str) -> Sequence[Plan]:
        """Every plan of a run, oldest first."""

    def decide(self, id: str, status: PlanStatus, *, by: str, note: str = "") -> Plan:
        """Approve, reject or lapse a pending plan, and wake its run.

        The same answer again gives the plan as it is; ``UserError`` (``plan_decided``) for
        another one, ``unknown_plan`` for none.
        """
