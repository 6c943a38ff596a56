"""What a pack's templates refer to, found by reading them: nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.exceptions import TemplateError

from bot.core.located import Problem, nearest
from bot.generation.pack_format import Expression, Pack, SourceFile
from bot.generation.pack_reading import FILES, MANIFEST
from bot.generation.sandbox import BUILT_IN_NAMES, PackEnvironment

#: What the bot itself makes use of, whether a template does or not.
_USED_BY_THE_BOT = frozenset(["name", "description"])
_DATA, _BEGIN = "data", "variable_begin"
_RAW = "put a forge's own ${{ … }} between {% raw %} and {% endraw %}"

Found = tuple[tuple[Problem, ...], tuple[Problem, ...]]


def template_problems(pack: Pack) -> Found:
    """What is wrong with a pack's templates, and what is doubtful."""
    reading = _Reading(pack)
    reading.manifest()
    for source, rules in zip(pack.sources, pack.rules, strict=True):
        items = frozenset(rule.item_name for rule in rules if rule.each is not None)
        copied = source.text is None or any(rule.copy for rule in rules)
        reading.file(source, items, is_copied=copied)
    if not reading.wrong:
        # What could not be read may well use an answer.
        reading.unused()
    return tuple(reading.wrong), tuple(reading.doubtful)


@dataclass(frozen=True, kw_only=True)
class _Text:
    """A template and where it stands; places count from ``line`` and ``column``."""

    text: str
    source: str
    place: str = ""
    line: int = 1
    column: int | None = None

    def problem(self, message: str, line: int, column: int | None = None) -> Problem:
        """A problem in a line of the template, counted from 1."""
        # Of what stands within YAML, only the beginning is known for sure.
        at = (self.line, self.column) if self.column is not None else (line, column)
        return Problem(
            line=at[0], column=at[1], place=self.place, message=message, source=self.source
        )


