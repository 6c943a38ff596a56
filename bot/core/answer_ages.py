"""For how long an answer may be given again without asking anybody (RFC 9111, much simplified)."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Where an answer says nothing of it.
USUAL_S = 30.0
LONGEST_S = 3_600.0

_MAX_AGE = re.compile(r'max-age\s*=\s*"?(\d{1,9})"?')


def fresh_s(headers: Mapping[str, str]) -> float | None:
    """Seconds; 0 where it has to be asked about each time, None where it may not be kept at all.

    Args:
        headers: Those of the answer, their names in small letters.
    """
    said = headers.get("cache-control", "").lower()
    words = {part.strip().partition("=")[0] for part in said.split(",")}
    if "no-store" in words or headers.get("vary", "").strip() == "*":
        return None
    if "no-cache" in words:
        return 0.0
    age = _MAX_AGE.search(said)
    if age is not None:
        return min(LONGEST_S, float(age[1]))
    return USUAL_S
