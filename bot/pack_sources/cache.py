"""What was fetched, kept by what it is: bundles in the data folder, under their own sums.

A folder at a commit stays what it is for ever, so nothing here grows old; it only grows too much.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bot.generation.foreign.bundle import Bundle, unbundled
from bot.generation.foreign.keeping import drop_oldest, put

_MOST_KEPT = 200
_MOST_BYTES = 1024 * 1024 * 1024


class BundleCache:
    """Bundles on disk, by where they came from.

    Several processes may use one folder: files come to be whole, and one that is gone or was
    changed is fetched again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str, fetch: Callable[[], Bundle]) -> Bundle:
        """The bundle of that key, fetched where it is not kept.

        Args:
            key: Where it came from, with the commit.
        """
        kept = self._kept(key)
        if kept is None:
            kept = fetch()
            self._keep(key, kept)
        return kept

    def _kept(self, key: str) -> Bundle | None:
        try:
            digest = self._key_path(key).read_text("ascii").strip()
            if len(digest) != 64 or not digest.isalnum():
                return None
            frame = (self._folder / digest).read_bytes()
        except (OSError, UnicodeDecodeError):
            return None
        if hashlib.sha256(frame).hexdigest() != digest:
            return None
        return unbundled(frame)

    def _keep(self, key: str, bundle: Bundle) -> None:
        # A disk that is full or closed to us makes things slower, and nothing else.
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            put(self._folder / bundle.digest, bundle.frame)
            put(self._key_path(key), bundle.digest.encode())
            drop_oldest(self._folder, most_files=2 * _MOST_KEPT, most_bytes=_MOST_BYTES)

    def _key_path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.key"
