"""Money in whole micro-dollars, and budgets as people write them."""

from __future__ import annotations

import pytest

from bot.core.budgets import (
    RunBudget,
    budget_from_data,
    budget_to_data,
    cost_micro_usd,
    micro_usd,
    read_budget,
    tokens_text,
    usd_text,
    written,
)
from bot.core.model_calls import Price, Usage


def test_what_is_written_is_what_is_counted() -> None:
    assert micro_usd(0.1) + micro_usd(0.2) == micro_usd(0.3) == 300_000
    assert micro_usd(1e-7) == 1, "a fraction is rounded up"


def test_a_million_small_calls_come_to_their_sum() -> None:
    price = Price(input_usd=0.1, output_usd=0.4, cached_usd=0.01)
    one = cost_micro_usd(price, Usage(input_tokens=1000, output_tokens=100, cached_tokens=500))
    assert one == 50 + 5 + 40
    assert sum([one] * 1_000_000) == 95_000_000


def test_part_of_a_micro_dollar_counts_whole() -> None:
    assert cost_micro_usd(Price(input_usd=0.15, output_usd=0), Usage(input_tokens=1)) == 1
    assert cost_micro_usd(Price(input_usd=0, output_usd=0), Usage(input_tokens=9)) == 0


def test_cached_tokens_are_among_those_of_the_input() -> None:
    price = Price(input_usd=3, output_usd=15)
    assert cost_micro_usd(price, Usage(input_tokens=10, cached_tokens=10)) == 30
    told_too_many = Usage(input_tokens=10, cached_tokens=90)
    assert cost_micro_usd(Price(input_usd=3, output_usd=15, cached_usd=1), told_too_many) == 10


@pytest.mark.parametrize(
    "text, budget",
    [
        ("2", RunBudget(micro_usd=2_000_000)),
        ("$0.50", RunBudget(micro_usd=500_000)),
        ("0.000001", RunBudget(micro_usd=1)),
        ("200k", RunBudget(tokens=200_000)),
        ("1.5M", RunBudget(tokens=1_500_000)),
        ("1234tokens", RunBudget(tokens=1234)),
    ],
)
def test_a_budget_is_read_as_it_is_written(text: str, budget: RunBudget) -> None:
    assert read_budget(text) == budget
    assert read_budget(written(budget)) == budget
    assert budget_from_data(budget_to_data(budget)) == budget


@pytest.mark.parametrize(
    "text", ["", "0", "0k", "-1", "much", "1e9", "1,5", "$", "k", "nan", "5 €"]
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        read_budget(text)


def test_no_budget_is_none() -> None:
    assert budget_to_data(None) is None
    assert budget_from_data(None) is None


@pytest.mark.parametrize(
    "micro, text",
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (12_300, "$0.0123"),
        (500_000, "$0.50"),
        (1_230_000, "$1.23"),
        (1_234_560, "$1.23456"),
        (20_000_000, "$20.00"),
    ],
)
def test_money_for_people(micro: int, text: str) -> None:
    assert usd_text(micro) == text


def test_tokens_for_people() -> None:
    assert (tokens_text(1), tokens_text(12345)) == ("1 token", "12,345 tokens")
