"""Addresses that let whoever holds them download one export, for a short time.

They are given only to somebody who may read the project, and hold without signing in.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from bot.keys import Keys

VALID_FOR = timedelta(minutes=15)
_PURPOSE = "firstcommit: download of an export, 1"


def sign_link(keys: Keys, export_id: str, expires_at: datetime) -> tuple[int, str]:
    """The end of the link in seconds since 1970, and the signature that holds until then."""
    expires = int(expires_at.timestamp())
    return expires, _signature(keys, export_id, expires)


def link_holds(keys: Keys, export_id: str, expires: int, signature: str, *, now: datetime) -> bool:
    """Whether we have signed that, and its time is not over."""
    expected = _signature(keys, export_id, expires)
    # As bytes: texts are compared only where both are ASCII, and this one comes from anybody.
    is_ours = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    return is_ours and now.timestamp() < expires


def download_path(export_id: str) -> str:
    """The path of an export's download on this server."""
    return f"/api/v1/exports/{export_id}/download"


def signed_path(keys: Keys, export_id: str, expires_at: datetime) -> str:
    """The same with the signature."""
    expires, signature = sign_link(keys, export_id, expires_at)
    return f"{download_path(export_id)}?expires={expires}&signature={signature}"


def _signature(keys: Keys, export_id: str, expires: int) -> str:
    # No part holds a line's end, so that different ones give different messages.
    message = f"{_PURPOSE}\n{export_id}\n{expires}"
    return hmac.new(keys.secret_key.encode(), message.encode(), sha256).hexdigest()
