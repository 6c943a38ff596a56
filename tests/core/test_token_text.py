"""How tokens are written."""

from __future__ import annotations

import re

import pytest

from bot.core.secrets_scan import scan_text
from bot.core.token_text import beginning_of, is_token, sha256_of, written

CHANCE = bytes(range(7, 39))
TOKEN = written(CHANCE)


def test_a_token_has_a_prefix_chance_and_a_checksum() -> None:
    assert re.fullmatch(r"fc_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}", TOKEN)
    assert is_token(TOKEN)
    assert is_token(written(bytes(32)))
    assert is_token(written(b"\xff" * 32))
    assert beginning_of(TOKEN) == TOKEN[:8]
    assert len(sha256_of(TOKEN)) == 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fc_",
        TOKEN[:-1],
        TOKEN + "0",
        TOKEN.lower(),
        f"{TOKEN}\n",
        TOKEN[:10] + ("A" if TOKEN[10] != "A" else "B") + TOKEN[11:],
        "é" * 52,
        "the-operators-token",
    ],
)
def test_what_was_never_a_token_is_known_by_its_look(text: str) -> None:
    assert not is_token(text)


def test_chance_has_its_length() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        written(b"short")


def test_a_token_in_a_file_is_found() -> None:
    (found,) = scan_text("deploy.sh", f"curl -H 'Authorization: Bearer {TOKEN}'\n")
    assert (found.line, found.kind) == (1, "Firstcommit token")
