"""``firstcommit toolchains``: the tools that packs' own checks are run with."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import partial

from bot.console.parser import Commands
from bot.console.tables import aligned
from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.generation.packs import PackLibrary
from bot.resources import templates_dir
from bot.settings import Settings
from bot.verification.building import build, prune
from bot.verification.toolchains import Toolchains, Wanted


def add_to(commands: Commands) -> None:
    """Add the noun and its commands to the parser."""
    group = commands.group("toolchains", "Build, list and prune the tools that checks need.")
    building = group.add(
        "build", _build, "Build what packs' lock files name; needs their registry."
    )
    building.add_argument("pack", nargs="*", help="only of these packs (default: of all)")
    group.add("list", _list, "List the toolchains that packs ask for, and whether they are built.")
    group.add("prune", _prune, "Remove those that no pack asks for any more.")


def _build(settings: Settings, options: argparse.Namespace) -> int:
    toolchains = _toolchains(settings)
    packs = _packs(options.pack)
    failures = 0
    for wanted, names in _by_toolchain(toolchains, packs):
        told = f"{wanted.kind} {wanted.id} ({', '.join(names)})"
        try:
            made = build(toolchains, wanted, tell=partial(_tell, told))
        except UserError as exc:
            failures += 1
            print(f"{told}: failed\n  {exc.message}")
            if exc.remedy:
                print(f"  -> {exc.remedy}")
            continue
        print(f"{told}: {'built' if made else 'there already'}")
    if not any(pack.toolchain for pack in packs):
        print("None of these packs asks for a toolchain.")
    return 1 if failures else 0


def _tell(subject: str, line: str) -> None:
    print(f"{subject}: {line}", flush=True)


def _list(settings: Settings, options: argparse.Namespace) -> int:
    toolchains = _toolchains(settings)
    rows = [
        (
            *(wanted.id, wanted.kind),
            "built" if toolchains.is_built(wanted) else "not built",
            ", ".join(names),
        )
        for wanted, names in _by_toolchain(toolchains, _packs([]))
    ]
    shown = aligned(rows, head=("ID", "KIND", "STATE", "PACKS"))
    print(shown or "No pack asks for a toolchain.")
    return 0


def _prune(settings: Settings, options: argparse.Namespace) -> int:
    toolchains = _toolchains(settings)
    keep = [wanted for wanted, _ in _by_toolchain(toolchains, _packs([]))]
    removed = prune(toolchains, keep)
    print("\n".join(f"removed {name}" for name in removed) or "Nothing to remove.")
    return 0


def _toolchains(settings: Settings) -> Toolchains:
    return Toolchains(settings.toolchains_dir)


def _packs(names: Sequence[str]) -> Sequence[Pack]:
    library = PackLibrary(templates_dir() / "packs")
    return [library.get(name) for name in names or library.names()]


def _by_toolchain(
    toolchains: Toolchains, packs: Sequence[Pack]
) -> Iterator[tuple[Wanted, Sequence[str]]]:
    """Each toolchain once, with the packs that share it."""
    found: dict[str, tuple[Wanted, list[str]]] = {}
    for pack in packs:
        for wanted in toolchains.wanted(pack):
            found.setdefault(wanted.id, (wanted, []))[1].append(pack.name)
    yield from found.values()
