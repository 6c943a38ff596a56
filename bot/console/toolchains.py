"""``firstcommit toolchains``: the tools that packs' own checks are run with."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from bot.console.pack_source import is_elsewhere, named
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
    building.add_argument(
        "pack",
        nargs="*",
        help="only of these packs (default: of all that ship): a name, a folder, or the address of "
        "a template that FIRSTCOMMIT_TRUSTED_TEMPLATES names",
    )
    group.add("list", _list, "List the toolchains that packs ask for, and whether they are built.")
    pruning = group.add("prune", _prune, "Remove those that no pack asks for any more.")
    pruning.add_argument(
        "--others", action="store_true", help="also those built for packs that do not ship"
    )


def _build(settings: Settings, options: argparse.Namespace) -> int:
    toolchains = _toolchains(settings)
    packs = _packs(settings, options.pack)
    own, failures = set(_library().names()), 0
    for wanted, names in _by_toolchain(toolchains, packs):
        told = f"{wanted.kind} {wanted.id} ({', '.join(names)})"
        try:
            made = build(
                toolchains,
                wanted,
                tell=partial(_tell, told),
                asked_for="" if own & set(names) else names[0],
            )
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
        for wanted, names in _by_toolchain(toolchains, _packs(settings, []))
    ]
    known = {row[0] for row in rows}
    rows += [
        (name, kind, "built", pack)
        for name, (kind, pack) in toolchains.others().items()
        if name not in known
    ]
    shown = aligned(rows, head=("ID", "KIND", "STATE", "PACKS"))
    print(shown or "No pack asks for a toolchain.")
    return 0


def _prune(settings: Settings, options: argparse.Namespace) -> int:
    toolchains = _toolchains(settings)
    keep = [wanted.id for wanted, _ in _by_toolchain(toolchains, _packs(settings, []))]
    if not options.others:
        keep += toolchains.others()
    removed = prune(toolchains, keep)
    print("\n".join(f"removed {name}" for name in removed) or "Nothing to remove.")
    return 0


def _toolchains(settings: Settings) -> Toolchains:
    return Toolchains(settings.toolchains_dir)


def _library() -> PackLibrary:
    return PackLibrary(templates_dir() / "packs")


def _packs(settings: Settings, names: Sequence[str]) -> Sequence[Pack]:
    library = _library()
    if not names:
        return [library.get(name) for name in library.names()]
    return [_pack(settings, library, name) for name in names]


def _pack(settings: Settings, library: PackLibrary, text: str) -> Pack:
    """A pack of ours, or one that the operator has named: a folder, or a trusted address.

    Raises:
        UserError: ``not_trusted``: a lock file is a list of what to install, and whose it is
            matters more than that it has hashes.
    """
    if is_elsewhere(text):
        pack = named(settings, text)
        if pack.source is not None and pack.source.kind != "folder" and not pack.source.trusted:
            raise UserError(
                f"Nothing is installed from the lock files of {pack.source.shown}.",
                reason="not_trusted",
                remedy=f"Name it in FIRSTCOMMIT_TRUSTED_TEMPLATES ({pack.source.shown}), where its "
                "hooks may then run as well, or give a folder that you have looked at.",
            )
        return pack
    return library.get(text)


def _by_toolchain(
    toolchains: Toolchains, packs: Sequence[Pack]
) -> Iterator[tuple[Wanted, Sequence[str]]]:
    """Each toolchain once, with the packs that share it."""
    found: dict[str, tuple[Wanted, list[str]]] = {}
    for pack in packs:
        for wanted in toolchains.wanted(pack):
            found.setdefault(wanted.id, (wanted, []))[1].append(_shown(pack))
    yield from found.values()


def _shown(pack: Pack) -> str:
    if pack.source is not None:
        return pack.source.shown
    is_ours = Path(pack.folder).parent == templates_dir() / "packs"
    return pack.name if is_ours else pack.folder
