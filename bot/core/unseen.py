"""Characters that nobody sees, and what a terminal acts on: taken out of what a model reads.

With them a text can say to a model what no person who looked at it has read: letters without
width, marks that turn the direction of writing, the tags of plane 14, variation selectors (which
spell bytes), control sequences.
"""

from __future__ import annotations

import re

#: What sets colours, moves the cursor or names the window, as logs are full of it.
_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b]{0,4096}+(?:\x07|\x1b\\)|[@-Z\\^_])"
)
_JOINERS = "\u200c\u200d"
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
    "]+"
)
#: Some scripts and emojis need one between two letters. A single one says nothing.
_STRAY_JOINER = re.compile(
    f"(?<![^\x00-\x7f{_JOINERS}])[{_JOINERS}]+|[{_JOINERS}]+(?![^\x00-\x7f{_JOINERS}])"
)
_JOINERS_IN_A_ROW = re.compile(f"([{_JOINERS}])[{_JOINERS}]+")
#: What makes an emoji of a sign is seen; a second one is not.
_STRAY_SELECTOR = re.compile("(?<![^\\sA-Za-z\ufe0f])\ufe0f+|(?<=\ufe0f)\ufe0f+")
_SEPARATORS = re.compile("[\u2028\u2029\x85]")


def without_unseen(text: str) -> str:
    """The text as somebody sees it who looks at it, character by character."""
    if text.isascii() and text.isprintable():
        return text
    text = _SEPARATORS.sub("\n", _TERMINAL.sub("", text))
    text = _JOINERS_IN_A_ROW.sub(r"\1", _UNSEEN.sub("", text))
    return _STRAY_SELECTOR.sub("", _STRAY_JOINER.sub("", text))
