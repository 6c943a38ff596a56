"""Outside effects, written down before and after they are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class EffectStatus(StrEnum):
    """How far an outside effect is known to be."""

    INTENDED = "intended"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A row of the ledger. ``fresh``: written by this very call, so it cannot have been done.

    ``age_s`` was counted by the store's own clock from the intention to this reading; it is
    below zero where that clock was set back.
    """

    id: str
    owner: str
    key: str
    status: EffectStatus
    external_id: str | None
    result: Mapping[str, object]
    fresh: bool
    intended_at: datetime
    confirmed_at: datetime | None
    age_s: float


class Ledger(Protocol):
    """Outside effects, written down before and after. ``owner`` is ``run:ID``, ``command:ID`` or
    ``account:FORGE:ID``."""

    def intend(self, owner: str, key: str, *, kind: str, number: int | None = None) -> Effect:
        """Write that the effect is about to be done, or give the row that is there.

        With ``number`` (runs) it raises ``LeaseLost`` where that lease is not the newest.
        """

    def confirm(
        self, id: str, *, external_id: str, result: Mapping[str, object] | None = None
    ) -> Effect | None:
        """Write what the forge answered, unless somebody was quicker: the first answer stays.

        Gives the row as it is then; None where it was forgotten meanwhile.
        """

    def note(self, id: str, result: Mapping[str, object]) -> None:
        """Write into an intended row what its effect will be known by."""

    def forget(self, id: str) -> None:
        """Drop an intended row whose effect is known not to have happened and never will."""

    def find(self, owner: str, key: str) -> Effect | None:
        """The row, if any."""

    def confirmed(self, key: str) -> Sequence[Effect]:
        """The confirmed rows of a key, whoever owns them, oldest first."""

    def of(self, owner: str) -> Sequence[Effect]:
        """All rows of an owner, oldest first."""
