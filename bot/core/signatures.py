"""Signatures of deliveries, in the scheme of ``X-Hub-Signature-256``, and secrets compared."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "sha256="


def sign(body: bytes, secret: str) -> str:
    """What the header says of a body: ``sha256=`` and 64 lower-case hex digits."""
    return PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signature_holds(body: bytes, header: str | None, secrets: Iterable[str]) -> bool:
    """Whether one of ``secrets`` made the header for exactly this body.

    Every secret is tried, in constant time each, so that the answer's time tells neither how
    much of a signature was right nor which secret it was. SHA-1 is never accepted, and an
    empty secret signs nothing: a door without a secret stays shut.
    """
    # Bytes, since compare_digest raises on strings beyond ASCII, and headers can hold those.
    given = (header or "").encode("utf-8", "surrogateescape")
    held = False
    for secret in secrets:
        matches = hmac.compare_digest(given, sign(body, secret).encode())
        held |= matches and bool(secret)
    return held


def same_secret(given: str, kept: str) -> bool:
    """Compared in constant time; nothing is the same as an empty secret."""
    # Bytes, since compare_digest raises on strings beyond ASCII.
    same = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), kept.encode())
    return same and bool(kept)
