"""A pack's folder on disk, read whole into a value.

Everything under ``files/`` becomes a file of the project, under its own name and with its
mode. Names are rendered too, which is how a pack carries a file whose true name would act on
the repository that the pack itself lies in: ``{{ dot }}gitignore`` becomes ``.gitignore``.
(``dot`` is a dot, in every template.)
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from bot.core.git_values import EXECUTABLE, REGULAR
from bot.core.limits import CEILINGS
from bot.errors import UserError
from bot.generation.files import text_of
from bot.generation.pack_format import FileRule, Pack, SourceFile
from bot.generation.pack_manifest import Manifest, read_manifest

MANIFEST = "pack.yaml"
FILES = "files"


def read_pack(folder: Path, shared: Mapping[str, str]) -> Pack:
    """The pack in a folder.

    Args:
        folder: The pack's own folder, which holds ``pack.yaml`` and ``files/``.
        shared: Texts from outside that its templates may include, by name.

    Raises:
        UserError: with reason ``bad_pack``, naming file and line.
    """
    source = f"{folder.name}/{MANIFEST}"
    content = (folder / MANIFEST).read_bytes()
    manifest = read_manifest(content, source=source, folder_name=folder.name)
    sources = tuple(_read_files(folder / FILES))
    if not sources:
        raise _bad_pack(f"{folder.name}/{FILES} holds no file.")
    for path in manifest.toolchain.values():
        if path not in shared and not (folder / path).is_file():
            raise _bad_pack(f"{source}: the lock file {path!r} is not there.")
    return Pack(
        **{name: getattr(manifest, name) for name in _TAKEN_OVER},
        sources=sources,
        rules=_rules_by_source(manifest, sources, source),
        shared=shared,
        folder=str(folder),
        digest=_digest(content, sources, shared),
    )


def read_texts(folder: Path, prefix: str) -> dict[str, str]:
    """Every text file under a folder, by ``prefix/path``; a folder that is not there is empty."""
    return {
        f"{prefix}/{file.path}": file.text for file in _read_files(folder) if file.text is not None
    }


_TAKEN_OVER = tuple(field for field in Manifest.__dataclass_fields__ if field != "rules")


def _read_files(folder: Path) -> Iterator[SourceFile]:
    count = size_bytes = 0
    for path in sorted(folder.rglob("*")):
        shown = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise _bad_pack(
                f"{folder.parent.name}/{shown} is a symbolic link, which no pack may hold."
            )
        # Installers compile every module of a wheel, also those that are templates.
        if not path.is_file() or path.parent.name == "__pycache__":
            continue
        status = path.stat()
        count, size_bytes = count + 1, size_bytes + status.st_size
        CEILINGS.check_count(count)
        CEILINGS.check_total(size_bytes)
        content = path.read_bytes()
        mode = EXECUTABLE if status.st_mode & 0o100 else REGULAR
        yield SourceFile(path=shown, content=content, mode=mode, text=text_of(content))


def _rules_by_source(
    manifest: Manifest, sources: tuple[SourceFile, ...], where: str
) -> tuple[tuple[FileRule, ...], ...]:
    paths = [file.path for file in sources]
    for rule in manifest.rules:
        if not any(_matches(rule, path) for path in paths):
            near = difflib.get_close_matches(rule.path, paths, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise _bad_pack(f"{where}, line {rule.line}: no file is called {rule.path!r}{hint}")
    by_source = tuple(
        tuple(rule for rule in manifest.rules if _matches(rule, path)) for path in paths
    )
    for path, rules in zip(paths, by_source, strict=True):
        if sum(rule.each is not None for rule in rules) > 1:
            raise _bad_pack(f"{where}: {path!r} is repeated by two rules.")
    return by_source


def _matches(rule: FileRule, path: str) -> bool:
    return rule.path == path or bool(_glob(rule.path).fullmatch(path))


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` stay within a name; ``**/`` is any folders and ``/**`` all that is below."""
    return re.compile(
        re.sub(
            r"\\\*\\\*/|\\\*\\\*|\\\*|\\\?",
            lambda found: {r"\*\*/": "(?:.*/)?", r"\*\*": ".*", r"\*": "[^/]*"}.get(
                found[0], "[^/]"
            ),
            re.escape(pattern),
        )
    )


def _digest(manifest: bytes, sources: tuple[SourceFile, ...], shared: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    parts = [(MANIFEST, REGULAR, manifest)]
    parts += [(file.path, file.mode, file.content) for file in sources]
    parts += [(name, REGULAR, text.encode()) for name, text in sorted(shared.items())]
    for name, mode, content in parts:
        digest.update(f"{len(name)} {name} {mode} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def _bad_pack(message: str) -> UserError:
    return UserError(message, reason="bad_pack")
