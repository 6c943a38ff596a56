"""The same promises with the other database. Apart, so that both are held at the same time."""

from __future__ import annotations

import pytest

from tests.e2e.contract import contract, hold
from tests.e2e.test_api_contract import SEED

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), pytest.mark.needs("postgres")]

#: What only the description decides has been covered with SQLite.
FUZZING = {"examples": 2, "phases": "fuzzing", "seed": SEED}


@pytest.mark.parametrize("operates", [True, False], ids=["operator", "person"])
def test_the_same_on_postgresql(postgres_url: str, operates: bool) -> None:
    with contract(database_url=postgres_url) as server:
        outcome = hold(server, operates=operates, **FUZZING)
    assert not outcome.failed, outcome.said
