"""One call of a model, beside a bare request of httpx to the same server, which answers at once.

Ours goes through the process that speaks to models: the question to it, its request back, and
the answer to it and back again. A model takes seconds of its own beside that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bot.agents.models import providers
from bot.agents.models.asking import SandboxedModels
from bot.agents.models.rooms import Rooms
from bot.agents.models.wire import HttpWire
from bot.core.model_calls import MadeCall, ModelName, ModelTask, PlannedCall
from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.plain import PlainProcesses
from tests.bench.figures import Figure
from tests.bench.turns import in_turns
from tests.model_server import ModelServer, Says, model_server

ROUNDS = 15
CALLS = 5
_BODY = {"model": "some", "messages": [{"role": "user", "content": "A word?"}]}
_TASK = ModelTask(
    run_id="bench",
    purpose="file",
    instructions="Say a word.",
    prompt="A word? " * 2_000,
    schema={"type": "object", "properties": {"word": {"type": "string"}}},
)


class Free:
    """A meter that lets everything pass."""

    def reserve(self, call: PlannedCall) -> str:
        return "call"

    def settle(self, call_id: str, made: MadeCall) -> None:
        """It is not kept."""


def measure() -> list[Figure]:
    """What a call costs beside the provider's own time."""
    with model_server() as server, _models(server) as models, httpx.Client() as client:
        server.says(Says(value={"word": "x" * 4_000}))
        url = f"{server.openai_url}/chat/completions"
        turns = in_turns(
            rounds=ROUNDS,
            calls_a_round=CALLS,
            ours=lambda: models.ask(_TASK, accept=dict, meter=Free()),
            bare=lambda: client.post(url, json=_BODY).raise_for_status(),
        )
    return [
        turns.figure(
            "a call of a model, without the model", ours="ours", bare="bare", ours_at_most=100.0
        )
    ]


@contextmanager
def _models(server: ModelServer) -> Iterator[SandboxedModels]:
    rooms = Rooms(Bubblewrap(), plain=PlainProcesses())
    wire = HttpWire(providers.openai(server.openai_url, "key"))
    try:
        yield SandboxedModels([ModelName(provider="openai", name="some")], {"openai": wire}, rooms)
    finally:
        rooms.close("bench")
