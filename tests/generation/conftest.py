"""Packs written for one test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary

HEAD = "name: demo\nversion: 1.0.0\nsummary: A pack of a test\n"
NAME_ONLY = "questions:\n  name: {type: string, default: orders}\n"

WritePack = Callable[..., PackLibrary]


@pytest.fixture
def write_pack(tmp_path: Path) -> WritePack:
    """Writes a pack called demo and gives the library that it stands in.

    ``body`` follows the pack's name, version and summary; a name question is added if it asks
    for nothing. ``files`` are texts or bytes by their path under ``files/``.
    """

    def write(
        body: str = "", files: Mapping[str, str | bytes] | None = None, *, head: str = HEAD
    ) -> PackLibrary:
        folder = tmp_path / "packs" / "demo"
        folder.mkdir(parents=True)
        body = body if "questions:" in body else NAME_ONLY + body
        (folder / "pack.yaml").write_text(head + body)
        for path, content in ({"README.md": "{{ name }}\n"} if files is None else files).items():
            target = folder / "files" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        return PackLibrary(folder.parent)

    return write


@pytest.fixture
def make(write_pack: WritePack) -> Callable[..., dict[str, bytes]]:
    """Writes a pack, generates from it, and gives the files' bytes by path."""

    def make_files(
        body: str = "", files: Mapping[str, str | bytes] | None = None, **answers: object
    ) -> dict[str, bytes]:
        library = write_pack(body, files)
        made = ProjectGenerator(library).generate("demo", answers)
        return {file.path: file.content for file in made.files}

    return make_files
