"""What stands behind a verb: options, positional words, free text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.core.shell_words import Unreadable, Word, split_words

OptionValue = str | Literal[True]

FLAGS = frozenset({"existing", "draft", "no-draft", "force", "unsafe", "help", "public", "private"})
"""Options that take no value: in ``--existing x`` the x is a word of its own."""

_KEY = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII | re.IGNORECASE)
# What looks like a key and is none is an error; anything else with "=" in it is a plain word
# (https://example.org/?page=2).
_KEY_LIKE = re.compile(r"[\w.-]*")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The rest of a command; ``text`` is None if nothing on the line introduces it."""

    positional: tuple[str, ...]
    options: tuple[tuple[str, OptionValue], ...]
    text: str | None


def read_arguments(line: str, start: int, flags: frozenset[str] = FLAGS) -> Arguments:
    """Reads ``line`` from offset ``start`` on.

    Raises:
        Unreadable: A quote is not closed, or a key is wrong or given twice.
    """
    words, text = split_words(line, start)
    reader = _Reader(words, frozenset(normal_key(flag) for flag in flags))
    reader.read()
    return Arguments(
        positional=tuple(reader.positional), options=tuple(reader.options.items()), text=text
    )


def normal_key(key: str) -> str:
    """A key in the one spelling that the rest of the program sees."""
    return key.lower().replace("-", "_")


class _Reader:
    def __init__(self, words: tuple[Word, ...], flags: frozenset[str]) -> None:
        self._words = words
        self._flags = flags
        self._next = 0
        self.positional: list[str] = []
        self.options: dict[str, OptionValue] = {}

    def read(self) -> None:
        while self._next < len(self._words):
            word = self._words[self._next]
            self._next += 1
            if _is_dashed(word):
                self._read_dashed(word)
            elif (equals := _key_end(word)) is not None:
                self._add(word, word.value[:equals], word.value[equals + 1 :])
            else:
                self.positional.append(word.value)

    def _read_dashed(self, word: Word) -> None:
        if word.equals is not None:
            self._add(word, word.value[2 : word.equals], word.value[word.equals + 1 :])
            return
        key = word.value[2:]
        following = self._words[self._next : self._next + 1]
        takes_next = normal_key(key) not in self._flags and following
        if takes_next and not _is_dashed(following[0]) and _key_end(following[0]) is None:
            self._next += 1
            self._add(word, key, following[0].value)
        else:
            self._add(word, key, True)

    def _add(self, word: Word, key: str, value: OptionValue) -> None:
        if not key:
            raise Unreadable(
                "bad_key", "A key is missing here: write key=value, without spaces.", word.at
            )
        if _KEY.fullmatch(key) is None:
            raise Unreadable(
                "bad_key",
                "A key begins with a letter and holds only letters, digits, `-` and `_`.",
                word.at,
            )
        name = normal_key(key)
        if name in self.options:
            raise Unreadable("duplicate_key", f"`{name}` is given twice.", word.at)
        self.options[name] = value


def _is_dashed(word: Word) -> bool:
    return word.value.startswith("--") and not word.literal


def _key_end(word: Word) -> int | None:
    """Where the key of a ``key=value`` ends; None if the word is none."""
    if word.equals is None or not _KEY_LIKE.fullmatch(word.value[: word.equals]):
        return None
    return word.equals
