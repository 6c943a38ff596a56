"""The forms that texts are sent in: as a regular expression for programs, and in words."""

from __future__ import annotations

from collections.abc import Mapping

#: Holds for all that are sent (`reading.py`).
WITHOUT_NUL = r"^[^\x00]*$"
REPOSITORY = "^([a-z][a-z0-9-]*:)?[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+$"
HTTP_URL = "^https?://[!-~]{1,2000}$"
#: One line that shows something.
LINE = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
ASCII_LINE = r"^[ -~]*[!-~][ -~]*$"
WORD = r"^[^\x00-\x1f\x7f]*$"
DIGEST = "^[0-9a-f]{6,64}$"
LOGIN = "^@?[A-Za-z0-9][A-Za-z0-9_.-]*$"
CURSOR = "^[A-Za-z0-9_.=-]*$"

#: Each as it goes on after *has to be*.
IN_WORDS: Mapping[str, str] = {
    WITHOUT_NUL: "a text without U+0000",
    REPOSITORY: "`FORGE:OWNER/NAME`, such as `local:demo/playground`",
    HTTP_URL: "an address that begins with `https://` or `http://`, in ASCII and without blanks",
    LINE: "one line that shows something",
    ASCII_LINE: "one line of ASCII that shows something",
    WORD: "one line",
    DIGEST: "6 to 64 digits of `0-9` and `a-f`: the beginning of a plan's `digest`",
    LOGIN: "a login: letters, digits, hyphens, dots and underscores",
    CURSOR: "what `next` of the page before said",
}
