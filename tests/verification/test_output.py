"""What of a check's output is shown to people."""

from __future__ import annotations

import base64

import pytest

from bot.sandbox.port import Ending, SandboxOutcome
from bot.verification.declared import KEPT_OUTPUT, shown_output

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3"
KEY = base64.encodebytes(bytes(range(256)) * 4).decode()
BLOCK = f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{KEY}-----END RSA PRIVATE {'KEY'}-----\n"


def shown(printed: str) -> str:
    return shown_output(
        SandboxOutcome(
            ending=Ending.EXITED,
            exit_code=1,
            stdout=printed.encode(),
            stderr=b"",
            duration_s=1.0,
        )
    )


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("\x1b[31mred\x1b[0m \x9b1mbold\x9b0m", "red bold"),
        ("\x1b]0;title\x07\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\rb\x08c\x85d\r\ne", "abcd\ne"),
        ("txt.\u202egnp.exe \u2066a\u2069 \u2028b", "txt.gnp.exe a b"),
        ("naïve ⚠\ufe0f 日本\tx", "naïve ⚠\ufe0f 日本\tx"),
    ],
)
def test_nothing_in_it_steers_what_shows_it(printed: str, text: str) -> None:
    assert shown(printed) == text


def test_no_line_of_a_private_key_is_shown() -> None:
    text = shown(f"before\n{BLOCK}after\n")
    assert not any(line in text for line in KEY.split())
    assert (text.split("\n")[0], text.split("\n")[-1]) == ("before", "after")


def test_nor_where_its_beginning_was_cut_off() -> None:
    rest = "x" * 60 + "\n"
    text = shown(BLOCK + rest * ((KEPT_OUTPUT - len(BLOCK) // 2) // len(rest)))
    assert "BEGIN" not in text
    assert not any(line in text for line in KEY.split())
    assert text.endswith(rest.strip())


def test_secrets_are_masked_however_many_there_are() -> None:
    text = shown("\n".join(f"{TOKEN}{number:03}" for number in range(400)))
    assert TOKEN not in text
    assert shown(" ".join(f"{TOKEN}{number:03}" for number in range(150)) + f"\n{TOKEN}999\nx") == (
        "(a line that looks like a secret)\n(a line that looks like a secret)\nx"
    )
