"""How tokens are written: ``fc_``, 43 characters of chance, and a checksum of 6.

The prefix and the checksum let scanners for leaked secrets find one without a doubt, and let us
refuse what was never a token before anything is looked up.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib

PREFIX = "fc_"
RANDOM_BYTES = 32
SHOWN_CHARACTERS = 8

_FORM = re.compile(r"(fc_[A-Za-z0-9_-]{43})([0-9A-Za-z]{6})")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM_DIGITS = 6


def written(chance: bytes) -> str:
    """The token that 32 random bytes make."""
    if len(chance) != RANDOM_BYTES:
        raise ValueError(f"a token is made of {RANDOM_BYTES} bytes")
    text = PREFIX + base64.urlsafe_b64encode(chance).decode("ascii").rstrip("=")
    return text + _checksum(text)


def is_token(text: str) -> bool:
    """Whether a text has the form of a token and its checksum is right."""
    found = _FORM.fullmatch(text)
    return found is not None and found[2] == _checksum(found[1])


def sha256_of(text: str) -> str:
    """What is kept of a token. A salt would be for texts that can be guessed."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def beginning_of(text: str) -> str:
    """What people know a token by, once they have not got it any more."""
    return text[:SHOWN_CHARACTERS]


def _checksum(text: str) -> str:
    left = zlib.crc32(text.encode("ascii"))
    digits = ""
    for _ in range(_CHECKSUM_DIGITS):
        left, digit = divmod(left, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
