"""Where the files that ship beside the code lie: in a checkout or in a wheel.

A wheel carries ``templates/`` and ``config/`` inside the package, as ``_shipped/``; in a
checkout they stand beside ``bot/``.
"""

from __future__ import annotations

from pathlib import Path

from bot.errors import ConfigurationError

PACKAGE = Path(__file__).resolve().parent


def templates_dir() -> Path:
    """The folder of ``packs/``, ``forms/``, ``replies/``, ``dashboard/`` and the like."""
    return _folder("templates")


def config_dir() -> Path:
    """The folder of ``workflows/``, the App manifest and the example of settings."""
    return _folder("config")


def _folder(name: str) -> Path:
    # The shipped one first: beside an installed package lie other people's packages.
    for folder in (PACKAGE / "_shipped" / name, PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise ConfigurationError(
        f"The folder {name}/ is missing from this installation.",
        reason="incomplete_installation",
        remedy="Install the wheel again, or run from a complete checkout.",
    )
