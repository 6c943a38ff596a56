"""Prompts and answers as they are kept: their hashes, and of the texts as much as is wanted."""

from __future__ import annotations

from hashlib import sha256

from bot.core.hidden import MASK
from bot.core.secrets_scan import without_secrets

#: Of one text.
_MOST_CHARACTERS = 200_000


def digest(text: str) -> str:
    """SHA-256 of a text, whatever it holds."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def kept(text: str, keep: str) -> str | None:
    """What is kept of a text.

    Args:
        keep: ``none``, ``masked`` or ``all``, as FIRSTCOMMIT_KEEP_TEXTS says.
    """
    if keep == "none":
        return None
    shown = text if keep == "all" else without_secrets(text, MASK)
    if len(shown) <= _MOST_CHARACTERS:
        return shown
    return f"{shown[:_MOST_CHARACTERS]}\n… and {len(shown) - _MOST_CHARACTERS} characters more"
