"""What tests of models share beside their fixtures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.agents.models.asking import SandboxedModels
from bot.core.model_calls import MadeCall, PlannedCall
from bot.errors import StepFailed
from bot.sandbox.plain import PlainProcesses
from bot.services import NoSandbox

#: From rooms and the names of models to what asks them at the server of the tests.
Asking = Callable[..., SandboxedModels]
#: The one run of these tests.
RUN = "run"


@dataclass
class Kept:
    """A meter that keeps what it was told, and refuses from a certain call on."""

    most: int = 10_000
    planned: list[PlannedCall] = field(default_factory=list)
    made: dict[str, MadeCall] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self, call: PlannedCall) -> str:
        with self.lock:
            if len(self.planned) >= self.most:
                raise StepFailed("There is nothing left.", reason="budget_reached")
            self.planned.append(call)
            return str(len(self.planned))

    def settle(self, call_id: str, made: MadeCall) -> None:
        with self.lock:
            self.made.setdefault(call_id, made)

    @property
    def settled(self) -> Sequence[MadeCall]:
        """In the order in which they were reserved."""
        return [self.made[str(number + 1)] for number in range(len(self.planned))]


class Untalkative(NoSandbox):
    """A machine without namespaces."""

    open = PlainProcesses.open
