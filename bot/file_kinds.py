"""What can be said of a file by looking at it: its type and its first lines."""

from __future__ import annotations

from dataclasses import dataclass
from mimetypes import MimeTypes

PREVIEW_CHARACTERS = 1_000
#: Enough bytes for a preview of the widest characters.
PREVIEW_BYTES = 4 * PREVIEW_CHARACTERS

_TEXT = "text/plain"
_BINARY = "application/octet-stream"
# Of the library's own table alone: what the machine's files add would differ between machines.
_BY_NAME = {end.lower(): kind for end, kind in MimeTypes().types_map[True].items()}
_TEXTUAL = ("text/", "application/json", "application/javascript", "application/xml")
_TEXTUAL_ENDS = ("+xml", "+json")


@dataclass(frozen=True, kw_only=True)
class Look:
    """A media type, and the beginning of a text (empty for anything else)."""

    type: str
    preview: str


def look_at(name: str, content: bytes) -> Look:
    """Judge a file by its bytes first, then by the end of its name."""
    text = _as_text(content)
    guess = _BY_NAME.get(f".{name.rpartition('.')[2].lower()}") if "." in name else None
    if text is None:
        return Look(type=guess if guess and not _is_textual(guess) else _BINARY, preview="")
    kind = guess if guess and _is_textual(guess) else _TEXT
    return Look(type=kind, preview=text[:PREVIEW_CHARACTERS])


def preview_of(beginning: bytes, type: str) -> str:
    """The preview of a file of this type, from at most its first ``PREVIEW_BYTES``."""
    if not _is_textual(type):
        return ""
    # The last character may have been cut in two.
    return beginning.decode("utf-8", errors="ignore")[:PREVIEW_CHARACTERS]


def _as_text(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_textual(type: str) -> bool:
    return type.startswith(_TEXTUAL) or type.endswith(_TEXTUAL_ENDS)
