"""A pack as somebody names it on the command line: one that ships, a folder, or an address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.destination import FORGES
from bot.errors import UserError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.generation.foreign.rooms import Rooms
    from bot.generation.generator import ProjectGenerator
    from bot.generation.pack_format import Pack
    from bot.generation.packs import PackLibrary


def shipped(settings: Settings) -> PackLibrary:
    """The packs that ship."""
    from bot.generation.packs import PackLibrary
    from bot.resources import templates_dir

    return PackLibrary(templates_dir() / "packs", kept_in=settings.compiled_dir)


def named(settings: Settings, text: str) -> Pack:
    """The pack of a name, in a folder (``.``, ``packs/mine``, or one that is here), at a git
    address with its tag, or in a repository of a forge (``github:acme/template``). A folder may
    hold a template of Copier or Cookiecutter as well.

    Raises:
        UserError: ``unknown_pack``, or ``bad_pack`` with all that is wrong.
    """
    from bot.generation.foreign.bundle import MANIFESTS
    from bot.generation.pack_reading import MANIFEST

    if _is_address(text):
        return _fetched(settings, text)
    if any((Path(text) / name).is_file() for name in MANIFESTS if name != MANIFEST):
        return _of_another_tool(settings, Path(text))
    return in_folder(Path(text)) if is_elsewhere(text) else shipped(settings).get(text)


def is_elsewhere(text: str) -> bool:
    """Whether a text is no name of one that ships, but a folder or an address."""
    from bot.generation.foreign.bundle import MANIFESTS

    is_folder = "/" in text or text in (".", "..")
    return is_folder or any((Path(text) / name).is_file() for name in MANIFESTS)


def _is_address(text: str) -> bool:
    """``https://…``, or a repository of a forge that is named; ``acme/x`` is a folder here."""
    return "://" in text or text.startswith(tuple(f"{forge}:" for forge in FORGES))


def generator(settings: Settings) -> ProjectGenerator:
    """Makes projects of all of them."""
    from bot.generation.generator import ProjectGenerator

    return ProjectGenerator(shipped(settings), rooms(settings))


def rooms(settings: Settings) -> Rooms:
    """Where packs that are not ours are read."""
    from bot.build import build_rooms

    return build_rooms(settings)


def _fetched(settings: Settings, text: str) -> Pack:
    from bot.build import build
    from bot.pack_sources.asking import Asker
    from bot.pack_sources.finding import find_pack

    # Whoever sits at this machine reads what they like.
    asker = Asker(actor=None, operates=True)
    return find_pack(build(settings), text, near=None, asker=asker)


def _of_another_tool(settings: Settings, folder: Path) -> Pack:
    from bot.pack_sources.local_folders import folder_pack

    return folder_pack(rooms(settings), folder)


def in_folder(folder: Path) -> Pack:
    """The pack in a folder, which may include the texts of ``_shared`` beside it, else of ours.

    Raises:
        UserError: ``unknown_pack``, or ``bad_pack`` with all that is wrong.
    """
    from bot.generation.pack_reading import MANIFEST, SHARED, read_pack, read_texts
    from bot.generation.shared_texts import shared_texts

    if not folder.is_dir():
        raise UserError(
            f"{folder.name}/{MANIFEST} is not there.",
            reason="unknown_pack",
            remedy="That is looked for in a folder; a repository is written with its forge, such "
            "as github:acme/template.",
        )
    folder = folder.resolve()
    beside = folder.parent / SHARED
    return read_pack(folder, read_texts(beside, SHARED) if beside.is_dir() else shared_texts())
