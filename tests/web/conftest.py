"""A world of pages for each test that asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bot.services import SignInProvider
from tests.web.world import World

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    """Makes worlds with other settings than the usual ones."""
    made: list[World] = []

    def make(*, sign_in: Mapping[str, SignInProvider] | None = None, **changes: object) -> World:
        world = World(tmp_path / f"world-{len(made)}", changes, sign_in or {})
        made.append(world)
        return world

    yield make
    for world in made:
        world.store.database.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


@pytest.fixture
def browser(world: World) -> FlaskClient:
    """Somebody who has signed in to ``world``."""
    return world.browser()
