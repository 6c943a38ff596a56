"""How long an answer asks to wait."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

#: Whoever answers does not decide for how long a run stands still.
LONGEST_WAIT_S = 3600.0


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds that an answer asks to wait, an hour at most; None where it says nothing that
    can be read.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), LONGEST_WAIT_S)
    try:
        # Their own clock is what their date was counted by.
        waits = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, waits.total_seconds()), LONGEST_WAIT_S)
