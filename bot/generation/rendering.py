"""A compiled pack and answers, made into files.

This is the hot path: 2,000 files cost at most half again what a bare loop over compiled
templates costs. So templates share one table of values, what has nothing to render is passed
through, and a file's size is counted batch by batch as it comes out of its template, so that
an endless one is stopped before it fills the memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from jinja2 import Template

from bot.core.limits import ProjectLimits
from bot.core.paths import check_path
from bot.generation.compiling import CompiledFile, CompiledPack
from bot.generation.expressions import Expressions
from bot.generation.files import GeneratedFile
from bot.generation.template_errors import template_error

_Values = dict[str, Any]
_Parts = dict[Template, str]

# How many pieces of a template's output are taken before their size is looked at.
_BATCH = 512


def render_pack(
    compiled: CompiledPack, answers: Mapping[str, object], limits: ProjectLimits
) -> Iterator[GeneratedFile]:
    """The files that a pack makes of complete answers, in the pack's own order.

    Raises:
        StepFailed: ``template_error``, naming the pack's file and line.
        UserError: ``bad_path``, ``too_large``, ``too_many_files``, as soon as that is known.
    """
    expressions = compiled.expressions
    values: _Values = {**compiled.built_in, **answers}
    for name, expression in compiled.pack.computed.items():
        values[name] = expressions.value(expression, values)
    origin = compiled.pack.origin
    known_parts: _Parts = {}
    count = size_bytes = 0
    for file in compiled.files:
        for scope in _scopes(file, values, expressions):
            path = _path(file, scope, known_parts if scope is values else {})
            if path is None:
                continue
            count += 1
            limits.check_count(count)
            content = _content(file, scope, limits, path)
            size_bytes += len(content)
            limits.check_total(size_bytes)
            yield GeneratedFile(path=path, content=content, mode=file.source.mode, origin=origin)


def _scopes(file: CompiledFile, values: _Values, expressions: Expressions) -> Iterator[_Values]:
    """What the file's templates see, once for each time that the file is made."""
    conditions = [rule.when for rule in file.rules if rule.when is not None]
    loop = next((rule for rule in file.rules if rule.each is not None), None)
    if loop is None or loop.each is None:
        scopes: Iterator[_Values] = iter((values,))
    else:
        items = expressions.items(loop.each, values)
        scopes = ({**values, loop.item_name: item} for item in items)
    for scope in scopes:
        if all(expressions.holds(condition, scope) for condition in conditions):
            yield scope


def _path(file: CompiledFile, scope: _Values, known: _Parts) -> str | None:
    """The rendered path; None if a part of it came out empty, which leaves the file out.

    Args:
        known: Parts that were rendered in this scope; what is rendered here is added.
    """
    if file.fixed_path is not None:
        return check_path(file.fixed_path)
    parts = []
    try:
        for part in file.path_parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            if part not in known:
                known[part] = "".join(_pieces(part, scope))
            parts.append(known[part])
    except Exception as error:  # A template can raise whatever Python can.
        raise template_error(error, file.shown) from error
    return check_path("/".join(parts)) if all(parts) else None


def _content(file: CompiledFile, scope: _Values, limits: ProjectLimits, path: str) -> bytes:
    template = file.template
    if template is None:
        limits.check_file(path, len(file.source.content))
        return file.source.content
    texts: list[str] = []
    size = 0
    try:
        pieces = _pieces(template, scope)
        while batch := list(islice(pieces, _BATCH)):
            texts.append("".join(batch))
            size += len(texts[-1])
            # Characters are at most as many as bytes, so this refuses nothing too early.
            limits.check_file(path, size)
    except Exception as error:  # A template can raise whatever Python can.
        raise template_error(error, file.shown) from error
    content = "".join(texts).encode("utf-8")
    limits.check_file(path, len(content))
    return content


def _pieces(template: Template, scope: _Values) -> Iterator[str]:
    # A shared context reads the values where they are instead of copying them for each file;
    # what a template sets stays in its own context.
    return template.root_render_func(template.new_context(scope, shared=True))
