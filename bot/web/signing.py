"""What a browser keeps for us and brings back: signed, so that it comes back as it was."""

from __future__ import annotations

import hashlib
import hmac

from bot.core.signatures import same_secret


class Signer:
    """Signs under the server's key. Each purpose has signatures that are good for it alone."""

    def __init__(self, secret_key: str) -> None:
        self._key = secret_key.encode()

    def sign(self, purpose: str, said: str) -> str:
        """64 hex digits that nobody else can make."""
        # The purpose is signed too, so that one kind of token can never pass for the other.
        message = f"firstcommit {purpose}\n{said}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    def holds(self, purpose: str, said: str, signature: str) -> bool:
        """Whether it was us who signed that, for that purpose; compared in constant time."""
        return same_secret(signature, self.sign(purpose, said))
