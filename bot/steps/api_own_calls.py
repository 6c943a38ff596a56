"""Calls of our own API by a step, in the name of whoever asked for its run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.api_values import REPEATABLE
from bot.core.openapi import ApiOperation
from bot.core.operation_calls import OperationCall
from bot.errors import ApiFailed, StepFailed
from bot.steps.api_answers import outputs
from bot.steps.api_asker import agent_api
from bot.steps.spec import Done, StepContext
from bot.store.port import Effect


@dataclass(frozen=True)
class OwnCall:
    """One call, whose arguments fit."""

    context: StepContext
    operation: ApiOperation
    made: OperationCall

    def send(self, effect: Effect) -> Done:
        """Make it. Asked for a second time it comes to the same: by its method, or by its key."""
        repeats = self.operation.method in REPEATABLE or self.operation.once
        if not effect.fresh and not repeats:
            raise StepFailed(
                f"`{self.operation.name}` may have been done, and is not done twice.",
                reason="answer_lost",
                remedy="See whether it was; `/retry step=…` does it anew.",
            )
        try:
            answer = agent_api(self.context).call(
                self.made.method,
                self.made.endpoint,
                self.made.data,
                _query(self.made),
                headers=self.made.headers,
            )
        except ApiFailed:
            # Whether refused or given up: what is asked for again is known by its key.
            self.context.services.store.ledger.forget(effect.id)
            raise
        self.context.log(f"{self.operation.name} answered {answer.status}")
        return Done(id=str(answer.status), result=outputs(answer, ()))


def _query(made: OperationCall) -> Mapping[str, list[str]]:
    query: dict[str, list[str]] = {}
    for name, value in made.query:
        query.setdefault(name, []).append(value)
    return query
