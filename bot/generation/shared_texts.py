"""The texts that ship beside the packs, which every pack may include as ``_shared/PATH``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from bot.generation.pack_reading import SHARED, read_texts
from bot.resources import templates_dir


@cache
def shared_texts() -> Mapping[str, str]:
    """All of them, by the name by which they are included."""
    return MappingProxyType(read_texts(templates_dir() / "packs" / SHARED, SHARED))
