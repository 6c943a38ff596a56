"""What can be said of a file by looking at it."""

from __future__ import annotations

import pytest

from bot.file_kinds import PREVIEW_BYTES, look_at, preview_of


@pytest.mark.parametrize(
    "name, content, kind",
    [
        ("run.py", b"print()", "text/x-python"),
        ("page.HTML", b"<p>", "text/html"),
        ("data.json", b"{}", "application/json"),
        ("logo.svg", b"<svg/>", "image/svg+xml"),
        ("logo.png", b"\x89PNG\0", "image/png"),
        ("Makefile", b"all:", "text/plain"),
        (".gitignore", b"*.pyc", "text/plain"),
        ("notes.png", b"only called so", "text/plain"),
        ("fake.py", b"\0\1", "application/octet-stream"),
        ("latin.txt", "é".encode("latin-1"), "application/octet-stream"),
        ("empty", b"", "text/plain"),
    ],
)
def test_bytes_decide_first_and_names_second(name: str, content: bytes, kind: str) -> None:
    assert look_at(name, content).type == kind


@pytest.mark.parametrize("text", ["a" * 3_000, "é" * 3_000, "🙂" * 3_000, "a🙂" * 700, "short", ""])
def test_a_preview_from_the_beginning_is_the_preview_of_the_whole(text: str) -> None:
    look = look_at("a.txt", text.encode())
    assert look.preview == text[:1_000]
    assert preview_of(text.encode()[:PREVIEW_BYTES], look.type) == look.preview


def test_what_is_no_text_has_no_preview() -> None:
    assert look_at("a.bin", b"\0text").preview == ""
    assert preview_of(b"\0text", "application/octet-stream") == ""
