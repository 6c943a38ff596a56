"""A pack as somebody names it on the command line: one that ships, or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.generation.pack_format import Pack
    from bot.generation.packs import PackLibrary


def shipped(settings: Settings) -> PackLibrary:
    """The packs that ship."""
    from bot.generation.packs import PackLibrary
    from bot.resources import templates_dir

    return PackLibrary(templates_dir() / "packs", kept_in=settings.compiled_dir)


def named(settings: Settings, text: str) -> Pack:
    """The pack of a name, or in a folder: ``.``, ``packs/mine``, or one that is here.

    Raises:
        UserError: ``unknown_pack``, or ``bad_pack`` with all that is wrong.
    """
    from bot.generation.pack_reading import MANIFEST

    is_folder = "/" in text or text in (".", "..") or (Path(text) / MANIFEST).is_file()
    return in_folder(Path(text)) if is_folder else shipped(settings).get(text)


def in_folder(folder: Path) -> Pack:
    """The pack in a folder, which may include the texts of ``_shared`` beside it, else of ours."""
    from bot.generation.pack_reading import SHARED, read_pack, read_texts
    from bot.resources import templates_dir

    folder = folder.resolve()
    beside = folder.parent / SHARED
    shared = beside if beside.is_dir() else templates_dir() / "packs" / SHARED
    return read_pack(folder, read_texts(shared, SHARED))
