"""Typed reading of payloads, with errors that name the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.errors import UserError

# Identifiers of every known forge fit into 64 signed bits, and so must what we store.
MAX_NUMBER = 2**63 - 1


class Fields:
    """One object of a payload, which knows where in the payload it lies.

    Every method raises ``UserError`` (``unreadable_payload``) where the field is of another
    type; those without ``or`` in their name also where it is absent or null.
    """

    def __init__(self, data: Mapping[str, object], place: str = "") -> None:
        self._data = data
        self._place = place

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._data.get(name) is not None

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self.text_or_empty(name)
        if not value:
            raise self._unreadable(name, "a text")
        return value

    def text_or_empty(self, name: str) -> str:
        """A string; empty where it is absent or null."""
        value = self._data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._unreadable(name, "a text")
        return storable(value)

    def number(self, name: str) -> str:
        """A positive whole number, as decimal digits."""
        value = self._data.get(name)
        # Python counts True as 1; no forge means that.
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAX_NUMBER:
            raise self._unreadable(name, "a positive number")
        return str(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean; ``default`` where it is absent or null."""
        value = self._data.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._unreadable(name, "true or false")
        return value

    def part(self, name: str) -> Fields:
        """The object in that field."""
        part = self.part_or_none(name)
        if part is None:
            raise self._unreadable(name, "an object")
        return part

    def part_or_none(self, name: str) -> Fields | None:
        """The object in that field; None where it is absent or null."""
        value = self._data.get(name)
        return None if value is None else self._object(name, value)

    def parts(self, name: str) -> Sequence[Fields]:
        """The objects of a list; none where it is absent or null."""
        value = self._data.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self._unreadable(name, "a list")
        return [self._object(f"{name}[{at}]", item) for at, item in enumerate(value)]

    def _object(self, name: str, value: object) -> Fields:
        if not isinstance(value, Mapping):
            raise self._unreadable(name, "an object")
        return Fields(value, f"{self._place}{name}.")

    def _unreadable(self, name: str, wanted: str) -> UserError:
        return UserError(
            f"The delivery has no {self._place}{name} that is {wanted}.",
            reason="unreadable_payload",
        )


def storable(text: str) -> str:
    """The text with U+FFFD for what databases refuse: NUL and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    whole = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return whole.replace("\0", "\ufffd")
