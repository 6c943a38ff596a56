"""What the checks of a pack need, built once from its lock files into ``.venv/packs``."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.generation.pack_format import Pack
from tests import parts
from tests.packs.combination import PACKS

CACHE = parts.ROOT / ".venv" / "packs"
BUILD_TIMEOUT_S = 600
_SHARED = "_shared/"
_READY = ".ready"


class ToolchainFailed(Exception):
    """A lock file that cannot be installed; the message is what the installer said."""


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """Folders of programs, and of packages that Node resolves upwards from a project."""

    path: tuple[Path, ...] = ()
    node_modules: Path | None = None


def development() -> Toolchain:
    """What our own development environment has, without building anything."""
    return Toolchain(path=(Path(sys.executable).parent,))


def build(pack: Pack, python: str = sys.executable) -> Toolchain:
    """The toolchain of a pack, installed if it is not yet there.

    Args:
        python: An interpreter, or a version of one that uv finds on this machine.

    Raises:
        ToolchainFailed: with what the installer said.
    """
    locks = {kind: _lock_file(pack, path) for kind, path in pack.toolchain.items()}
    path: list[Path] = []
    node_modules = None
    if "python" in locks:
        path.append(_ready(locks["python"], _version(python), _python(python)) / "bin")
    if "node" in locks:
        node_modules = _ready(locks["node"], _version("node"), _node) / "node_modules"
        path.append(node_modules / ".bin")
    if node := parts.node_binary():
        path.append(node.parent)
    return Toolchain(path=tuple(path), node_modules=node_modules)


def _lock_file(pack: Pack, path: str) -> Path:
    return (PACKS if path.startswith(_SHARED) else Path(pack.folder)) / path


def _ready(lock: Path, version: str, install: Callable[[Path, Path], None]) -> Path:
    digest = hashlib.sha256(f"{lock.name} {version} ".encode() + lock.read_bytes()).hexdigest()
    folder = CACHE / digest[:16]
    # Programs of an environment name its folder, so it is built where it stays.
    if not (folder / _READY).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(lock, folder)
        (folder / _READY).touch()
    return folder


def _python(python: str) -> Callable[[Path, Path], None]:
    uv = str(Path(sys.executable).parent / "uv")

    def install(lock: Path, folder: Path) -> None:
        _run([uv, "venv", "--quiet", "--clear", "--python", python, str(folder)])
        target = ["--python", str(folder / "bin" / "python")]
        _run([uv, "pip", "install", "--quiet", *target, "--require-hashes", "-r", str(lock)])

    return install


def _node(lock: Path, folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(lock.with_name(name), folder / name)
    _run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"],
        folder=folder,
        environment=_with_our_node(),
    )


def _with_our_node() -> Mapping[str, str]:
    node = parts.node_binary()
    folders = [str(node.parent)] if node else []
    return {**os.environ, "PATH": os.pathsep.join([*folders, os.environ["PATH"]])}


def _version(program: str) -> str:
    try:
        return _run([program, "--version"], environment=_with_our_node())
    except OSError:
        return program  # A version of Python that uv has to find.


def _run(
    command: list[str], folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_TIMEOUT_S,
    )
    if done.returncode:
        raise ToolchainFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
