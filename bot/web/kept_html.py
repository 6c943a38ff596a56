"""Comments as HTML, kept from one look at a page to the next.

A page that is live is asked for each second, and nearly all of its comments are the same. What
is kept goes by the text itself, so nothing that was edited can be shown as it was.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock

from bot.web.markdown import MAX_LENGTH, Html, as_written, is_bearable, rendered

#: Some thousand ordinary comments have a few megabytes.
KEPT_BYTES = 67_108_864
ALLOWANCE_S = 1.0
LATER = "Shown as it was written; load the page again to see it as Markdown."


class KeptHtml:
    """The HTML of texts that were shown lately, up to a number of bytes in all."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[bytes, Html] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: bytes) -> Html | None:
        """What was put under that key, unless it had to make room."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: bytes, html: Html) -> None:
        """Keep it; what was not asked for longest makes room."""
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = html
            self._bytes += len(html.text) - (len(before.text) if before else 0)
            while self._bytes > self._most_bytes:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone.text)


_KEPT = KeptHtml()


@dataclass
class Allowance:
    """The time that one page may spend on making HTML of texts that were not kept.

    When it is used up, the rest is shown as it was written, and rendered for the next look.
    """

    left_s: float = ALLOWANCE_S
    clock: Callable[[], float] = time.perf_counter

    def html_of(self, text: str, *, is_ours: bool) -> Html:
        """A text as HTML. Length is limited for those of others; ours may list many files."""
        if not is_bearable(text, most=None if is_ours else MAX_LENGTH):
            return as_written(text)
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        found = _KEPT.get(key)
        if found is not None:
            return found
        if self.left_s <= 0:
            return as_written(text, LATER)
        began = self.clock()
        html = rendered(text)
        self.left_s -= self.clock() - began
        _KEPT.put(key, html)
        return html
