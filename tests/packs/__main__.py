"""``python -m tests.packs [PACK ...]``: prove the packs that ship by their projects' own tools.

Renders each combination of answers under ``combinations/``, runs the pack's checks with the
pack's locked toolchain, prints what the tools said and writes it into ``docs/packs.md``. Ends
with 1 if a project fails one of its checks; a tool that is absent here is said and is no failure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.generation.files import GeneratedProjectFiles
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.generation.parsing import check_files
from tests import parts
from tests.packs import evidence, terraform
from tests.packs.choices import all_choices
from tests.packs.combination import PACKS, PLACE, combinations, packs
from tests.packs.proof import Outcome, run_checks, write
from tests.packs.toolchains import Toolchain, build


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove, print, write, and give the exit code."""
    options = _parser().parse_args(arguments)
    if unknown := set(options.packs) - set(packs()):
        print(f"There is no pack {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    if reason := parts.absence("bwrap"):
        print(f"The checks are not shut off: {reason}.", file=sys.stderr)
    blocks, failed = {}, False
    for pack in options.packs or packs():
        proven = _prove(pack, options.python)
        blocks[pack] = evidence.block(pack, proven)
        failed |= any(outcome.passed is False for _, outcomes in proven for outcome in outcomes)
    if not failed and not options.dry:
        evidence.write(blocks, packs())
    return int(failed)


def _prove(pack: str, python: str) -> evidence.Evidence:
    generator = ProjectGenerator(PackLibrary(PACKS))
    print(f"\n{pack}: building its toolchain ...", file=sys.stderr, flush=True)
    toolchain = build(generator.library.get(pack), python)
    proven = [_shown("each choice with all others:", [_choices(generator, pack)])]
    with TemporaryDirectory(prefix="fc-packs-") as folder:
        for combination in combinations(pack):
            made = generator.generate(pack, combination.answers, defaults=PLACE)
            place = Path(folder) / combination.name
            seen = [_parsed([made]), *terraform.outcomes(made)]
            outcomes = [*seen, *_checked(generator, made, place, toolchain)]
            proven.append(_shown(evidence.title(combination), outcomes))
    return proven


def _shown(title: str, outcomes: Sequence[Outcome]) -> tuple[str, Sequence[Outcome]]:
    print("\n".join(evidence.lines(title, outcomes)), flush=True)
    for outcome in outcomes:
        if outcome.passed is False:
            print(f"\n{outcome.command}\n{outcome.output}", flush=True)
    return title, outcomes


def _choices(generator: ProjectGenerator, pack: str) -> Outcome:
    choices = all_choices(generator.library.get(pack))
    return _parsed([generator.generate(pack, each, defaults=PLACE) for each in choices])


def _parsed(projects: Sequence[GeneratedProjectFiles]) -> Outcome:
    findings = [finding for made in projects for finding in check_files(made.files)]
    count = sum(len(made.files) for made in projects)
    return Outcome(
        check="parse",
        command="every file parses",
        passed=not findings,
        told=f"{len(projects)} project{'s' * (len(projects) > 1)}, {count} files, no findings",
        output="\n".join(map(str, findings)),
    )


def _checked(
    generator: ProjectGenerator, made: GeneratedProjectFiles, place: Path, toolchain: Toolchain
) -> Sequence[Outcome]:
    cache = place.parent / "mypy-cache"
    cache.mkdir(exist_ok=True)
    checks = generator.library.get(made.pack).checks
    return list(run_checks(checks, write(made, place), toolchain, cache))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.packs", description=__doc__)
    parser.add_argument("packs", metavar="PACK", nargs="*", help="all of them if none is named")
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="the interpreter of Python toolchains, or a version that uv finds",
    )
    parser.add_argument("--dry", action="store_true", help="leave docs/packs.md as it is")
    return parser


if __name__ == "__main__":
    sys.exit(main())
