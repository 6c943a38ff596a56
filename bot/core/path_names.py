"""What is wrong with one name along a path, wherever the file may come to lie.

A name is looked at as it stands, as file systems fold it, and as careless programs decode it: all
three have to be fit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

MAX_NAME_BYTES = 255

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in range(10)]
)
_GIT_SHORT_NAME = re.compile(r"git~[0-9]+")
# What Windows calls a file whose name is longer.
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file#short-vs-long-names
_SHORT_NAME = re.compile(r"(?=[^.]{3,8}(?:\.|$))[^.~]{1,6}~[0-9]{1,6}(?:\.[^.]{0,3})?")
# An escape of a dot, a slash, a backslash, a colon, a control character or of "%" itself, and
# the overlong forms of UTF-8 that careless decoders accept for them.
_ESCAPE = re.compile(
    r"%(?:25|2e|2f|5c|3a|[01][0-9a-f]|7f|[89][0-9a-f]|c[01]|e0|f0|f8|fc|u[0-9a-f]{4})",
    re.IGNORECASE,
)
_NOT_IN_NAMES = frozenset('<>"|?*:/\\')
# Code pages of Windows make a slash, a backslash or a colon of these where a program asks for
# names in one of them (https://worst.fit), and people read them so.
_SLASHES_ALIKE = frozenset("⁄∕∖⧵⧸⟋⟍╱╲¥₩￥￦∶꞉")
# Control, format (zero width, direction), surrogate, line and paragraph separators; private
# ones, which some systems read as what their file system forbids; and those without a meaning,
# of whose case and form the next Unicode may say something else.
_UNSEEN = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
# Letters, marks and symbols that show as nothing at all.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]")
# Where bytes were no text, somebody has put it instead.
_UNREADABLE = "\ufffd"
# They choose between pictures of a character, and no file system tells two names by them that
# people could tell apart.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def fault_of_name(name: str) -> str | None:
    """What is wrong with one part of a path, as the end of a sentence; None if nothing is."""
    decoded = unquote(name, errors="ignore") if "%" in name else name
    for fault in (_fault_of_characters(name), _fault_of_characters(decoded)):
        if fault is not None:
            return fault
    if len(name.encode("utf-8")) > MAX_NAME_BYTES:
        return f"has a name longer than {MAX_NAME_BYTES} bytes"
    if _ESCAPE.search(name):
        return "has an escaped character that could be read as part of a path"
    readings = dict.fromkeys((name, folded(name), folded(decoded)))
    return next((fault for fault in map(_fault_of_reading, readings) if fault), None)


def folded(text: str) -> str:
    """A text as file systems compare names: without case, Unicode form and chosen pictures."""
    text = unicodedata.normalize("NFKC", _SELECTORS.sub("", text)).casefold()
    return unicodedata.normalize("NFKC", text)


def _fault_of_characters(name: str) -> str | None:
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        return "has a control, invisible or private character"
    if _BLANK.search(name):
        return "has a character that shows as nothing"
    if _UNREADABLE in name:
        return "has a character that stands for bytes that were no text"
    if not _SLASHES_ALIKE.isdisjoint(name):
        return "has a character that some systems read as a slash or a colon"
    return None


def _fault_of_reading(name: str) -> str | None:
    return next((fault for is_so, fault in _FAULTS if is_so(name)), None)


def _leads_into_git(name: str) -> bool:
    return name.lower() == ".git" or bool(_GIT_SHORT_NAME.fullmatch(name.lower()))


def _is_device(name: str) -> bool:
    return name.lower().split(".", 1)[0].rstrip() in _DEVICES


# What is wrong, in the order in which it is asked.
_FAULTS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda name: not name, "has an empty part"),
    (lambda name: name in (".", ".."), "has `.` or `..` as a part"),
    (lambda name: name != name.strip(), "has a part that begins or ends with a space"),
    (lambda name: name.endswith("."), "has a part that ends with a dot"),
    (
        lambda name: not _NOT_IN_NAMES.isdisjoint(name),
        "has a character that Windows does not allow in a name",
    ),
    (_leads_into_git, "leads into git's own folder"),
    (
        lambda name: bool(_SHORT_NAME.fullmatch(name)),
        "has a name that Windows gives to another file as its short one",
    ),
    (_is_device, "has a name that Windows keeps for a device"),
)
