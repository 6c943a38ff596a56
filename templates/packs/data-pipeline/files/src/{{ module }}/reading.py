"""First stage: a file becomes rows of text, each with the line on which it begins."""

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from .errors import InputError

STDIN = "-"


@dataclass(frozen=True, kw_only=True)
class RawRow:
    """A row as it stands in a file."""

    source: str
    line: int
    values: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row that is left out, and why."""

    source: str
    line: int
    reason: str


def read(source: str, columns: Sequence[str]) -> Iterator[RawRow | Rejected]:
    """Read the rows of a CSV file, one after the other.

    Args:
        source: A path; ``-`` is standard input.
        columns: What the first line has to name, in any order.

    Raises:
        InputError: The file cannot be opened, is not UTF-8, no CSV, or has other columns.
    """
    try:
        with _opened(source) as lines:
            yield from _rows(source, lines, columns)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{source}: {error}") from error


def _opened(source: str) -> AbstractContextManager[TextIO]:
    if source == STDIN:
        return nullcontext(sys.stdin)
    # Spreadsheets put a mark before the first column's name, which is not part of it.
    return Path(source).open(encoding="utf-8-sig", newline="")


def _rows(source: str, lines: TextIO, columns: Sequence[str]) -> Iterator[RawRow | Rejected]:
    reader = csv.reader(lines, strict=True)
    found = next(reader, [])
    if sorted(found) != sorted(columns):
        shown = ", ".join(found) or "nothing"
        raise InputError(f"{source}: has the columns {shown}; needed are {', '.join(columns)}")
    line = reader.line_num + 1
    for values in reader:
        if len(values) == len(found):
            yield RawRow(source=source, line=line, values=dict(zip(found, values, strict=True)))
        elif values:
            reason = f"has {len(values)} values for {len(found)} columns"
            yield Rejected(source=source, line=line, reason=reason)
        # A field may hold line breaks, so that a row may be several lines.
        line = reader.line_num + 1
