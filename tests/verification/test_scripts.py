"""Scripts are parsed by whatever a toolchain brings."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.parts import ROOT

PROGRAM = ROOT / "bot" / "verification" / "parse.js"
#: Since its version 7, a program alone.
WITHOUT_PARSER = {"typescript": 'module.exports = { version: "7.0.2" };'}
ROLLDOWN = """
exports.parseAst = (text, { lang }) => {
  if (!text.includes("!")) return {};
  const error = new Error(`Parse failed with 1 error:\\nUnexpected token in ${lang}\\n1: !`);
  throw Object.assign(error, { pos: text.indexOf("!") });
};
"""


def parsed(folder: Path, packages: dict[str, str], files: dict[str, str]) -> Any:
    """What is told of files, where these packages lie above them."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    for name, text in packages.items():
        target = folder / "node_modules" / f"{name}.js"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    work = folder / "work"
    work.mkdir()
    for path, text in files.items():
        (work / path).write_text(text)
    done = subprocess.run(
        [node, "--experimental-vm-modules", "--no-warnings", "-e", PROGRAM.read_text()],
        cwd=work,
        input=json.dumps(list(files)),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_plain_javascript_is_parsed_by_node_alone(tmp_path: Path) -> None:
    files = {"good.js": "export const a = 1;\n", "bad.js": "const a = 1;\nconst = 2;\n"}
    told = parsed(tmp_path, {}, files)
    assert [(fault["path"], fault["line"]) for fault in told["faults"]] == [("bad.js", 2)]
    assert told["unread"] == []


def test_without_any_parser_typescript_is_left_unread(tmp_path: Path) -> None:
    told = parsed(tmp_path, WITHOUT_PARSER, {"a.ts": "const a: number = 1;\n"})
    assert told == {"faults": [], "unread": ["a.ts"]}


def test_where_typescript_has_no_parser_rolldown_parses(tmp_path: Path) -> None:
    files = {"good.ts": "const a = 1;\n", "bad.ts": "const a = 1;\nconst b: = !\n", "c.tsx": "!"}
    told = parsed(tmp_path, {**WITHOUT_PARSER, "rolldown/parseAst": ROLLDOWN}, files)
    assert told["unread"] == []
    assert told["faults"] == [
        {"path": "bad.ts", "line": 2, "message": "Unexpected token in ts"},
        {"path": "c.tsx", "line": 1, "message": "Unexpected token in tsx"},
    ]
