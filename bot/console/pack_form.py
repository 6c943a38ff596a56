"""``firstcommit packs form``: forms made of packs' questions, for a repository's issues."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.console.parser import Commands
from bot.errors import UserError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.forms import FormFile

WORDS = "Print the form of a pack, or put forms into a folder."


def add_form(packs: Commands) -> None:
    """Add ``packs form``."""
    form = packs.add("form", _form, WORDS)
    form.add_argument(
        "packs", metavar="PACK|FOLDER", nargs="*", help="which (default: all that ship)"
    )
    form.add_argument(
        "--forge", default="github", metavar="FORGE", help="github or gitlab (default: github)"
    )
    form.add_argument(
        "--into",
        type=Path,
        metavar="DIR",
        help="a repository's work tree, where each form goes to its place; what is there already "
        "is left alone",
    )
    form.add_argument("--force", action="store_true", help="with --into: replace what is there")


def _form(settings: Settings, options: argparse.Namespace) -> int:
    from bot.console.pack_source import named, shipped
    from bot.forms import form_file
    from bot.generation.suggested import pack_defaults

    suggested = pack_defaults(options.forge)
    forms = [
        form_file(named(settings, name), options.forge, suggested=suggested)
        for name in options.packs or shipped(settings).names()
    ]
    if options.into is not None:
        for form in forms:
            print(f"{_put(options.into, form, force=options.force)} {form.path}")
        return 0
    if len(forms) != 1:
        raise UserError(
            "Only one form can be printed at a time.",
            reason="bad_arguments",
            remedy="Name one pack, or say with --into DIR where all of them go.",
        )
    print(forms[0].text, end="")
    return 0


def _put(folder: Path, form: FormFile, *, force: bool) -> str:
    """Put a form into its place; says what was done."""
    target, content = folder / form.path, form.text.encode()
    try:
        if target.exists():
            if target.read_bytes() == content:
                return "unchanged"
            if not force:
                return "kept     "
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as exc:
        raise UserError(
            f"{target} cannot be written: {exc.strerror}.", reason="not_writable"
        ) from exc
    return "written  "
