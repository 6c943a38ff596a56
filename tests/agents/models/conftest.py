"""Models that are asked over HTTP from a child that all tests of a module share: it takes its
seconds to load what it needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.agents.models import providers
from bot.agents.models.asking import SandboxedModels
from bot.agents.models.calls import Patience
from bot.agents.models.rooms import Rooms
from bot.agents.models.wire import HttpWire
from bot.core.model_calls import ModelName
from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.plain import PlainProcesses
from tests.agents.models.meters import RUN, Asking, Kept, Untalkative
from tests.model_server import ModelServer, model_server


@pytest.fixture
def meter() -> Kept:
    return Kept()


@pytest.fixture(scope="session")
def sandboxed() -> Iterator[Rooms]:
    rooms = Rooms(Bubblewrap(), plain=PlainProcesses())
    yield rooms
    rooms.close(RUN)


@pytest.fixture(scope="session")
def plain() -> Iterator[Rooms]:
    rooms = Rooms(Untalkative(), plain=PlainProcesses())
    yield rooms
    rooms.close(RUN)


@pytest.fixture(scope="session")
def rooms(request: pytest.FixtureRequest) -> Rooms:
    """In a sandbox where one can be had, else in a plain process."""
    is_here = Bubblewrap().problem() is None
    found: Rooms = request.getfixturevalue("sandboxed" if is_here else "plain")
    return found


@pytest.fixture(scope="session")
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def models_in(server: ModelServer) -> Asking:
    """Models of a chain, all of the server of the tests, without long waits."""

    def made(rooms: Rooms, *names: str, tries: int = 3) -> SandboxedModels:
        chain = [ModelName(provider=one.split(":")[0], name=one.split(":")[1]) for one in names]
        return SandboxedModels(
            chain,
            {
                "openai": HttpWire(providers.openai(server.openai_url, "sk-openai-secret")),
                "anthropic": HttpWire(providers.anthropic(server.anthropic_url, "sk-ant-secret")),
            },
            rooms,
            patience=Patience(tries=tries, first_s=0.01, longest_s=0.02),
        )

    return made
