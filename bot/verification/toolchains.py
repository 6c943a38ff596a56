"""The tools that checks need: built from a pack's lock files, kept by what they were built from.

Where a pack lies makes no difference to what a lock file gives, only to who has it built.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from bot.core.pack_addresses import NamedPack, read_pack_address
from bot.generation.pack_format import Pack
from bot.verification.locks import Lock, lock_of

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
    lock: Lock
    id: str


class Toolchains:
    """The toolchains that were built into one folder.

    Args:
        folder: ``toolchains`` in the data folder; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def wanted(self, pack: Pack) -> tuple[Wanted, ...]:
        """What a pack's checks need; OSError where a lock file is not there."""
        return tuple(
            Wanted(kind=lock.kind, lock=lock, id=identity(lock))
            for lock in (lock_of(pack, kind) for kind in sorted(pack.toolchain))
        )

    def place(self, wanted: Wanted) -> Path:
        """Where a toolchain lies, or would."""
        return self.folder / wanted.id

    def is_built(self, wanted: Wanted) -> bool:
        """Whether it is there, and whole."""
        return (self.place(wanted) / COMPLETE).is_file()

    def others(self) -> Mapping[str, tuple[str, str]]:
        """Those that somebody had built for a pack that is none of ours: id, kind and its name."""
        found = {}
        for path in sorted(self.folder.glob(f"*/{COMPLETE}")):
            try:
                told = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if told.get("asked_for"):
                found[path.parent.name] = (str(told["kind"]), str(told["asked_for"]))
        return found

    def tools(self, pack: Pack) -> Tools | Lacking:
        """What a pack's checks are run with, or what is lacking."""
        mounts: dict[str, Path] = {}
        path: list[str] = []
        environment: dict[str, str] = {}
        ids: dict[str, str] = {}
        try:
            every = self.wanted(pack)
        except OSError:
            return Lacking(
                needs=f"the toolchain of {pack.name}",
                remedy="The pack has no such lock file (`toolchain:` in its pack.yaml).",
            )
        for wanted in every:
            if not self.is_built(wanted):
                return Lacking(
                    needs=f"the {wanted.kind} toolchain of {pack.name}",
                    remedy=_command(pack),
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


def identity(lock: Lock) -> str:
    """The name of what is built from a lock file by the interpreter of this machine."""
    told = f"{lock.kind}\0{interpreter_version(lock.kind)}\0".encode()
    return hashlib.sha256(told + lock.content + lock.manifest).hexdigest()[:_ID_DIGITS]


def _command(pack: Pack) -> str:
    """What has a pack's toolchains built: one that lies elsewhere is named as it was found."""
    name = pack.name
    if pack.source is not None and pack.source.kind != "folder":
        address = read_pack_address(pack.source.address)
        name = (
            address.name
            if isinstance(address, NamedPack)
            else str(replace(address, ref=pack.source.ref))
        )
    return f"firstcommit toolchains build {name}"


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
