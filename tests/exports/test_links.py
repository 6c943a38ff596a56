"""Signed links: whose they are, for what, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.exports.links import VALID_FOR, link_holds, sign_link, signed_path
from bot.keys import Keys
from bot.setting_keys import Secret

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ID = "0b3e1c9a-7a58-4a52-9a44-0c2f7d3e8b11"


def keys(secret: str = "cookies") -> Keys:
    return Keys(
        secret_key=Secret(secret), admin_token=Secret("o"), local_webhook_secret=Secret("h")
    )


def test_it_holds_for_a_quarter_of_an_hour() -> None:
    expires, signature = sign_link(keys(), ID, NOW + VALID_FOR)
    assert link_holds(keys(), ID, expires, signature, now=NOW)
    assert link_holds(keys(), ID, expires, signature, now=NOW + timedelta(minutes=14, seconds=59))
    assert not link_holds(keys(), ID, expires, signature, now=NOW + timedelta(minutes=15))


def test_it_is_in_the_path() -> None:
    parts = urlsplit(signed_path(keys(), ID, NOW + VALID_FOR))
    query = parse_qs(parts.query)
    assert parts.path == f"/api/v1/exports/{ID}/download"
    assert link_holds(keys(), ID, int(query["expires"][0]), query["signature"][0], now=NOW)


@pytest.mark.parametrize("signature", ["", "é", "0" * 64, "\ud800"])
def test_a_made_up_signature_does_not_hold(signature: str) -> None:
    expires, _ = sign_link(keys(), ID, NOW + VALID_FOR)
    assert not link_holds(keys(), ID, expires, signature, now=NOW)


def test_it_is_for_one_export_one_time_and_one_key() -> None:
    expires, signature = sign_link(keys(), ID, NOW + VALID_FOR)
    assert not link_holds(keys(), ID.replace("0b", "0c"), expires, signature, now=NOW)
    assert not link_holds(keys(), ID, expires + 60, signature, now=NOW)
    assert not link_holds(keys("other"), ID, expires, signature, now=NOW)
