"""The stages, one after the other."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from . import __version__
from .errors import RejectedError
from .reading import Rejected, read
from .schema import Order, Total
from .totals import totals
from .validation import validate
from .writing import as_csv, as_json_lines, publish

TOTALS = "totals.csv"
REJECTED = "rejected.jsonl"
MANIFEST = "manifest.json"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of the input, in memory."""

    totals: list[Total]
    rejected: list[Rejected]
    accepted: int


def process(sources: Sequence[str]) -> Result:
    """Take all sources through all stages but the last.

    Raises:
        InputError: A source cannot be read at all.
    """
    rows = (row for source in sources for row in read(source, list(Order.model_fields)))
    orders: list[Order] = []
    rejected: list[Rejected] = []
    for row in validate(rows):
        if isinstance(row, Rejected):
            _log.warning("%s, line %d: %s", row.source, row.line, row.reason)
            rejected.append(row)
        else:
            orders.append(row)
    return Result(totals=totals(orders), rejected=rejected, accepted=len(orders))


def run(sources: Sequence[str], output: Path, *, allow_rejected: int = 0) -> list[str]:
    """Process sources and write what came of them; return the names of the files that changed.

    Raises:
        InputError: A source cannot be read at all; nothing is written.
        RejectedError: More rows than allowed were rejected; nothing is written.
    """
    result = process(sources)
    if len(result.rejected) > allow_rejected:
        raise RejectedError(
            f"{len(result.rejected)} rows were rejected, {allow_rejected} are allowed"
        )
    files = {
        TOTALS: as_csv(result.totals, list(Total.model_fields)),
        REJECTED: as_json_lines(asdict(row) for row in result.rejected),
    }
    return publish(output, files | {MANIFEST: _manifest(result, files)})


def _manifest(result: Result, files: dict[str, bytes]) -> bytes:
    """What was made, so that whoever reads it can hold it against the files. No clock: the same
    input gives the same bytes.
    """
    content = {
        "pipeline": __version__,
        "accepted": result.accepted,
        "rejected": len(result.rejected),
        "sha256": {name: hashlib.sha256(each).hexdigest() for name, each in files.items()},
    }
    return (json.dumps(content, indent=2) + "\n").encode()
