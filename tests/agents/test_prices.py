"""Prices: the operator's own before list prices, and a clear word where a file is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.agents.prices import read_prices
from bot.core.model_calls import ModelName, Price
from bot.errors import ConfigurationError

SMALL = ModelName(provider="openai", name="gpt-4o-mini")
OURS = ModelName(provider="openai", name="llama-of-our-own")


def at(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prices.yml"
    path.write_text(text)
    return path


def test_list_prices_are_known_and_others_are_not() -> None:
    prices = read_prices(None)
    found = prices.of(SMALL)
    assert found is not None
    assert 0 < found.input_usd < found.output_usd
    assert prices.of(OURS) is None
    assert prices.of(ModelName(provider="nobody", name="gpt-4o-mini")) is None


def test_the_model_that_ships_costs_nothing() -> None:
    scripted = ModelName(provider="scripted", name="sdlc")
    assert read_prices(None).of(scripted) == Price(input_usd=0.0, output_usd=0.0)


@pytest.mark.parametrize(
    "text",
    [
        "llama-of-our-own: {input_usd: 1, output_usd: 2.5, cached_usd: 0.1}",
        '{"openai:llama-of-our-own": {"input_usd": 1, "output_usd": 2.5, "cached_usd": 0.1}}',
    ],
)
def test_a_file_in_yaml_or_json_names_models(tmp_path: Path, text: str) -> None:
    prices = read_prices(at(tmp_path, text))
    assert prices.of(OURS) == Price(input_usd=1.0, output_usd=2.5, cached_usd=0.1)


def test_the_file_wins_over_list_prices(tmp_path: Path) -> None:
    prices = read_prices(at(tmp_path, "gpt-4o-mini: {input_usd: 0, output_usd: 0}"))
    assert prices.of(SMALL) == Price(input_usd=0.0, output_usd=0.0)


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "has to be a mapping of models"),
        ("[a]", "has to be a mapping of models"),
        ("a: 3", "a: has to be {input_usd"),
        ("a: {input_usd: 1}", "a: output_usd is missing"),
        ("a: {input_usd: 1, output_usd: 1, out: 2}", "a: out is not known"),
        ("a: {input_usd: x, output_usd: 1}", "a.input_usd: has to be a number"),
        ("a: {input_usd: true, output_usd: 1}", "a.input_usd: has to be a number"),
        ("a: {input_usd: .nan, output_usd: 1}", "a.input_usd: has to be a number"),
        ("a: {input_usd: -1, output_usd: 1}", "a.input_usd: has to lie between"),
        ("a: {input_usd: ", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_prices(at(tmp_path, text))
    assert refused.value.reason == "bad_prices"
    assert problem in refused.value.message


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"FIRSTCOMMIT_PRICES.*cannot be read"):
        read_prices(tmp_path / "nothing.yml")
