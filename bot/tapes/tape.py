"""The file of one run's traffic: a JSON object a line, masked, for our own eyes alone."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.hidden import MASK, masker
from bot.core.secrets_scan import without_secrets
from bot.errors import UserError
from bot.services import Services

#: Of what is on a tape, the version that this program writes and reads.
VERSION = 1
KEPT_FOR = timedelta(days=30)
_SUFFIX = ".jsonl"
_NAME = re.compile(r"[0-9a-f-]{32,36}\.jsonl")
Entry = Mapping[str, Any]


def folder_of(services: Services) -> Path:
    """Where tapes lie."""
    return services.settings.data_dir / "recordings"


def path_of(services: Services, run_id: str) -> Path:
    """Where the tape of a run lies, if it has one."""
    return folder_of(services) / f"{run_id}{_SUFFIX}"


def cleaning(services: Services) -> Callable[[Any], Any]:
    """What masks plain data: our own keys, and whatever else looks like a secret."""
    keys, settings = services.keys, services.settings
    own: list[str] = [keys.secret_key, keys.admin_token, keys.local_webhook_secret]
    own += [settings.openai_api_key or "", settings.anthropic_api_key or ""]
    mask = masker(filter(None, own))

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return without_secrets(mask(value), MASK)
        if isinstance(value, Mapping):
            return {name: clean(part) for name, part in value.items()}
        return [clean(part) for part in value] if isinstance(value, list | tuple) else value

    return clean


def key_of(asked: object) -> str:
    """What a question is known by: a hash of it, masked."""
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Tape:
    """Takes entries down, in order, whichever thread they come from."""

    def __init__(self, path: Path, clean: Callable[[Any], Any]) -> None:
        self._path = path
        self.clean = clean
        self._lock = threading.Lock()

    @property
    def is_new(self) -> bool:
        """Whether nothing is on it yet."""
        return not self._path.exists()

    def write(self, entry: Entry) -> None:
        """Take an entry down; a disk that is full is no reason for a run to fail."""
        line = json.dumps(self.clean(entry), ensure_ascii=False, default=str) + "\n"
        try:
            with self._lock:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                with os.fdopen(handle, "ab") as file:
                    file.write(line.encode("utf-8", "replace"))
        except OSError:
            return


def drop_old(folder: Path, now: datetime) -> None:
    """Remove tapes that nothing was added to for as long as they are kept."""
    oldest = (now - KEPT_FOR).timestamp()
    for path in folder.glob(f"*{_SUFFIX}"):
        if _NAME.fullmatch(path.name) and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def read_tape(path: Path) -> Sequence[Entry]:
    """All entries of a tape.

    Raises:
        UserError: ``unknown_recording``, ``bad_recording``.
    """
    try:
        entries = list(_entries(path.read_text("utf-8")))
    except OSError as exc:
        raise UserError(
            f"There is no recording at {path}.",
            reason="unknown_recording",
            remedy="Runs are recorded where FIRSTCOMMIT_RECORD_RUNS=yes is set.",
        ) from exc
    except ValueError as exc:
        raise _bad(path, "holds a line that is no JSON object") from exc
    if not entries or entries[0].get("is") != "run" or entries[0].get("version") != VERSION:
        raise _bad(path, "is none that this version has written")
    return entries


def _entries(text: str) -> Iterator[Entry]:
    for line in text.splitlines():
        entry = json.loads(line)
        if not isinstance(entry, dict):
            raise ValueError("no object")
        yield entry


def _bad(path: Path, what: str) -> UserError:
    return UserError(f"The recording {path} {what}.", reason="bad_recording")
