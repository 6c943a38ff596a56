"""What is amended in a project that is there, and what is found in a change."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.agents.scripted.reading import Missing, Prompt

_SAYING = re.compile(r"\bsay(?:s|ing)? (.{3,200})", re.IGNORECASE | re.DOTALL)
_NOTE = "## Good to know"
_ADDED = re.compile(r"^ *(\d+) \+(.*)$", re.MULTILINE)


def revision(prompt: Prompt) -> Mapping[str, object]:
    """A README that says what is wished."""
    wished = _SAYING.search(prompt.needed("request"))
    if wished is None:
        raise Missing("The request names nothing that the README could say.")
    readme = prompt.all("file", "path").get("README.md")
    if readme is None:
        raise Missing("There is no README.md in the prompt.")
    said = " ".join(wished[1].split()).rstrip(".")
    before = readme if _NOTE in readme else f"{readme.rstrip()}\n\n{_NOTE}\n"
    content = f"{before.rstrip()}\n\n{said[0].upper()}{said[1:]}.\n"
    return {
        "summary": f"The README says {said}.",
        "files": [{"path": "README.md", "content": content}],
    }


def change_review(prompt: Prompt) -> Mapping[str, object]:
    """Lines that were added with what somebody meant to do later, or with space at their end."""
    prompt.needed("rubric")
    patches = prompt.all("patch", "path")
    if not patches:
        raise Missing("There are no differences in the prompt.")
    findings = [
        finding
        for path, patch in patches.items()
        for number, line in _ADDED.findall(patch)
        if (finding := _finding(path, int(number), line)) is not None
    ]
    files = "1 file" if len(patches) == 1 else f"{len(patches)} files"
    return {"summary": f"{files} read, as far as a small program can.", "findings": findings[:30]}


def _finding(path: str, number: int, line: str) -> Mapping[str, object] | None:
    at = {"path": path, "line": number}
    if "TODO" in line or "FIXME" in line:
        message = "What is still to be done here belongs into an issue."
        return {**at, "severity": "major", "message": message}
    if line.strip() and line != line.rstrip():
        told = {"severity": "minor", "message": "There is space at the end of this line."}
        return {**at, **told, "suggestion": line.rstrip()}
    return None
