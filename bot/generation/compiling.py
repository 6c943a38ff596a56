"""A pack's templates, compiled once for all its runs, and kept for other processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TypeVar

from jinja2 import Template

from bot.generation.expressions import Expressions
from bot.generation.kept_code import KeptCode
from bot.generation.pack_format import FileRule, Pack, SourceFile
from bot.generation.pack_reading import FILES, MANIFEST
from bot.generation.sandbox import PackEnvironment
from bot.generation.template_errors import template_error

_MARKS = ("{{", "{%", "{#")

PathPart = str | Template

_Loaded = TypeVar("_Loaded")


@dataclass(frozen=True, kw_only=True)
class CompiledFile:
    """A file of a pack, ready to be made.

    ``template`` is None where there is nothing to render: the bytes are the source's own.
    """

    source: SourceFile
    shown: str
    rules: tuple[FileRule, ...]
    load: Callable[[], Template | None] = field(repr=False)
    load_path: Callable[[], tuple[PathPart, ...]] = field(repr=False)

    @cached_property
    def template(self) -> Template | None:
        """The content's template, compiled when it is first needed."""
        return self.load()

    @cached_property
    def path_parts(self) -> tuple[PathPart, ...]:
        """The names along the path, those with something to render as templates."""
        return self.load_path()

    @cached_property
    def fixed_path(self) -> str | None:
        """The path, if there is nothing to render in it."""
        return None if has_marks(self.source.path) else self.source.path


def _has_windows_lines(file: SourceFile) -> bool:
    return "\r\n" in (file.text or "")


@dataclass(frozen=True, kw_only=True)
class CompiledPack:
    """A pack with its templates; ``built_in`` is what every template sees beside answers."""

    pack: Pack
    expressions: Expressions
    files: tuple[CompiledFile, ...]
    built_in: Mapping[str, object]
    code: KeptCode = field(repr=False)

    def load(self) -> None:
        """Compile now what is otherwise compiled when it is first needed."""
        for file in self.files:
            if file.fixed_path is None:
                _ = file.path_parts
            _ = file.template
        self.keep()

    def keep(self) -> None:
        """Have other processes find what has been compiled since."""
        self.code.save()


def compile_pack(pack: Pack) -> CompiledPack:
    """The compiled pack; the same folder with the same content is compiled once."""
    return _compiled(pack, pack.kept_in)


@lru_cache(maxsize=64)
def _compiled(pack: Pack, kept_in: Path | None) -> CompiledPack:
    if pack.bundle is not None:
        raise ValueError(f"{pack.name} is not ours: its templates are for another process.")
    texts = {f"{FILES}/{file.path}": file.text for file in pack.sources if file.text is not None}
    texts |= pack.shared
    code = KeptCode(kept_in, pack.digest)
    environment = PackEnvironment(texts, code=code)
    # Jinja2 ends all lines of a template alike, so files from Windows need another environment.
    windows = PackEnvironment(texts, newline="\r\n", code=code)

    @cache
    def path_part(name: str) -> PathPart:
        # Files of one folder share the folder's template, which is then rendered once for all.
        return environment.from_string(name) if has_marks(name) else name

    return CompiledPack(
        pack=pack,
        expressions=Expressions(environment, f"{pack.name}/{MANIFEST}"),
        files=tuple(
            _compiled_file(
                pack, file, rules, windows if _has_windows_lines(file) else environment, path_part
            )
            for file, rules in zip(pack.sources, pack.rules, strict=True)
        ),
        built_in=dict(environment.globals),
        code=code,
    )


def has_marks(text: str) -> bool:
    """Whether Jinja2 would do anything to a text."""
    return any(mark in text for mark in _MARKS)


def _compiled_file(
    pack: Pack,
    source: SourceFile,
    rules: tuple[FileRule, ...],
    environment: PackEnvironment,
    path_part: Callable[[str], PathPart],
) -> CompiledFile:
    shown = f"{pack.name}/{FILES}/{source.path}"
    is_copied = source.text is None or any(rule.copy for rule in rules)

    def load() -> Template | None:
        if is_copied or not has_marks(source.text or ""):
            return None
        return _guarded(shown, lambda: environment.get_template(f"{FILES}/{source.path}"))

    def load_path() -> tuple[PathPart, ...]:
        return _guarded(shown, lambda: tuple(map(path_part, source.path.split("/"))))

    return CompiledFile(source=source, shown=shown, rules=rules, load=load, load_path=load_path)


def _guarded(shown: str, load: Callable[[], _Loaded]) -> _Loaded:
    try:
        return load()
    except Exception as error:  # Compiling runs constant expressions, which can raise anything.
        raise template_error(error, shown) from error
