"""What a bench finds out, and the table that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEADINGS = ("what", "ours", "bare", "ratio", "promised")
#: On a machine that does other things too, times waver by about so much.
WIDE = 1.5


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One comparison. Where ``bare`` is None there is nothing to compare with.

    ``ratio_at_most`` and ``ours_at_most`` are promises; calls keep theirs to the last one, times
    are held to `WIDE` times theirs.
    """

    what: str
    ours: float
    unit: str
    bare: float | None = None
    ratio: float | None = None
    ratio_at_most: float | None = None
    ours_at_most: float | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the promise holds, if there is one."""
        return self._is_within(1.0)

    @property
    def is_broken(self) -> bool:
        """Whether the promise is missed by more than a busy machine explains."""
        return not self._is_within(1.0 if self.unit == "calls" else WIDE)

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """The row of a table, in the order of `HEADINGS`."""
        bare = "" if self.bare is None else _amount(self.bare, self.unit)
        ratio = "" if self.ratio is None else _factor(self.ratio)
        return (self.what, _amount(self.ours, self.unit), bare, ratio, self._promise())

    def _is_within(self, margin: float) -> bool:
        if self.ratio_at_most is not None and (self.ratio or 0.0) > self.ratio_at_most * margin:
            return False
        return self.ours_at_most is None or self.ours <= self.ours_at_most * margin

    def _promise(self) -> str:
        said = ""
        if self.ratio_at_most is not None:
            said = f"≤ {self.ratio_at_most:g} ×"
        elif self.ours_at_most is not None:
            said = f"≤ {_amount(self.ours_at_most, self.unit)}"
        return said if self.is_kept else f"{said}, missed"


def as_text(figures: Iterable[Figure]) -> str:
    """A table for a terminal."""
    rows = [HEADINGS, *(figure.cells for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(_line(row, widths) for row in rows)


def as_markdown(figures: Iterable[Figure]) -> str:
    """The same for ``docs/quality.md``."""
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---|--:|--:|--:|---|"]
    lines += ["| " + " | ".join(figure.cells) + " |" for figure in figures]
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    what, *amounts, promised = row
    cells = [what.ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(amounts, widths[1:], strict=False)]
    return "   ".join([*cells, promised]).rstrip()


def _factor(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"


def _amount(value: float, unit: str) -> str:
    if unit == "calls":
        return f"{value:.0f} {unit}"
    return f"{value:.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"
