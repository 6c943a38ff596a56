"""Last stage: results become files, whole or not at all, and the same ones from the same input."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel


def as_csv(rows: Iterable[BaseModel], columns: Sequence[str]) -> bytes:
    """Return rows as CSV with a first line of names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(row, column) for column in columns] for row in rows)
    return text.getvalue().encode()


def as_json_lines(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return rows as one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def publish(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Put files into a folder, in their order, and return the names of those that changed.

    A reader sees a file as it was or as it is, never half of it; a file that is the same already
    is not touched. The last one may tell what the others are: it is never newer than they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [name for name, content in files.items() if _replace(folder / name, content)]


def _replace(target: Path, content: bytes) -> bool:
    if target.is_file() and target.read_bytes() == content:
        return False
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # As other files of whoever runs this; temporary ones are for one's own eyes only.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True
