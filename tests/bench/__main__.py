"""``python -m tests.bench [BENCH ...] [--markdown]``: how we compare with bare loops.

Prints one table. Ends with 1 only where a promise is missed by far: a count of calls by one, a
time by half of what was promised, since machines that run benches seldom do nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from pathlib import Path

from bot import logs
from tests.bench import (
    bench_api,
    bench_budgets,
    bench_door,
    bench_engine,
    bench_exports,
    bench_models,
    bench_pages,
    bench_publishing,
    bench_rendering,
    bench_serving,
    bench_spine,
    bench_start,
    bench_store,
    bench_templates,
)
from tests.bench.figures import Figure, as_markdown, as_text

BENCHES: dict[str, Callable[[], list[Figure]]] = {
    "door": bench_door.measure,
    "rendering": bench_rendering.measure,
    "templates": bench_templates.measure,
    "publishing": bench_publishing.measure,
    "engine": bench_engine.measure,
    "spine": bench_spine.measure,
    "exports": bench_exports.measure,
    "models": bench_models.measure,
    "serving": bench_serving.measure,
    "store": bench_store.measure,
    "api": bench_api.measure,
    "budgets": bench_budgets.measure,
    "pages": bench_pages.measure,
    "start": bench_start.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and give the exit code."""
    options = _parser().parse_args(arguments)
    unknown = set(options.benches) - set(BENCHES)
    if unknown:
        print(f"There is no bench {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    _log_to_nowhere()
    figures: list[Figure] = []
    for name in options.benches or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        figures += BENCHES[name]()
    print((as_markdown if options.markdown else as_text)(figures))
    broken = [figure.what for figure in figures if figure.is_broken]
    for what in broken:
        print(f"missed by far: {what}", file=sys.stderr)
    return 1 if broken else 0


def _log_to_nowhere() -> None:
    """Log lines are made as on a server, so that they cost what they cost there."""
    with redirect_stderr(Path(os.devnull).open("w")):
        logs.configure("json")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=", ".join(BENCHES))
    parser.add_argument("--markdown", action="store_true", help="as docs/quality.md has it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
