"""Toolchains: built from lock files, whole or not at all, and put to use in a sandbox."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.generation.files import GeneratedFile
from bot.generation.packs import PackLibrary
from bot.sandbox.bubblewrap import Bubblewrap
from bot.services import NoSandbox
from bot.verification.building import build, prune
from bot.verification.declared import notes_in
from bot.verification.evidence import (
    Evidence,
    Result,
    digest_of_files,
    evidence_from_dict,
    evidence_to_dict,
)
from bot.verification.toolchains import Lacking, Toolchains
from bot.verification.verifying import verify

PACK = """
name: tooled
version: 1.0.0
summary: Checked by a tool of its own
questions:
  name: {type: string}
checks:
  - {name: tool, run: [fc-tool, a.txt]}
toolchain: {python: toolchain/python.lock}
"""
TOOL = "import sys\ndef main():\n    print(open(sys.argv[1]).read())\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
FILES = [GeneratedFile(path="a.txt", content=b"hello\n", origin="tooled@1.0.0")]


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package with one tool, which prints what it is given."""
    path = tmp_path / "registry" / "fc_tool-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "fc_tool.py", "import sys\ndef main():\n    print(open(sys.argv[1]).read())\n"
        )
        info = "fc_tool-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: fc-tool\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\nfc-tool = fc_tool:main\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def library(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> PackLibrary:
    folder = tmp_path / "packs" / "tooled"
    (folder / "files").mkdir(parents=True)
    (folder / "toolchain").mkdir()
    (folder / "pack.yaml").write_text(PACK)
    (folder / "files" / "a.txt").write_text("hello\n")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "toolchain" / "python.lock").write_text(f"fc-tool==1.0 --hash=sha256:{digest}\n")
    # The registry is a folder: nothing is asked of anybody else's.
    for name in ("UV_FIND_LINKS", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, str(wheel.parent))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return PackLibrary(folder.parent)


@pytest.fixture
def toolchains(tmp_path: Path) -> Toolchains:
    return Toolchains(tmp_path / "data" / "toolchains")


def evidence(library: PackLibrary, toolchains: Toolchains, sandbox: object) -> Evidence:
    return verify(
        FILES,
        (),
        library.get("tooled"),
        sandbox=sandbox,  # type: ignore[arg-type]
        toolchains=toolchains,
        poll=lambda: None,
    )


@pytest.mark.needs("bwrap")
def test_checks_are_run_with_what_was_built(library: PackLibrary, toolchains: Toolchains) -> None:
    before = evidence(library, toolchains, Bubblewrap())
    (check,) = before.checks
    assert (check.result, check.remedy) == (
        Result.NOT_RUN,
        "firstcommit toolchains build tooled",
    )
    assert before.passed
    assert not before.complete

    (wanted,) = toolchains.wanted(library.get("tooled"))
    assert build(toolchains, wanted, tell=lambda line: None)
    assert not build(toolchains, wanted, tell=lambda line: None)

    after = evidence(library, toolchains, Bubblewrap(hidden=[toolchains.folder.parent]))
    (check,) = after.checks
    assert (check.result, check.exit_code, check.output) == (Result.PASSED, 0, "hello")
    assert after.toolchains == {"python": wanted.id}
    assert after.complete
    assert after.digest != before.digest
    assert evidence_from_dict(evidence_to_dict(after)) == after
    assert after.files_digest == digest_of_files(FILES)


def test_what_is_not_what_the_lock_names_is_not_installed(
    library: PackLibrary, toolchains: Toolchains, wheel: Path
) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("more.py", "import os")
    (wanted,) = toolchains.wanted(library.get("tooled"))
    with pytest.raises(UserError) as failed:
        build(toolchains, wanted, tell=lambda line: None)
    assert failed.value.reason == "toolchain_failed"
    assert "not what the lock file names" in failed.value.remedy
    assert not toolchains.is_built(wanted)
    assert [path.name for path in toolchains.folder.iterdir()] == [f"{wanted.id}.lock"]


def test_one_that_was_never_finished_is_none(library: PackLibrary, toolchains: Toolchains) -> None:
    (wanted,) = toolchains.wanted(library.get("tooled"))
    (toolchains.place(wanted) / "python" / "bin").mkdir(parents=True)
    assert isinstance(toolchains.tools(library.get("tooled")), Lacking)


def test_those_that_nobody_asks_for_are_pruned(
    library: PackLibrary, toolchains: Toolchains
) -> None:
    wanted = toolchains.wanted(library.get("tooled"))
    for name in (wanted[0].id, "0123456789abcdef", ".building-0123456789abcdef-x"):
        (toolchains.folder / name).mkdir(parents=True)
    assert prune(toolchains, [wanted[0].id]) == [".building-0123456789abcdef-x", "0123456789abcdef"]


def test_another_lock_is_another_toolchain(library: PackLibrary, toolchains: Toolchains) -> None:
    pack = library.get("tooled")
    (before,) = toolchains.wanted(pack)
    (Path(pack.folder) / "toolchain" / "python.lock").write_text("fc-tool==2.0\n")
    (after,) = toolchains.wanted(pack)
    assert before.id != after.id


def test_a_pack_that_lies_elsewhere_has_no_toolchain(
    library: PackLibrary, toolchains: Toolchains
) -> None:
    elsewhere = replace(library.get("tooled"), folder="acme/packs/tooled")
    lacking = toolchains.tools(elsewhere)
    assert isinstance(lacking, Lacking)
    assert lacking.needs == "the toolchain of tooled"


def test_without_a_sandbox_that_is_what_is_lacking(
    library: PackLibrary, toolchains: Toolchains
) -> None:
    (check,) = evidence(library, toolchains, NoSandbox("No namespaces.")).checks
    assert (check.needs, check.remedy) == ("a sandbox", "No namespaces.")


def test_the_places_that_tools_name_are_found() -> None:
    output = (
        "F401 `os` imported but unused\n --> src/a.py:1:8\nsrc/b.py:3: error: Missing  [x]\n"
        "src/c.ts(4,5): error TS1: No\n./src/a.py:7:1: E501 long\nother.py:1: not ours\n"
    )
    found = notes_in(output, ["src/a.py", "src/b.py", "src/c.ts"])
    assert [(note.path, note.line, note.message) for note in found] == [
        ("src/a.py", 1, "F401 `os` imported but unused"),
        ("src/b.py", 3, "error: Missing  [x]"),
        ("src/c.ts", 4, "error TS1: No"),
        ("src/a.py", 7, "E501 long"),
    ]


@pytest.mark.needs("bwrap")
@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_scripts_are_parsed_and_not_run() -> None:
    files = [
        GeneratedFile(path=path, content=text.encode(), origin="agent")
        for path, text in {
            "bad.js": "let a = 1;\nlet b = ;\n",
            "module.js": "import x from 'nowhere';\nexport const a = await x();\n",
            "common.cjs": "#!/usr/bin/env node\nreturn require('nowhere');\n",
            "loop.mjs": "while (true) {}\n",
        }.items()
    ]
    found = verify(
        files, (), None, sandbox=Bubblewrap(), toolchains=Toolchains(Path("none")), poll=int
    )
    (check,) = found.checks
    assert (check.result, [(note.path, note.line) for note in check.notes]) == (
        Result.FAILED,
        [("bad.js", 2)],
    )
