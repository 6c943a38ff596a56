"""Secrets on their way to the one step that needs them: values that do not show themselves."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from bot.core.kinds import SecretName, SecretText

MASK = "•••"
#: Shorter ones would be found in half of all texts, and guessed anyhow.
LEAST_CHARACTERS = 4
#: A line of a secret may be a bracket or a blank, which stand everywhere.
_LEAST_OF_A_LINE = 8


@dataclass(frozen=True, repr=False)
class Hidden:
    """A value, mostly a text, that no record, log line or traceback shows."""

    _value: object

    def reveal(self) -> object:
        """The value itself, to be asked for at the last moment."""
        return self._value

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return MASK


def masked(value: object) -> object:
    """The same plain data for a record: what is hidden masked, names of secrets as text."""
    if isinstance(value, Hidden | SecretName | SecretText):
        return str(value)
    if isinstance(value, Mapping):
        return {name: masked(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [masked(part) for part in value]
    return value


def revealed(value: object) -> object:
    """The same plain data with everything hidden in the clear."""
    if isinstance(value, Hidden):
        return value.reveal()
    if isinstance(value, Mapping):
        return {name: revealed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [revealed(part) for part in value]
    return value


def hidden_texts(value: object) -> Iterator[str]:
    """Every text that is hidden in plain data, and each line of those that have several."""
    if isinstance(value, Hidden):
        yield from _written(value.reveal())
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from hidden_texts(part)


def _written(value: object) -> Iterator[str]:
    if isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _written(part)
    elif value is not None and not isinstance(value, bool):
        lines = [line.strip() for line in str(value).splitlines()]
        yield str(value)
        yield from (line for line in lines if len(line) >= _LEAST_OF_A_LINE)


def masker(secrets: Iterable[str]) -> Callable[[str], str]:
    """What takes the secrets out of a text, however they were spelled on their way."""
    spelled = {spelling for secret in secrets for spelling in _spellings(secret)}
    # The longest first, since one may be a part of another.
    ordered = sorted(spelled, key=len, reverse=True)

    def mask(text: str) -> str:
        for spelling in ordered:
            text = text.replace(spelling, MASK)
        return text

    return mask


def without(value: object, secrets: Collection[str]) -> object:
    """The same plain data in whose texts none of the secrets stands, also within longer ones.

    A text that is nothing but a secret is masked however short it is.
    """
    if not secrets:
        return value
    mask, whole = masker(secrets), frozenset(secrets)

    def clean(part: object) -> object:
        if isinstance(part, Mapping):
            return {name: clean(inner) for name, inner in part.items()}
        if isinstance(part, list | tuple):
            return [clean(inner) for inner in part]
        if isinstance(part, bool) or part is None:
            return part
        if str(part) in whole:
            return MASK
        return mask(part) if isinstance(part, str) else part

    return clean(value)


def _spellings(secret: str) -> Iterator[str]:
    """A secret as JSON, addresses, pages and basic authentication write it."""
    if len(secret) < LEAST_CHARACTERS:
        return
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield html.escape(secret)
    packed = secret.encode("utf-8", "replace")
    yield base64.b64encode(packed).decode("ascii").rstrip("=")
    yield base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
