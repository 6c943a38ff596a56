"""The packs that can be asked for."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.generation.pack_reading import MANIFEST, SHARED, read_pack, read_texts

_WORD = re.compile(r"[a-z0-9]{2,}")
_BEYOND = re.compile(r"\b(?:by|for|from|in|that|to|which|with)\b", re.IGNORECASE)
_EMPTY_WORDS = """
an and are as at by do for from has in is it me my of on or our please small simple that the this
to use using want we with write make new create build project need
"""


class PackLibrary:
    """The packs in one folder, each read once, when it is first asked for."""

    def __init__(self, folder: Path, *, kept_in: Path | None = None) -> None:
        """Args:
        kept_in: A folder for compiled templates, so that no other process compiles them again.
        """
        self._folder = folder
        self._kept_in = kept_in
        self._packs: dict[str, Pack] = {}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(path.parent.name for path in self._folder.glob(f"*/{MANIFEST}")))

    @cached_property
    def _shared(self) -> dict[str, str]:
        return read_texts(self._folder / SHARED, SHARED)

    def names(self) -> tuple[str, ...]:
        """The names of all packs, in order."""
        return self._names

    def get(self, name: str) -> Pack:
        """The pack of this name.

        Raises:
            UserError: ``unknown_pack``, with the nearest names; ``bad_pack`` if it is faulty.
        """
        if name not in self._names:
            raise self._unknown(name)
        if name not in self._packs:
            pack = read_pack(self._folder / name, self._shared)
            self._packs[name] = replace(pack, kept_in=self._kept_in)
        return self._packs[name]

    def search(self, text: str, limit: int = 3) -> tuple[Pack, ...]:
        """The packs that a free description fits best, best first; empty if none does at all."""
        wanted, first = _words(text), _words(_BEYOND.split(text, maxsplit=1)[0])
        scored = [(_score(pack, wanted, first), pack) for pack in map(self.get, self._names)]
        found = sorted((entry for entry in scored if entry[0] > 0), key=lambda entry: -entry[0])
        return tuple(pack for _, pack in found[:limit])

    def _unknown(self, name: str) -> UserError:
        shown = name if len(name) <= 60 else name[:57] + "..."
        near = difflib.get_close_matches(name, self._names, n=3, cutoff=0.5)
        remedy = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else f"There are: {', '.join(self._names)}."
        )
        return UserError(
            f"There is no template pack called {shown!a}.", reason="unknown_pack", remedy=remedy
        )


def _score(pack: Pack, wanted: frozenset[str], first: frozenset[str]) -> float:
    """How well a pack fits: its name and tags count more than its summary.

    What stands in front says what it is to be, and what follows what for: *an SDK for our API*.
    """
    named = _words(f"{pack.name} {' '.join(pack.tags)}")
    told = _words(pack.summary)
    return 2.0 * len(wanted & named) + len(wanted & told - named) + 2.0 * len(first & named)


def _words(text: str) -> frozenset[str]:
    # An ending "s" makes no difference to what somebody looks for.
    found = set(_WORD.findall(text.lower())) - set(_EMPTY_WORDS.split())
    return frozenset(word.removesuffix("s") if len(word) > 3 else word for word in found)
