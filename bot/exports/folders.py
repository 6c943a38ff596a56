"""What the one folder in an archive is called: as the project is, where that can be."""

from __future__ import annotations

import re
import unicodedata

from bot.core.paths import bad_path, check_path
from bot.errors import UserError

#: For projects of whose name nothing is left.
USUAL = "project"
LONGEST_BYTES = 100

_NOT_IN_NAMES = re.compile(r'[<>"|?*:/\\%~]+')
#: Not at the beginning: hidden folders like ``.ssh``, and what a command takes for an option.
_NOT_FIRST = "-. "
_NOT_LAST = "-. "


def folder_name(project_name: str) -> str:
    """A name that every system takes for one new folder; the project's own where that is one."""
    name = unicodedata.normalize("NFC", project_name)
    name = "".join(" " if _is_unseen(letter) else letter for letter in name)
    name = _NOT_IN_NAMES.sub("-", " ".join(name.split()))
    name = _cut(name.lstrip(_NOT_FIRST)).rstrip(_NOT_LAST)
    return name if name and _fits(name) else USUAL


def check_folder(name: str) -> str:
    """The name itself, where somebody asks for a folder that can be called so.

    Raises:
        UserError: ``bad_path``.
    """
    if "/" in check_path(name):
        raise bad_path(name, "has to be the name of one folder")
    if name[0] in _NOT_FIRST:
        raise bad_path(name, "begins with a dot or a hyphen")
    if len(name.encode()) > LONGEST_BYTES:
        raise bad_path(name, f"is longer than {LONGEST_BYTES} bytes")
    return name


def _is_unseen(letter: str) -> bool:
    """Whether it is a space of any kind, or nothing that shows."""
    return unicodedata.category(letter)[0] in "CZ"


def _cut(name: str) -> str:
    return name.encode()[:LONGEST_BYTES].decode(errors="ignore")


def _fits(name: str) -> bool:
    try:
        check_folder(name)
    except UserError:
        return False
    return True
