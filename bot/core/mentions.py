"""Who a line is addressed to: us by name, us by a bare verb, or somebody else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from bot.core.verbs import BARE_VERBS

# Editors and phones leave characters without width at the start of a line; nobody sees them.
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"
_ADDRESS = re.compile(rf"[\s{_UNSEEN}]*+([/@])(\S*+)\s*+(\S*+)")
_MAY_BE_ADDRESSED = re.compile(rf"(?:\A|[\r\n])(?:[^\S\r\n]|[{_UNSEEN}])*+[/@]")

# "@firstcommit: generate ..." and "@firstcommit, help" are how people write to people.
_AFTER_NAME = ",:;.!?"


@dataclass(frozen=True, kw_only=True)
class Address:
    """The beginning of a line that is meant for us.

    ``word`` is what stands in the verb's place, as written; empty if nothing does. ``start``,
    ``word_start`` and ``word_end`` are offsets in the line.
    """

    bare: bool
    word: str
    start: int
    word_start: int
    word_end: int


def may_be_addressed(text: str) -> bool:
    """Whether any line of ``text`` begins the way a command does; cheap, and never misses one."""
    return _MAY_BE_ADDRESSED.search(text) is not None


def read_address(line: str, name: str, bare_verbs: frozenset[str]) -> Address | None:
    """The address at the start of ``line``; None if the line is not meant for us.

    Args:
        name: Our name in lower case.
        bare_verbs: The verbs that are ours without the name, in lower case.
    """
    found = _ADDRESS.match(line)
    if found is None:
        return None
    if ascii_lower(found[2].rstrip(_AFTER_NAME)) == name:
        return _address(found, 3, bare=False)
    if found[1] == "/" and ascii_lower(found[2]) in bare_verbs:
        return _address(found, 2, bare=True)
    return None


def _address(found: re.Match[str], word: int, *, bare: bool) -> Address:
    return Address(
        bare=bare,
        word=found[word],
        start=found.start(1),
        word_start=found.start(word),
        word_end=found.end(word),
    )


def ascii_lower(word: str) -> str:
    """``word`` in lower case; a word with other letters stays as it is.

    Unicode knows letters that are no ASCII but become it in lower case (the kelvin sign);
    `CommandFilter`, which sees bytes, could not know them.
    """
    return word.lower() if word.isascii() else word


class CommandFilter:
    """Tells from the raw bytes of a delivery whether they may hold a command.

    It may say yes to bytes without a command, never no to bytes with one. It stands on the
    way of every delivery, so it parses nothing.
    """

    def __init__(self, name: str) -> None:
        """Args:
        name: Our name, ASCII.
        """
        self._mention = b"@" + name.lower().encode()
        # One search for all words costs a third of a search for each: the engine leaps from
        # slash to slash, and words that begin alike share a branch ("/repos" fails once).
        self._slash = re.compile(b"/(?:" + _alternatives((*BARE_VERBS, name.lower())) + b")")

    def __call__(self, body: bytes) -> bool:
        lower = body.lower()
        if b"\\" in lower and b"\\u00" in lower:
            lower = lower.replace(b"\\u002f", b"/").replace(b"\\u0040", b"@")
        if b"@" in lower and self._mention in lower:
            return True
        return self._slash.search(lower) is not None


def _alternatives(words: tuple[str, ...]) -> bytes:
    branches = []
    for stem, group in groupby(sorted(words), key=lambda word: word[:2]):
        rests = "|".join(re.escape(word[len(stem) :]) for word in group)
        branches.append(f"{re.escape(stem)}(?:{rests})")
    return "|".join(branches).encode()
