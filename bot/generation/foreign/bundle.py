"""A pack that is not ours, as the files that it was fetched with. Nothing of it is looked into."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from bot.core.git_values import EXECUTABLE, REGULAR, TreeFile
from bot.core.limits import MIB
from bot.errors import UserError
from bot.generation.foreign.frames import BadFrame, pack_frame, read_frame

MAX_FILES = 5_000
MAX_FILE_BYTES = 10 * MIB
MAX_BYTES = 50 * MIB
MAX_PATH_BYTES = 1_000
MAX_PARTS = 32

_LFS = b"version https://git-lfs.github.com/spec/"
_KINDS = {0o120000: "a symbolic link", 0o160000: "a submodule", 0o040000: "a folder"}
_UNSEEN = frozenset(["Cc", "Cs", "Zl", "Zp"])


class PackKind(StrEnum):
    """Whose format a pack is written in."""

    OURS = "firstcommit"
    COPIER = "copier"
    COOKIECUTTER = "cookiecutter"


MANIFESTS = {
    "pack.yaml": PackKind.OURS,
    "copier.yml": PackKind.COPIER,
    "copier.yaml": PackKind.COPIER,
    "cookiecutter.json": PackKind.COOKIECUTTER,
}


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A pack's folder. Made by `bundle_of`, which has looked at each path, mode and size."""

    files: tuple[TreeFile, ...] = field(repr=False)
    kind: PackKind

    @cached_property
    def frame(self) -> bytes:
        """All of it as bytes, from which `unbundled` makes it again."""
        return pack_frame({"kind": self.kind}, self.files)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the frame, 64 hex digits."""
        return hashlib.sha256(self.frame).hexdigest()


def bundle_of(files: Iterable[TreeFile], *, shown: str) -> Bundle:
    """The files of a folder as a bundle.

    Args:
        shown: What the pack is called in messages.

    Raises:
        UserError: ``bad_pack`` for a folder that is none, links, submodules, files that lie
            elsewhere, and names that no pack needs; ``too_large``, ``too_many_files``.
    """
    taken: list[TreeFile] = []
    size_bytes = 0
    for file in files:
        size_bytes += len(file.content)
        _refuse_too_much(shown, file, len(taken), size_bytes)
        _refuse_odd(shown, file)
        taken.append(file)
    taken.sort(key=lambda file: file.path)
    _refuse_twins(shown, taken)
    return Bundle(files=tuple(taken), kind=_kind(shown, {file.path for file in taken}))


def unbundled(frame: bytes) -> Bundle | None:
    """The bundle that a frame was made of; None where it is none (any more)."""
    try:
        facts, files = read_frame(frame)
        return Bundle(files=files, kind=PackKind(facts["kind"]))
    except (BadFrame, KeyError, ValueError):
        return None


def _refuse_too_much(shown: str, file: TreeFile, count: int, size_bytes: int) -> None:
    if count >= MAX_FILES:
        raise UserError(f"{shown} has more than {MAX_FILES} files.", reason="too_many_files")
    if len(file.content) > MAX_FILE_BYTES or size_bytes > MAX_BYTES:
        raise UserError(
            f"{shown} is too large: a template may have {MAX_BYTES // MIB} MiB, and "
            f"{MAX_FILE_BYTES // MIB} MiB in a file.",
            reason="too_large",
        )


def _refuse_odd(shown: str, file: TreeFile) -> None:
    if file.mode not in (REGULAR, EXECUTABLE):
        kind = _KINDS.get(file.mode, f"something of mode {file.mode:o}")
        raise _bad(shown, file.path, f"is {kind}, which no template may hold")
    parts = file.path.split("/")
    if any(unicodedata.category(character) in _UNSEEN for character in file.path):
        raise _bad(shown, file.path, "has a control character in its name")
    if len(file.path.encode("utf-8")) > MAX_PATH_BYTES or len(parts) > MAX_PARTS:
        raise _bad(shown, file.path, "has too long a path")
    if any(part in ("", ".", "..") or part.lower().rstrip(". ") == ".git" for part in parts):
        raise _bad(shown, file.path, "has a path that leads elsewhere")
    if file.content.startswith(_LFS):
        raise _bad(shown, file.path, "is kept in Git LFS, which is not fetched")


def _refuse_twins(shown: str, files: list[TreeFile]) -> None:
    paths = {file.path for file in files}
    if len(paths) != len(files):
        raise _bad(shown, "", "has a file twice")
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder:
            if folder in paths:
                raise _bad(shown, folder, "is both a file and a folder")
            folder = folder.rpartition("/")[0]


def _kind(shown: str, paths: set[str]) -> PackKind:
    # Of a template that is written for several tools, our own format knows most.
    for name, kind in MANIFESTS.items():
        if name in paths:
            return kind
    raise UserError(
        f"{shown} holds no template: there is none of {', '.join(MANIFESTS)}.",
        reason="bad_pack",
        remedy="Where it lies in a folder of a repository, write that behind //.",
    )


def _bad(shown: str, path: str, fault: str) -> UserError:
    at = f"{shown}/{path}" if path else shown
    name = at if at.isprintable() else ascii(at)
    return UserError(f"{name[:300]} {fault}.", reason="bad_pack")
