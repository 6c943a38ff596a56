"""Cookiecutter kept within Jinja2's sandbox, and below one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cookiecutter.generate as generating
from cookiecutter.environment import StrictEnvironment
from jinja2.sandbox import SandboxedEnvironment

from bot.core.paths import bad_path


class _Boxed(StrictEnvironment, SandboxedEnvironment):  # type: ignore[misc]
    """Cookiecutter's own, in the sandbox that Jinja2 has."""


def environment_for(context: Mapping[str, Any], *, trusted: bool) -> Any:
    """What its templates are rendered in, as the template's own file asks for it."""
    given = context.get("cookiecutter", {}).get("_jinja2_env_vars", {})
    kind = StrictEnvironment if trusted else _Boxed
    return kind(context=context, keep_trailing_newline=True, **given)


@contextmanager
def guarded(output: Path, *, trusted: bool) -> Iterator[None]:
    """Have Cookiecutter render in our environment, and write below one folder only."""
    make_folder, make_file = generating.render_and_create_dir, generating.generate_file
    make_environment = generating.create_env_with_context
    generating.create_env_with_context = lambda context: environment_for(context, trusted=trusted)

    def folder(dirname: Any, context: Any, base: Any, environment: Any, *rest: Any) -> Any:
        rendered = environment.from_string(str(dirname)).render(**context)
        _refuse_outside(output, Path(base) / rendered)
        return make_folder(dirname, context, base, environment, *rest)

    def file(project: Any, infile: str, context: Any, environment: Any, *rest: Any) -> Any:
        rendered = environment.from_string(infile).render(**context)
        # A file whose name comes out empty is left out.
        if rendered and os.path.normpath(rendered) != ".":
            _refuse_outside(Path(project), Path(project) / rendered)
        try:
            return make_file(project, infile, context, environment, *rest)
        except Exception as exc:
            exc.__dict__.setdefault("at", infile)
            raise

    generating.render_and_create_dir = folder
    generating.generate_file = file
    try:
        yield
    finally:
        generating.render_and_create_dir = make_folder
        generating.generate_file = make_file
        generating.create_env_with_context = make_environment


def _refuse_outside(folder: Path, path: Path) -> None:
    there = os.path.normpath(path)
    if not there.startswith(f"{os.path.normpath(folder)}{os.sep}"):
        raise bad_path(os.path.relpath(there, folder), "leads out of the project")


def refuse_stray(output: Path, project: Path) -> None:
    """What lies beside the project would be lost without a word."""
    for root, folders, files in os.walk(output):
        here = Path(root)
        if here == project:
            folders.clear()
            continue
        for name in files:
            raise bad_path((here / name).relative_to(output).as_posix(), "leads out of the project")
