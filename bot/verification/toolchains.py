"""The tools that checks need: built from a pack's lock files, kept by what they were built from."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bot.generation.pack_format import Pack

SHARED = "_shared/"
#: The last thing that is written: without it a folder is no toolchain.
COMPLETE = "complete.json"
_ID_DIGITS = 16
_ANSWER_WITHIN_S = 20
#: Where each kind is seen inside a sandbox. Node looks for packages in this folder of every folder
#: above a file.
PYTHON_INSIDE = "/toolchain/python"
NODE_INSIDE = "/node_modules"
#: Node itself, where it does not lie among the system's programs.
NODE_PROGRAM_INSIDE = "/toolchain/node"
#: What a built toolchain's tools lie in, within its folder.
FOLDERS = {"python": "python", "node": "node_modules"}


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What an order for a sandbox needs of toolchains: mounts, path and environment."""

    ids: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[str, Path] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """Why a toolchain is not to be had, and what mends that."""

    needs: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A toolchain that a pack asks for: its kind, its lock file, and the id that it gets."""

    kind: str
    lock: Path
    id: str


class Toolchains:
    """The toolchains that were built into one folder.

    Args:
        folder: ``toolchains`` in the data folder; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def wanted(self, pack: Pack) -> tuple[Wanted, ...]:
        """What a pack's checks need."""
        return tuple(
            Wanted(kind=kind, lock=lock, id=identity(kind, lock))
            for kind, lock in ((kind, lock_of(pack, kind)) for kind in sorted(pack.toolchain))
        )

    def place(self, wanted: Wanted) -> Path:
        """Where a toolchain lies, or would."""
        return self.folder / wanted.id

    def is_built(self, wanted: Wanted) -> bool:
        """Whether it is there, and whole."""
        return (self.place(wanted) / COMPLETE).is_file()

    def tools(self, pack: Pack) -> Tools | Lacking:
        """What a pack's checks are run with, or what is lacking."""
        mounts: dict[str, Path] = {}
        path: list[str] = []
        environment: dict[str, str] = {}
        ids: dict[str, str] = {}
        try:
            every = self.wanted(pack)
        except OSError:
            # A pack that lies on a forge has no lock file here, and nobody has built from one.
            return Lacking(
                needs=f"the toolchain of {pack.name}",
                remedy="Toolchains are built from packs that ship with the server.",
            )
        for wanted in every:
            if not self.is_built(wanted):
                return Lacking(
                    needs=f"the {wanted.kind} toolchain of {pack.name}",
                    remedy=f"firstcommit toolchains build {pack.name}",
                )
            ids[wanted.kind] = wanted.id
            inside = self.place(wanted) / FOLDERS[wanted.kind]
            if wanted.kind == "python":
                mounts[PYTHON_INSIDE] = inside
                path.append(f"{PYTHON_INSIDE}/bin")
                environment["VIRTUAL_ENV"] = PYTHON_INSIDE
            else:
                mounts[NODE_INSIDE] = inside
                path.append(f"{NODE_INSIDE}/.bin")
                more, folders = node_program()
                mounts |= more
                path += folders
        return Tools(ids=ids, mounts=mounts, path=tuple(path), environment=environment)


def lock_of(pack: Pack, kind: str) -> Path:
    """The lock file that a pack names for a kind of toolchain."""
    named = pack.toolchain[kind]
    folder = Path(pack.folder)
    return folder.parent / named if named.startswith(SHARED) else folder / named


def identity(kind: str, lock: Path) -> str:
    """The name of what is built from a lock file by the interpreter of this machine."""
    content = lock.read_bytes()
    if kind == "node":
        content += (lock.with_name("package.json")).read_bytes()
    told = f"{kind}\0{interpreter_version(kind)}\0".encode() + content
    return hashlib.sha256(told).hexdigest()[:_ID_DIGITS]


def interpreter_version(kind: str) -> str:
    """Of what the tools run on; empty where it is not there."""
    return platform.python_version() if kind == "python" else node_version()


@cache
def node_version() -> str:
    """Node's, such as ``v20.20.2``; empty where there is none that answers."""
    node = shutil.which("node")
    if node is None:
        return ""
    try:
        told = subprocess.run(
            [node, "--version"], capture_output=True, timeout=_ANSWER_WITHIN_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.decode(errors="replace").strip()


def node_program() -> tuple[Mapping[str, Path], tuple[str, ...]]:
    """What has to be mounted and looked into for Node, where the system's folders lack it."""
    node = shutil.which("node")
    if node is None:
        return {}, ()
    program = Path(node).resolve()
    if program.is_relative_to("/usr"):
        return {}, (str(program.parent),)
    return {NODE_PROGRAM_INSIDE: program.parent.parent}, (f"{NODE_PROGRAM_INSIDE}/bin",)
