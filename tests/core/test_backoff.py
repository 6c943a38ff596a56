"""Waiting before the next try."""

from __future__ import annotations

import pytest

from bot.core.backoff import delay_s


@pytest.mark.parametrize(
    ("attempts", "asked_s", "wait_s"),
    [
        (1, None, 2),
        (2, None, 4),
        (8, None, 256),
        (9, None, 300),
        (10000, None, 300),
        (1, 60.0, 60),
        (9, 60.0, 300),
        (0, None, 2),
    ],
)
def test_the_wait_doubles_and_heeds_the_other_side(
    attempts: int, asked_s: float | None, wait_s: float
) -> None:
    assert delay_s(attempts, asked_s=asked_s) == wait_s
