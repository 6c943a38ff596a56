"""Plain text in columns that stand below each other."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, head: Sequence[str] = (), indent: str = "") -> str:
    """The rows as lines with a gap of two between columns; the last column is as long as it is.

    Args:
        head: What stands above the columns; nothing where there are no rows.
    """
    if not rows:
        return ""
    lines = [head, *rows] if head else list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        indent
        + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
