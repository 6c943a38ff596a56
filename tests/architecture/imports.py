"""Who imports whom, read from the source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.parts import ROOT


@dataclass(frozen=True, kw_only=True)
class Module:
    """One file of ``bot/``."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    def at(self, line: int) -> str:
        return f"{self.path.relative_to(ROOT)}:{line}"


@dataclass(frozen=True, kw_only=True)
class Import:
    """``importer`` names ``imported``, a module as far as that can be told."""

    importer: Module
    imported: str
    line: int

    def breaks(self, rule: str) -> str:
        return f"{self.importer.at(self.line)}: imports {self.imported}; {rule}"


def within(name: str, prefix: str) -> bool:
    """Whether ``name`` is the module ``prefix`` or lies in it."""
    return name == prefix or name.startswith(prefix + ".")


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the program."""
    return tuple(_read(path) for path in sorted((ROOT / "bot").rglob("*.py")))


@cache
def imports() -> tuple[Import, ...]:
    """Every import of the program, those inside functions and for types too."""
    known = {module.name for module in modules()}
    return tuple(
        Import(importer=module, imported=imported, line=line)
        for module in modules()
        for imported, line in _imports_of(module, known)
    )


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name=name, path=path, tree=ast.parse(path.read_text("utf-8"), str(path)))


def _imports_of(module: Module, known: set[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            source = _source(module, node)
            # `from bot.store import port` names the module, not something inside it.
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield inner if inner in known else source, node.lineno


def _source(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    up = node.level - 1 if module.is_package else node.level
    package = package[: len(package) - up]
    return ".".join([*package, *([node.module] if node.module else [])])
