"""A server of the API for each test that asks for one."""

from __future__ import annotations

import pytest

from tests.spine import Bot
from tests.web.api.server import Server


@pytest.fixture
def server(bot: Bot) -> Server:
    made = Server(bot)
    made.settle()
    return made
