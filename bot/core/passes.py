"""What a step of a run may do with our own API: in whose name, for which run, how far, how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.access_scopes import Scopes
from bot.core.identity import Actor

#: How the key of a command begins that a step of a run has asked for.
ASKED_BY_RUN = "api:run:"
#: So long a pass holds, if it is not given back before.
VALID_FOR = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Asker:
    """A step of a run, in the name of whoever asked for the run.

    ``homes`` are what the run was authorised for: it sees and touches nothing else, whatever the
    person may. ``scopes`` are never those of approving, of tokens or of operating. ``call`` tells
    this attempt's calls from those that somebody asked for anew (`/retry step=…`).
    """

    run_id: str
    step_id: str
    actor: Actor
    homes: frozenset[str]
    scopes: Scopes
    call: str = ""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a token that never leaves its process stands for."""

    asker: Asker
    ends_at: datetime
