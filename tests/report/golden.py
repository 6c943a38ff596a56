"""Comments as people read them, kept in ``tests/replies``.

``UPDATE_REPLIES=1`` writes them anew; the difference is then to be read like any other.
"""

from __future__ import annotations

import os
import re

from tests.parts import ROOT

FOLDER = ROOT / "tests" / "replies"
_RUN = "3f9a1c2b"
_HASH = re.compile(r"\b[0-9a-f]{40}\b")
#: Of an archive, and of a signature.
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
#: What is shown of a plan's digest.
_DIGEST = re.compile(r"(?:(?<=`)|(?<=approve )|(?<=plan ))[0-9a-f]{12}\b")


def check_reply(name: str, text: str, *, run: str = "") -> None:
    """Compare with ``tests/replies/NAME.md``, ids aside.

    Args:
        run: The id of the run that the text tells of.
    """
    shown = text
    if run:
        shown = shown.replace(run.replace("-", "")[:8], _RUN)
    for number, found in enumerate(dict.fromkeys(_HASH.findall(shown)), start=1):
        shown = shown.replace(found, str(number) * 40)
    for number, found in enumerate(dict.fromkeys(_SHA256.findall(shown)), start=1):
        shown = shown.replace(found, f"{number}e" * 32)
    for number, found in enumerate(dict.fromkeys(_DIGEST.findall(shown)), start=1):
        shown = shown.replace(found, f"{number}d" * 6)
    path = FOLDER / f"{name}.md"
    if os.environ.get("UPDATE_REPLIES"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), f"tests/replies/{name}.md says otherwise"
