"""``firstcommit packs``: the packs that there are, and whether a folder is one.

Only files are read; no forge and no database is asked.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from bot.console.generate import add_what, made, tell_written
from bot.console.pack_form import add_form
from bot.console.parser import Commands
from bot.errors import BotError, UserError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.generation.pack_format import Pack

#: Where the pack lies that new packs are made from: no pack of its own.
_NEW, _STARTER = "_new", "template-pack"


def add_to(commands: Commands) -> None:
    """Tell the parser what there is to do with packs."""
    group = commands.group("packs", "List, show, check, render and begin packs, and make forms.")
    listing = group.add("list", _list, "List the packs that ship.")
    listing.add_argument("--json", action="store_true", help="as JSON, for programs")
    show = group.add("show", _show, "Show what a pack asks for, makes and checks.")
    show.add_argument("pack", metavar="PACK|FOLDER", help="a pack that ships, or its folder")
    show.add_argument("--json", action="store_true", help="with a JSON Schema of the answers")
    check = group.add("check", _check, "Check packs; every problem names its place.")
    check.add_argument("packs", metavar="FOLDER|PACK", nargs="+", help="a folder with pack.yaml")
    check.add_argument(
        "--strict", action="store_true", help="fail also for what is only worth a look"
    )
    render = group.add("render", _render, "Show what a pack makes of answers, or write it.")
    add_what(render)
    render.add_argument(
        "-o", dest="folder", metavar="DIR", type=Path, help="write it: absent or empty"
    )
    render.add_argument("--print", dest="path", metavar="PATH", help="print one of its files")
    new = group.add("new", _new, "Begin a pack of your own: a small one that works.")
    new.add_argument("name", metavar="NAME", help="small letters, digits and single hyphens")
    new.add_argument(
        "-o", dest="folder", metavar="DIR", type=Path, default=Path(),
        help="the folder in which it gets its own (default: here)",
    )  # fmt: skip
    add_form(group)


def _list(settings: Settings, options: argparse.Namespace) -> int:
    from bot.console.pack_source import shipped
    from bot.console.tables import aligned

    library = shipped(settings)
    packs = [library.get(name) for name in library.names()]
    if options.json:
        print(json.dumps([_brief(pack) for pack in packs], indent=2, ensure_ascii=False))
    else:
        rows = [(pack.name, pack.version, pack.summary) for pack in packs]
        print(aligned(rows, head=("NAME", "VERSION", "SUMMARY")))
    return 0


def _show(settings: Settings, options: argparse.Namespace) -> int:
    from bot.console.pack_sheet import as_data, as_sheet
    from bot.console.pack_source import named

    pack = named(settings, options.pack)
    if options.json:
        print(json.dumps(as_data(pack), indent=2, ensure_ascii=False))
    else:
        print(as_sheet(pack, options.pack))
    return 0


def _brief(pack: Pack) -> dict[str, object]:
    return {
        "name": pack.name,
        "version": pack.version,
        "summary": pack.summary,
        "tags": list(pack.tags),
    }


def _check(settings: Settings, options: argparse.Namespace) -> int:
    # One that is wrong keeps none of the others from being told of.
    results = [_checked(settings, text, strict=options.strict) for text in options.packs]
    return 0 if all(results) else 1


def _checked(settings: Settings, text: str, *, strict: bool) -> bool:
    from bot.console.pack_source import named, rooms
    from bot.console.plain import printable
    from bot.generation.pack_checking import check_pack

    try:
        pack = named(settings, text)
        if pack.bundle is not None:
            rooms(settings).check(pack)
            print(f"{text}: fine: {pack.origin}, {_counted(pack)}")
            return True
    except BotError as error:
        for line in error.message.splitlines():
            print(printable(line))
        return False
    wrong, doubtful = check_pack(pack)
    for problem in wrong:
        print(printable(str(problem)))
    for problem in doubtful:
        print(printable(f"{problem} (worth a look)"))
    is_fine = not (wrong or (strict and doubtful))
    if is_fine:
        print(f"{text}: fine: {pack.origin}, {_counted(pack)}")
    return is_fine


def _counted(pack: Pack) -> str:
    return f"{len(pack.questions)} questions, {len(pack.sources)} files"


def _render(settings: Settings, options: argparse.Namespace) -> int:
    from bot.console.pack_sheet import as_tree

    project = made(settings, options)
    if options.path is not None:
        file = project.files.get(options.path)
        if file is None:
            words = f"The project has no file {options.path!a}."
            raise UserError(words, reason="unknown_file", remedy="Without --print all are listed.")
        if file.text is None:
            raise UserError(f"{file.path} is binary.", reason="not_text", remedy="Use -o.")
        print(file.text, end="")
    if options.folder is not None:
        tell_written(project, options.folder)
    elif options.path is None:
        print(as_tree(project))
    return 0


def _new(settings: Settings, options: argparse.Namespace) -> int:
    from bot.generation.files import FileSet
    from bot.generation.generator import ProjectGenerator
    from bot.generation.memory import MEMORY_PATH
    from bot.generation.packs import PackLibrary
    from bot.generation.writing import write_folder
    from bot.resources import templates_dir

    library = PackLibrary(templates_dir() / "packs" / _NEW)
    try:
        project = ProjectGenerator(library).generate(_STARTER, {"name": options.name})
    except BotError as error:
        words = f"{options.name!a} cannot be the name of a pack."
        remedy = "Use small letters, digits and single hyphens, such as my-service."
        raise UserError(words, reason="bad_answer", remedy=remedy) from error
    # It is a pack and no project: nobody updates it from this one.
    files = FileSet.of(file for file in project.files if file.path != MEMORY_PATH)
    folder = write_folder(files, options.folder / options.name)
    print(f"{folder}: a pack of {len(files)} files. What next:")
    print(f"  firstcommit packs check {options.folder / options.name}")
    print(f"  firstcommit packs render {options.folder / options.name} name=orders")
    return 0
