"""The lock files that packs name, wherever a pack lies, and what one must have to be built from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.generation.shared_texts import shared_texts

SHARED = "_shared/"
KINDS = ("node", "python")
_MANIFEST = "package.json"
#: A version that is pinned, with what it depends on being there; hashes stand on lines below.
_PINNED = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[\w.,\s-]*\])?==[A-Za-z0-9.+!_-]+(?:\s*;[^/@$]*)?")
_HASH = re.compile(r"--hash=sha(?:256|384|512):[0-9a-f]{64,128}")
_INTEGRITY = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/=]{40,}")
_SHOWN = 120


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock file as bytes; ``manifest`` is the ``package.json`` that belongs to Node's."""

    kind: str
    content: bytes
    manifest: bytes = b""


def lock_of(pack: Pack, kind: str) -> Lock:
    """The lock file that a pack names for a kind of toolchain.

    Raises:
        OSError: It is not there.
    """
    named = pack.toolchain[kind]
    if kind not in KINDS:
        raise FileNotFoundError(named)
    manifest = named.rpartition("/")[0] + f"/{_MANIFEST}" if "/" in named else _MANIFEST
    return Lock(
        kind=kind,
        content=_read(pack, named),
        manifest=_read(pack, manifest) if kind == "node" else b"",
    )


def _read(pack: Pack, named: str) -> bytes:
    if pack.source is None:
        folder = Path(pack.folder)
        return (folder.parent if named.startswith(SHARED) else folder).joinpath(named).read_bytes()
    # One that lies elsewhere is here as what was fetched, and touches no file of ours by its path.
    if named.startswith(SHARED) and named in shared_texts():
        return shared_texts()[named].encode()
    for file in pack.bundle.files if pack.bundle else ():
        if file.path == named:
            return file.content
    raise FileNotFoundError(named)


def refuse_unlocked(lock: Lock) -> None:
    """Whether all that a lock file names is pinned with hashes and comes from the registry alone.

    Raises:
        UserError: ``toolchain_failed``, with the first line or package that is not.
    """
    odd = next(_odd_python(lock) if lock.kind == "python" else _odd_node(lock), None)
    if odd is not None:
        raise UserError(
            f"The lock file is not built from: {odd}.",
            reason="toolchain_failed",
            remedy="Every package has its version and its hashes there, and no address: "
            "`uv pip compile --generate-hashes`, or `npm install --package-lock-only`.",
        )


def _odd_python(lock: Lock) -> Iterator[str]:
    text = lock.content.decode("utf-8", "replace").replace("\\\n", " ")
    for line in text.splitlines():
        stated = line.partition(" #")[0].strip()
        if not stated or stated.startswith("#"):
            continue
        named, *rest = re.split(r"\s+(?=--)", stated)
        shown = ascii(named[:_SHOWN])
        if not _PINNED.fullmatch(named.strip()):
            yield f"{shown} is no version that is pinned"
        elif not rest or not all(_HASH.fullmatch(one.strip()) for one in rest):
            yield f"{shown} has no hashes, or something beside them"


def _odd_node(lock: Lock) -> Iterator[str]:
    try:
        packages = json.loads(lock.content)["packages"]
        json.loads(lock.manifest)
    except (ValueError, KeyError, TypeError, RecursionError):
        packages = None
    if not isinstance(packages, Mapping):
        yield "it is no package-lock.json of npm 7 or later"
        return
    for path, one in packages.items():
        if path and not _is_locked(path, one):
            yield f"{str(path)[:_SHOWN]!a} has no hash, or comes from elsewhere"


def _is_locked(path: str, one: object) -> bool:
    if not isinstance(one, Mapping) or one.get("link") or not path.startswith("node_modules/"):
        return False
    version, resolved = str(one.get("version", "")), one.get("resolved")
    from_registry = resolved is None or str(resolved).startswith("https://")
    is_hashed = one.get("inBundle") is True or bool(_INTEGRITY.match(str(one.get("integrity", ""))))
    return from_registry and is_hashed and ".." not in path and not {":", "/"} & set(version)
