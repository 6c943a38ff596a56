"""``firstcommit packs``: the template packs of this installation."""

from __future__ import annotations

from bot.console.pack_form import add_form
from bot.console.parser import Commands


def add_to(commands: Commands) -> None:
    """Add ``packs``."""
    packs = commands.group("packs", "Make forms of template packs.")
    add_form(packs)
