"""The meter: every call of a model passes it before it is sent, and again with what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from bot.budgets.caps import HeldCap, caps_of
from bot.budgets.quoting import foretold_of
from bot.budgets.refusals import budget_reached, model_loop
from bot.budgets.texts import digest, kept
from bot.core.budgets import cost_micro_usd
from bot.core.model_calls import CallStatus, MadeCall, PlannedCall, Price, Usage
from bot.core.runs import Run
from bot.errors import StoreUnavailable, Transient
from bot.services import Meter, Services
from bot.store.port import EndedCall, NewCall, Reached

#: So often the same may be asked, and the same be answered to repeated questions.
MOST_REPEATS = 3
_LOOK_EVERY_S = 0.5
#: For so long a call waits for others to settle, before its step is put off.
_PATIENCE_S = 20.0
_AGAIN_AFTER_S = 15.0
#: The pauses after which a call's end is recorded again, where the database was away.
_RECORD_AGAIN_S = (0.2, 1.0, 3.0)
_log = structlog.get_logger(__name__)


def meter(
    services: Services,
    run: Run,
    step_id: str,
    *,
    number: int | None = None,
    poll: Callable[[], object] = lambda: None,
    sleep: Callable[[float], object] = time.sleep,
) -> Meter:
    """What holds the calls of one step of a run to its budgets.

    Args:
        number: The lease under which the step is done; the run's, where nothing is said.
        poll: Called while a call waits for others to settle; what it raises ends the wait.
    """
    lease = run.lease_number if number is None else number
    return RunMeter(
        services=services, run=run, step_id=step_id, number=lease, poll=poll, sleep=sleep
    )


@dataclass(frozen=True, kw_only=True)
class RunMeter:
    """``Meter`` over the store."""

    services: Services
    run: Run
    step_id: str
    number: int
    poll: Callable[[], object]
    sleep: Callable[[float], object]
    #: Of calls that are under way, what their models cost.
    prices: dict[str, Price | None] = field(default_factory=dict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def reserve(self, call: PlannedCall) -> str:
        """As the port says; waits a little where only calls under way are in the way, then raises
        ``Transient`` (``budget_busy``)."""
        price = self.services.models.price(call.model)
        new = self._new(call, price)
        self._refuse_loop(new)
        caps = caps_of(self.services, self.run, priced=price is not None)
        call_id = self._reserve(new, caps)
        with self.lock:
            self.prices[call_id] = price
        return call_id

    def settle(self, call_id: str, made: MadeCall) -> None:
        """As the port says; what cannot be recorded is left to the sweep."""
        with self.lock:
            price = self.prices.pop(call_id, None)
        cost = None
        if price is not None and made.usage is not None:
            cost = cost_micro_usd(price, made.usage)
        self._settle(call_id, self._ended(made, cost))

    def _settle(self, call_id: str, ended: EndedCall) -> None:
        """Record what became of a call. Its answer was paid for: it is not thrown away because the
        database is away for a moment, and what is not recorded counts as spent later on."""
        for pause_s in (*_RECORD_AGAIN_S, None):
            try:
                self.services.store.budgets.settle(call_id, ended)
                return
            except StoreUnavailable as exc:
                _log.warning("call_not_settled", run=self.run.id, call=call_id, reason=exc.reason)
                if pause_s is not None:
                    self.sleep(pause_s)

    def _new(self, call: PlannedCall, price: Price | None) -> NewCall:
        most = Usage(input_tokens=call.input_tokens, output_tokens=call.output_tokens)
        return NewCall(
            run_id=self.run.id,
            number=self.number,
            step_id=self.step_id,
            purpose=call.purpose,
            model=str(call.model),
            attempt=call.attempt,
            tokens=most.tokens,
            micro_usd=None if price is None else cost_micro_usd(price, most),
            prompt_hash=digest(call.prompt),
            prompt=kept(call.prompt, self.services.settings.keep_texts),
        )

    def _ended(self, made: MadeCall, cost: int | None) -> EndedCall:
        answered = made.status is CallStatus.ANSWERED
        return EndedCall(
            status=made.status,
            duration_ms=round(made.duration_s * 1000),
            usage=made.usage,
            micro_usd=cost,
            http_status=made.http_status,
            answer_hash=digest(made.answer) if made.answer or answered else None,
            answer=kept(made.answer, self.services.settings.keep_texts),
        )

    def _refuse_loop(self, call: NewCall) -> None:
        found = self.services.store.model_calls.repeats(
            call.run_id, call.number, call.step_id, call.purpose, call.prompt_hash
        )
        if found.prompts >= MOST_REPEATS:
            raise model_loop(call, asked=True, times=found.prompts)
        if call.attempt > 1 and found.answers >= MOST_REPEATS:
            raise model_loop(call, asked=False, times=found.answers)

    def _reserve(self, call: NewCall, caps: Sequence[HeldCap]) -> str:
        waited_s = 0.0
        while True:
            found = self.services.store.budgets.reserve(call, [held.cap for held in caps])
            if isinstance(found, str):
                return found
            if not found.busy:
                usual = foretold_of(self.services, self.run)
                raise budget_reached(self.run, _held(caps, found), found, call, usual=usual)
            if waited_s >= _PATIENCE_S:
                raise _busy()
            self.poll()
            self.sleep(_LOOK_EVERY_S)
            waited_s += _LOOK_EVERY_S


def _held(caps: Sequence[HeldCap], reached: Reached) -> HeldCap:
    return next(held for held in caps if held.cap.scope == reached.cap.scope)


def _busy() -> Transient:
    return Transient(
        "What is left of the budget is set aside for calls of models that are under way.",
        reason="budget_busy",
        retry_after_s=_AGAIN_AFTER_S,
    )
