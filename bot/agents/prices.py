"""What models cost: as the operator's file says, else list prices of models that are known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bot.core.model_calls import ModelName, Price
from bot.errors import ConfigurationError

if TYPE_CHECKING:
    from genai_prices.types import AbstractUsage

#: The model that ships with the program.
_SCRIPTED = "scripted"
_KEYS = ("input_usd", "output_usd", "cached_usd")
_MOST_USD = 100_000
_MOST_BYTES = 1024 * 1024
#: Some list prices rise with the length of a prompt, far beyond those that are sent from here.
_PROMPT = 1_000


class Prices:
    """Prices in force on this server."""

    def __init__(self, own: Mapping[str, Price] | None = None) -> None:
        self._own = dict(own or {})

    def of(self, model: ModelName) -> Price | None:
        """What a model costs; None where nobody knows. Of the file, ``openai:NAME`` counts before
        ``NAME``."""
        for name in (str(model), model.name):
            if name in self._own:
                return self._own[name]
        if model.provider == _SCRIPTED:
            return Price(input_usd=0.0, output_usd=0.0)
        return _listed(model.provider, model.name)


def read_prices(path: Path | None) -> Prices:
    """The prices in force, with those of the file, if there is one.

    Raises:
        ConfigurationError: ``bad_prices``, naming what is wrong and where.
    """
    return Prices() if path is None else Prices(_read(path))


def _read(path: Path) -> Mapping[str, Price]:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode()
        if len(text) > _MOST_BYTES:
            raise ValueError("it is larger than 1 MiB")
        data = yaml.safe_load(text)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as exc:
        raise _wrong(path, f"cannot be read: {str(exc).splitlines()[0]}") from exc
    if not isinstance(data, dict) or not data:
        raise _wrong(path, "has to be a mapping of models, each with its prices")
    return {str(name): _price(path, str(name), value) for name, value in data.items()}


def _price(path: Path, name: str, value: object) -> Price:
    if not isinstance(value, dict):
        raise _wrong(path, f"{name}: has to be {{input_usd: …, output_usd: …}}")
    unknown = [str(key) for key in value if key not in _KEYS]
    if unknown:
        raise _wrong(path, f"{name}: {unknown[0]} is not known; known are {', '.join(_KEYS)}")
    missing = [key for key in _KEYS[:2] if value.get(key) is None]
    if missing:
        raise _wrong(path, f"{name}: {missing[0]} is missing")
    numbers = {key: _usd(path, name, key, value.get(key)) for key in _KEYS}
    cached = numbers["cached_usd"]
    return Price(
        input_usd=numbers["input_usd"] or 0.0,
        output_usd=numbers["output_usd"] or 0.0,
        cached_usd=cached,
    )


def _usd(path: Path, name: str, key: str, value: object) -> float | None:
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(number := float(str(value))):
        raise _wrong(path, f"{name}.{key}: has to be a number of US dollars for a million tokens")
    if not 0 <= number <= _MOST_USD:
        raise _wrong(path, f"{name}.{key}: has to lie between 0 and {_MOST_USD}")
    return number


def _wrong(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"FIRSTCOMMIT_PRICES: {path}: {problem}",
        reason="bad_prices",
        remedy="docs/budgets.md shows what such a file looks like.",
    )


@cache
def _listed(provider: str, name: str) -> Price | None:
    # Only where a model is asked: it reads a large table.
    from genai_prices import Usage

    def rate(**usage: int) -> float | None:
        return _rate(provider, name, Usage(**usage))

    input_usd, output_usd = rate(input_tokens=_PROMPT), rate(output_tokens=_PROMPT)
    if input_usd is None or output_usd is None:
        return None
    cached_usd = rate(input_tokens=_PROMPT, cache_read_tokens=_PROMPT)
    return Price(input_usd=input_usd, output_usd=output_usd, cached_usd=cached_usd)


def _rate(provider: str, name: str, usage: AbstractUsage) -> float | None:
    from genai_prices import calc_price

    try:
        found = calc_price(usage, model_ref=name, provider_id=provider)
    except LookupError:
        return None
    return float(found.total_price * Decimal(1_000_000) / Decimal(_PROMPT))
