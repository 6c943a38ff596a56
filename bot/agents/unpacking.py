"""Bodies of answers, taken in and unpacked without ever holding more than is allowed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from bot.errors import UserError

#: What we ask for, and all that we take.
ACCEPTED = "gzip"
_GZIP = 16 + zlib.MAX_WBITS


def read_body(chunks: Iterable[bytes], packing: str, most_bytes: int) -> bytes:
    """The whole body.

    Args:
        packing: The answer's ``Content-Encoding``.

    Raises:
        UserError: ``answer_too_large``; ``bad_answer`` where it is packed in another way or
            broken.
    """
    packing = packing.strip().lower()
    if packing in ("", "identity"):
        return _joined(chunks, most_bytes)
    if packing not in ("gzip", "x-gzip"):
        raise _bad("The answer is packed in a way that was not asked for.")
    try:
        return _unpacked(chunks, most_bytes)
    except zlib.error as exc:
        raise _bad("The answer's packing is broken.") from exc


def _joined(chunks: Iterable[bytes], most_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most_bytes:
            raise _too_large(most_bytes)
    return bytes(body)


def _unpacked(chunks: Iterable[bytes], most_bytes: int) -> bytes:
    """A file of gzip may have several members, one behind the other."""
    body = bytearray()
    member = zlib.decompressobj(_GZIP)
    begun = False
    for chunk in chunks:
        rest = chunk
        while rest:
            if member.eof:
                member = zlib.decompressobj(_GZIP)
            begun = True
            # One byte more than is allowed shows that there is more, and a bomb stays packed.
            body += member.decompress(rest, most_bytes + 1 - len(body))
            if len(body) > most_bytes:
                raise _too_large(most_bytes)
            rest = member.unconsumed_tail or member.unused_data
    if begun and not member.eof:
        raise _bad("The answer stops in the middle.")
    return bytes(body)


def _too_large(most_bytes: int) -> UserError:
    return UserError(
        f"The answer has more than {most_bytes:,} bytes.",
        reason="answer_too_large",
        remedy="Ask for less at a time.",
    )


def _bad(message: str) -> UserError:
    return UserError(message, reason="bad_answer")
