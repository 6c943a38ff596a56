"""Where short-lived facts are kept: shared between workers, or in this process."""

from __future__ import annotations

import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Protocol

import redis
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SOCKET_TIMEOUT_S = 2.0


class Cache(Protocol):
    """Texts that lapse. What is missing is made anew, so losing it costs one call."""

    def get(self, key: str) -> str | None:
        """The text, or None where there is none (any more)."""

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """Keep a text for that many seconds."""

    def forget(self, key: str) -> None:
        """Drop it."""


class ProcessCache:
    """Kept in this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """See `Cache`."""
        with self._lock:
            text, until = self._kept.get(key, ("", 0.0))
            if until > self._clock():
                return text
            self._kept.pop(key, None)
            return None

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """See `Cache`."""
        with self._lock:
            self._kept[key] = (text, self._clock() + ttl_s)

    def forget(self, key: str) -> None:
        """See `Cache`."""
        with self._lock:
            self._kept.pop(key, None)


class _Seal:
    """Encrypts texts under their keys, so that one cannot take another's place."""

    def __init__(self, secret_key: str) -> None:
        if not secret_key:
            raise ValueError("what lies in Redis needs a key")
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"firstcommit github cache")
        self._fernet = Fernet(urlsafe_b64encode(derived.derive(secret_key.encode())))

    def close(self, key: str, text: str) -> bytes:
        return self._fernet.encrypt(f"{key}\0{text}".encode())

    def open(self, key: str, sealed: bytes) -> str | None:
        """The text; None where it was not sealed by us under that key, or under another secret."""
        try:
            found, _, text = self._fernet.decrypt(sealed).decode().partition("\0")
        except (InvalidToken, UnicodeDecodeError):
            return None
        return text if found == key else None


class RedisCache:
    """Kept in Redis for all workers, so that nobody else can read or write it there.

    While Redis is away, it is kept in this process.
    """

    def __init__(self, url: str, prefix: str, secret_key: str) -> None:
        """Args:
        url: The address of a Redis or Valkey.
        prefix: Goes before every key; names the server and the App.
        secret_key: What all workers know and Redis does not.
        """
        self._seal = _Seal(secret_key)
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=_SOCKET_TIMEOUT_S,
            socket_connect_timeout=_SOCKET_TIMEOUT_S,
        )
        self._prefix = prefix
        self._alone = ProcessCache()

    def get(self, key: str) -> str | None:
        """See `Cache`."""
        try:
            sealed = self._redis.get(self._prefix + key)
        except redis.RedisError:
            return self._alone.get(key)
        return self._seal.open(self._prefix + key, sealed) if isinstance(sealed, bytes) else None

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """See `Cache`."""
        try:
            sealed = self._seal.close(self._prefix + key, text)
            self._redis.set(self._prefix + key, sealed, px=max(1, int(ttl_s * 1000)))
        except redis.RedisError:
            self._alone.put(key, text, ttl_s)

    def forget(self, key: str) -> None:
        """See `Cache`."""
        self._alone.forget(key)
        try:
            self._redis.delete(self._prefix + key)
        except redis.RedisError:
            # It lapses by itself; until then GitHub refuses it and it is made anew.
            return
