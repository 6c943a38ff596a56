"""The same promises with the other database. Apart, so that both are held at the same time."""

from __future__ import annotations

import pytest

from tests.e2e.contract import contract, hold
from tests.e2e.test_api_contract import SEED

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), pytest.mark.needs("postgres")]


def test_the_same_on_postgresql(postgres_url: str) -> None:
    """What the description refuses comes to no database: that has been held with SQLite."""
    with contract(database_url=postgres_url) as server:
        outcome = hold(
            server, repeats=True, examples=2, phases="fuzzing", mode="positive", seed=SEED
        )
    assert not outcome.failed, outcome.said
