"""Texts of others made fit to be told on one line: bounded, and with nothing unseen in them."""

from __future__ import annotations

import unicodedata

#: Categories of letters that show nothing: control, format, surrogate, private, unassigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def one_line(text: object, most: int) -> str:
    """The beginning of a text, its white space put in order; empty for what is no text."""
    if not isinstance(text, str):
        return ""
    # No more is looked at than could be shown.
    seen = "".join(
        " " if sign.isspace() else sign
        for sign in text[: 4 * most]
        if sign.isspace() or unicodedata.category(sign) not in _UNSEEN
    )
    words = " ".join(seen.split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
