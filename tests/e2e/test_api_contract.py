"""The API keeps what its description promises, whatever is sent; with true servers."""

from __future__ import annotations

import pytest

from tests.e2e.contract import contract, hold

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SEED = 20261128


def test_the_api_keeps_its_contract() -> None:
    """To an operator, whose calls come everywhere, and to a person, who meets rights on the way."""
    with contract() as server:
        outcome = hold(server, repeats=True, examples=3, seed=SEED)
    assert not outcome.failed, outcome.said
