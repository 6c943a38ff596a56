"""From the words of an expression to its nodes. From the loosest to the tightest:

``or`` · ``and`` · ``not`` · comparisons, which do not chain · ``default`` · literals, lists,
paths and what stands in parentheses. Nothing can be called.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.core.expression_tokens import END, Token, tokens
from bot.core.expressions import (
    Compare,
    Default,
    Expression,
    ListOf,
    Literal,
    Logic,
    Mistake,
    Not,
    Part,
    Path,
)
from bot.core.located import nearest

#: What a path may begin with, how many names must follow at least, and how it is written.
ROOTS = {
    "inputs": (1, "inputs.NAME"),
    "steps": (2, "steps.ID.OUTPUT"),
    "item": (0, "item"),
    "index": (0, "index"),
    "result": (1, "result.OUTPUT"),
    "secrets": (1, "secrets.NAME"),
}
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_WORDS = frozenset({"and", "or", "not", "in", "default"})
#: Parentheses and lists within each other: more than anybody can read.
_DEEPEST = 20


def parse_expression(text: str, start: int) -> tuple[Expression, int]:
    """The expression that begins at a character, and the character behind its ``}}``.

    Raises:
        Mistake: Where it is none.
    """
    words = tokens(text, start)
    parser = _Parser(words)
    return parser.whole(), words[-1].end


class _Parser:
    """Reads forward through the words, one method a level of the grammar."""

    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0
        self._depth = 0
        self._secrets: list[Path] = []

    def whole(self) -> Expression:
        """All of it, with nothing left over."""
        expression = self._either()
        if not self._is(END):
            raise self._unexpected("the end of the reference, '}}'")
        for path in self._secrets:
            if path is not expression:
                raise Mistake("a secret stands alone: nothing is computed of it", path.position)
        return expression

    def _either(self) -> Expression:
        return self._joined("or", self._both)

    def _both(self) -> Expression:
        return self._joined("and", self._negated)

    def _joined(self, word: str, operand: Callable[[], Expression]) -> Expression:
        begin = self._here.position
        operands = [operand()]
        while self._take(word):
            operands.append(operand())
        if len(operands) == 1:
            return operands[0]
        return Logic(operator=word, operands=tuple(operands), position=begin)

    def _negated(self) -> Expression:
        begin, times = self._here.position, 0
        while self._take("not"):
            times += 1
        operand = self._compared()
        return Not(operand=operand, times=times, position=begin) if times else operand

    def _compared(self) -> Expression:
        left = self._defaulted()
        position = self._here.position
        operator = self._comparison()
        if operator is None:
            return left
        right = self._defaulted()
        position_behind = self._here.position
        if self._comparison() is not None:
            raise Mistake("comparisons do not chain; join them by 'and'", position_behind)
        return Compare(operator=operator, left=left, right=right, position=position)

    def _comparison(self) -> str | None:
        for operator in _COMPARISONS:
            if self._take(operator):
                return operator
        if not self._take("not"):
            return None
        if not self._take("in"):
            raise self._unexpected("'in' behind 'not'")
        return "not in"

    def _defaulted(self) -> Expression:
        begin = self._here.position
        choices = [self._primary()]
        while self._take("default"):
            choices.append(self._primary())
        return Default(choices=tuple(choices), position=begin) if choices[1:] else choices[0]

    def _primary(self) -> Expression:
        word = self._here
        if word.kind in ("text", "number"):
            self._at += 1
            return Literal(value=_constant(word), position=word.position)
        if word.kind == "name" and word.value not in _WORDS:
            self._at += 1
            if word.value in _CONSTANTS:
                return Literal(value=_CONSTANTS[word.value], position=word.position)
            return self._path(word)
        if self._take("("):
            return self._nested(word, self._in_parentheses)
        if self._take("["):
            return self._nested(word, lambda: self._items(word))
        raise self._unexpected("a value")

    def _nested(self, word: Token, inside: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Mistake(f"this is nested more than {_DEEPEST} deep", word.position)
        expression = inside()
        self._depth -= 1
        return expression

    def _in_parentheses(self) -> Expression:
        expression = self._either()
        self._expect(")")
        return expression

    def _items(self, begin: Token) -> Expression:
        items: list[Expression] = []
        while not self._take("]"):
            if items:
                self._expect(",")
            items.append(self._either())
        return ListOf(items=tuple(items), position=begin.position)

    def _path(self, root: Token) -> Expression:
        if root.value not in ROOTS:
            raise _unknown_root(root)
        parts: list[Part] = []
        while (part := self._part()) is not None:
            parts.append(part)
        if self._is("("):
            raise Mistake("there are no functions here, nothing is called", root.position)
        path = Path(root=root.value, parts=tuple(parts), position=root.position)
        self._check(path)
        return path

    def _part(self) -> Part | None:
        if self._take("."):
            word = self._here
            if word.kind != "name":
                raise self._unexpected("a name")
            self._at += 1
            return Part(name=word.value, position=word.position)
        if not self._take("["):
            return None
        word = self._here
        name = _constant(word) if word.kind in ("text", "number") else None
        if not isinstance(name, str | int) or (isinstance(name, int) and name < 0):
            raise self._unexpected("an item's number, from 0, or a name in quotes")
        self._at += 1
        self._expect("]")
        return Part(name=name, position=word.position)

    def _check(self, path: Path) -> None:
        """A path must come as far as a value, by names as far as these are the workflow's own."""
        fewest, form = ROOTS[path.root]
        if len(path.parts) < fewest:
            raise Mistake(f"{path.shown()!r} stops too early; write {form}", path.position)
        for part in path.parts[:fewest]:
            if isinstance(part.name, int):
                raise Mistake(f"a name is missing here; write {form}", part.position)
        if path.root == "secrets":
            self._secrets.append(path)
        if path.root in ("secrets", "index") and len(path.parts) > fewest:
            raise Mistake(f"{form!r} has no parts", path.parts[fewest].position)

    @property
    def _here(self) -> Token:
        return self._words[self._at]

    def _is(self, value: str) -> bool:
        return self._here.value == value and self._here.kind != "text"

    def _take(self, value: str) -> bool:
        """Go on behind a word if it stands here."""
        found = self._is(value)
        self._at += found
        return found

    def _expect(self, value: str) -> None:
        if not self._take(value):
            raise self._unexpected(repr(value))

    def _unexpected(self, wanted: str) -> Mistake:
        word = self._here
        found = "the end" if self._is(END) else repr(word.value[:40])
        return Mistake(f"expected {wanted}, not {found}", word.position)


def _constant(word: Token) -> str | int | float:
    """The value of a text, in which a doubled quote is a quote, or of a number."""
    if word.kind == "text":
        quote = word.value[0]
        return word.value[1:-1].replace(quote * 2, quote)
    return float(word.value) if "." in word.value else int(word.value)


def _unknown_root(word: Token) -> Mistake:
    near = nearest(word.value, [*ROOTS, *_CONSTANTS, *_WORDS])
    known = ", ".join(ROOTS)
    hint = near or f"; a path begins with one of {known}, and a text stands in quotes"
    return Mistake(f"{word.value[:40]!r} is nothing known here{hint}", word.position)