@dataclass
class _Reading:
    """One walk through a pack."""

    pack: Pack
    wrong: list[Problem] = field(default_factory=list)
    doubtful: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.environment = PackEnvironment({})
        self.known = frozenset(self._names()) | BUILT_IN_NAMES

    def manifest(self) -> None:
        """All templates of ``pack.yaml``; each may use what was asked or computed before it."""
        before: set[str] = set()
        for question in self.pack.questions:
            for one in (question.when, question.default):
                if isinstance(one, Expression):
                    self.expression(one, before)
            before.add(question.name)
            if question.validator is not None:
                self.expression(question.validator, before)
        for name, expression in self.pack.computed.items():
            self.expression(expression, before)
            before.add(name)
        for rule in dict.fromkeys(rule for rules in self.pack.rules for rule in rules):
            if rule.each is not None:
                self.expression(rule.each, before)
            if rule.when is not None:
                # Whatever its files are repeated for is known to its condition.
                self.expression(rule.when, before | self._items_beside(rule))

    def expression(self, expression: Expression, before: Iterable[str]) -> None:
        """A template of ``pack.yaml``, which knows what stands before it."""
        text = _Text(
            text=expression.text,
            source=f"{self.pack.name}/{MANIFEST}",
            place=expression.place,
            line=expression.line,
            column=expression.column,
        )
        self.template(text, frozenset(before) | BUILT_IN_NAMES)

    def file(self, source: SourceFile, items: frozenset[str], *, is_copied: bool) -> None:
        """The path and the text of a file."""
        known = self.known | items
        shown = f"{self.pack.name}/{FILES}/{source.path}"
        for part in source.path.split("/"):
            self.template(_Text(text=part, source=shown, place="path"), known)
        if not is_copied:
            self.template(_Text(text=source.text or "", source=shown), known)

    def _lost(self, tree: nodes.Template) -> Iterator[tuple[str, int]]:
        """The filters and tests that there are not. Within a condition nobody misses them yet."""
        environment = self.environment
        for one in tree.find_all((nodes.Filter, nodes.Test)):
            is_filter = isinstance(one, nodes.Filter)
            known = environment.filters if is_filter else environment.tests
            if one.name not in known:
                kind = "filter" if is_filter else "test"
                yield f"No {kind} named {one.name!r}{nearest(one.name, known)}", one.lineno

    def template(self, text: _Text, known: frozenset[str], depth: int = 0) -> None:
        """A template that sees these names, and what it takes in."""
        try:
            # Compiling tells of more than parsing; it runs nothing.
            tree = self.environment.parse(text.text)
            lost = tuple(self._lost(tree))
            self.wrong += [text.problem(said, line) for said, line in lost]
            if lost:
                return
            self.environment.compile(self.environment.parse(text.text))
        except TemplateSyntaxError as error:
            self.wrong.append(text.problem(_said(error), error.lineno))
            return
        except (TemplateError, ArithmeticError, ValueError, TypeError) as error:
            self.wrong.append(text.problem(_said(error), 1))
            return
        self._forges_own(text, known)
        names = meta.find_undeclared_variables(tree)
        self.used |= names
        for name in sorted(names - known - set(_optional(tree))):
            self.wrong.append(self._undefined(text, tree, name, known))
        stored = {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
        if depth < 5:
            self._included(text, tree, known | stored, depth)

    def unused(self) -> None:
        """Questions whose answer makes no difference."""
        for question in self.pack.questions:
            if question.name not in self.used | _USED_BY_THE_BOT:
                self.doubtful.append(
                    Problem(
                        line=question.line,
                        column=question.column,
                        place=f"question {question.name}",
                        message="its answer is used nowhere",
                        source=f"{self.pack.name}/{MANIFEST}",
                    )
                )

    def _included(
        self, text: _Text, tree: nodes.Template, known: frozenset[str], depth: int
    ) -> None:
        for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            name = getattr(node, "template", None)
            if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
                # Which text it is, answers decide: what any of them uses may be used.
                self._use_all()
                continue
            content = self._texts.get(name.value)
            if content is not None and isinstance(node, nodes.Include):
                self.template(_Text(text=content, source=name.value), known, depth + 1)
            elif content is None and not getattr(node, "ignore_missing", False):
                hint = nearest(name.value, self._texts)
                words = f"there is no text {name.value[:120]!r} to take in{hint}"
                self.wrong.append(text.problem(words, node.lineno))

    def _use_all(self) -> None:
        for content in self._texts.values():
            with suppress(TemplateError):
                self.used |= meta.find_undeclared_variables(self.environment.parse(content))

    def _undefined(
        self, text: _Text, tree: nodes.Template, name: str, known: frozenset[str]
    ) -> Problem:
        line = next((one.lineno for one in tree.find_all(nodes.Name) if one.name == name), 1)
        found = re.search(rf"\b{re.escape(name)}\b", (text.text.splitlines() or [""])[line - 1])
        later = "; it is asked or worked out further down" if name in self.known else ""
        hint = later or nearest(name, known) or f"; {_RAW}" * (f"${{{{ {name}" in text.text)
        return text.problem(
            f"{name!r} is undefined{hint}", line, found.start() + 1 if found else None
        )

    def _forges_own(self, text: _Text, known: frozenset[str]) -> None:
        """``${{ … }}`` that Jinja2 takes for its own."""
        before = ""
        for line, kind, value in self.environment.lex(text.text):
            if kind == _BEGIN and before.endswith("$"):
                self.doubtful.append(
                    text.problem(f"$ before a value that is filled in; {_RAW}", line)
                )
            before = value if kind == _DATA else ""

    def _names(self) -> Iterator[str]:
        yield from (question.name for question in self.pack.questions)
        yield from self.pack.computed

    def _items_beside(self, rule: object) -> set[str]:
        return {
            other.item_name
            for rules in self.pack.rules
            if rule in rules
            for other in rules
            if other.each is not None
        }

    @property
    def _texts(self) -> dict[str, str]:
        own = {f"{FILES}/{one.path}": one.text for one in self.pack.sources if one.text is not None}
        return {**own, **self.pack.shared}


def _optional(tree: nodes.Template) -> Iterator[str]:
    """Names that a template asks about before it uses them, or has something else for."""
    for test in tree.find_all(nodes.Test):
        if test.name in ("defined", "undefined") and isinstance(test.node, nodes.Name):
            yield test.node.name
    for one in tree.find_all(nodes.Filter):
        if one.name in ("default", "d") and isinstance(one.node, nodes.Name):
            yield one.node.name


def _said(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).rstrip(".")
