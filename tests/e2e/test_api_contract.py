"""The API keeps what its description promises, whatever is sent; with true servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.contract import contract, hold
from tests.e2e.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SEED = 20261128
#: The operator's calls come everywhere; a person's are met by rights on the way.
OPERATORS = {"operates": True, "examples": 3, "phases": "examples,coverage,fuzzing"}
PERSONS = {"operates": False, "examples": 3, "phases": "fuzzing"}
BOTH = pytest.mark.parametrize("effort", [OPERATORS, PERSONS], ids=["operator", "person"])


@pytest.fixture(scope="module")
def on_sqlite() -> Iterator[Product]:
    with contract() as server:
        yield server


@BOTH
def test_the_api_keeps_its_contract(on_sqlite: Product, effort: dict[str, Any]) -> None:
    outcome = hold(on_sqlite, seed=SEED, **effort)
    assert not outcome.failed, outcome.said
