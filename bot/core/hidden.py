"""Secrets on their way to the one step that needs them: values that do not show themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.kinds import SecretName, SecretText

MASK = "•••"
#: Shorter ones would be found in half of all texts, and guessed anyhow.
_LEAST_CHARACTERS = 4


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


def without(text: str, secrets: Iterable[str]) -> str:
    """A text in which none of the secrets occurs any more, the longest masked first."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _LEAST_CHARACTERS:
            text = text.replace(secret, MASK)
    return text
