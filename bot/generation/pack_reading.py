"""A pack's folder on disk, read whole into a value.

Everything under ``files/`` becomes a file of the project, under its own name and with its
mode. Names are rendered too, which is how a pack carries a file whose true name would act on
the repository that the pack itself lies in: ``{{ dot }}gitignore`` becomes ``.gitignore``.
(``dot`` is a dot, in every template.)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from bot.core.git_values import EXECUTABLE, REGULAR
from bot.core.limits import CEILINGS
from bot.core.located import Problem, nearest
from bot.core.paths import check_path
from bot.errors import UserError
from bot.generation.files import text_of
from bot.generation.manifest_parts import PackRefused
from bot.generation.pack_format import FileRule, Pack, SourceFile
from bot.generation.pack_manifest import Manifest, examine_manifest
from bot.located_yaml import MOST_BYTES

MANIFEST = "pack.yaml"
FILES = "files"
SHARED = "_shared"
"""The folder beside the packs whose texts each of them may include, as ``_shared/PATH``."""


def read_pack(folder: Path, shared: Mapping[str, str]) -> Pack:
    """The pack in a folder.

    Args:
        folder: The pack's own folder, which holds ``pack.yaml`` and ``files/``.
        shared: Texts from outside that its templates may include, by name.

    Raises:
        UserError: with reason ``bad_pack`` and everything that is wrong, by file and line.
    """
    source = f"{folder.name}/{MANIFEST}"
    content = _read_manifest(folder)
    manifest, problems = examine_manifest(content, source=source, folder_name=folder.name)
    sources = tuple(_read_files(folder / FILES))
    if not sources:
        problems += (_problem(f"{folder.name}/{FILES}", "holds no file"),)
    problems += tuple(_lost_locks(manifest, folder, source))
    problems += tuple(_rule_problems(manifest, sources, source))
    if problems:
        raise PackRefused(sorted(problems, key=lambda one: (one.line or 0, one.column or 0)))
    return Pack(
        **{name: getattr(manifest, name) for name in _TAKEN_OVER},
        sources=sources,
        rules=_rules_by_source(manifest, sources),
        shared=shared,
        folder=str(folder),
        digest=_digest(content, sources, shared),
    )


def read_texts(folder: Path, prefix: str) -> dict[str, str]:
    """Every text file under a folder, by ``prefix/path``; a folder that is not there is empty."""
    return {
        f"{prefix}/{file.path}": file.text for file in _read_files(folder) if file.text is not None
    }


def _read_manifest(folder: Path) -> bytes:
    """Raises UserError ``bad_pack`` for what is no ordinary file, or one without end."""
    path = folder / MANIFEST
    shown = f"{folder.name}/{MANIFEST}"
    if path.is_symlink():
        raise _bad_pack(f"{shown} is a symbolic link, which no pack may hold.")
    try:
        if not path.is_file():
            raise _bad_pack(f"{shown} is not there.")
        with path.open("rb") as file:
            # One byte more than is read: whoever parses it then says how many are the most.
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _bad_pack(f"{shown} cannot be read: {error.strerror}.") from error


_TAKEN_OVER = tuple(field for field in Manifest.__dataclass_fields__ if field != "rules")


def _read_files(folder: Path) -> Iterator[SourceFile]:
    count = size_bytes = 0
    for path in sorted(folder.rglob("*")):
        shown = path.relative_to(folder).as_posix()
        if path.is_symlink():
            where = f"{folder.parent.name}/{folder.name}/{shown}"
            raise _bad_pack(f"{where} is a symbolic link, which no pack may hold.")
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
    manifest: Manifest, sources: tuple[SourceFile, ...]
) -> tuple[tuple[FileRule, ...], ...]:
    return tuple(
        tuple(rule for rule in manifest.rules if matches(rule.path, file.path)) for file in sources
    )


def _rule_problems(
    manifest: Manifest, sources: tuple[SourceFile, ...], where: str
) -> Iterator[Problem]:
    paths = [file.path for file in sources]
    for rule in manifest.rules:
        if rule.path and paths and not any(matches(rule.path, path) for path in paths):
            words = f"no file is called {rule.path[:120]!r}{nearest(rule.path, paths)}"
            yield _problem(where, words, rule.line, rule.column)
    for path in paths:
        loops = [rule for rule in manifest.rules if rule.each and matches(rule.path, path)]
        if len(loops) > 1:
            words = (
                f"{path[:120]!r} is repeated by two rules, first by that of line {loops[0].line}"
            )
            yield _problem(where, words, loops[1].line, loops[1].column)


def _lost_locks(manifest: Manifest, folder: Path, where: str) -> Iterator[Problem]:
    for kind, path in manifest.toolchain.items():
        if not path:
            continue
        try:
            check_path(path)
        except UserError as error:
            yield _problem(where, f"toolchain, {kind}: {error.message}")
            continue
        # Packs that need the same tools share one lock file.
        home = folder.parent if path.startswith(f"{SHARED}/") else folder
        if not (home / path).is_file():
            yield _problem(where, f"toolchain, {kind}: the lock file {path[:120]!r} is not there")


def matches(pattern: str, path: str) -> bool:
    """Whether a path is meant by a pattern, or is it to the letter."""
    return pattern == path or bool(_glob(pattern).fullmatch(path))


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


def _problem(
    source: str, message: str, line: int | None = None, column: int | None = None
) -> Problem:
    return Problem(line=line, column=column, place="", message=message, source=source)


def _bad_pack(message: str) -> UserError:
    return UserError(message, reason="bad_pack")
