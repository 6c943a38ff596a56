"""Templates inside ``pack.yaml``: defaults, conditions, computed values and lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from jinja2 import Template, Undefined, nodes

from bot.errors import BotError
from bot.generation.pack_format import Expression
from bot.generation.sandbox import PackEnvironment
from bot.generation.template_errors import template_error

_WHOLE = re.compile(r"\s*\{\{[-+]?(.*?)[-+]?\}\}\s*", re.DOTALL)
_TRUE = frozenset(["true", "yes", "on", "1"])
_FALSE = frozenset(["false", "no", "off", "0", "none", "null", "[]", ""])

_Evaluate = Callable[[Mapping[str, object]], object]


class Expressions:
    """Evaluates the templates of one pack, each compiled once."""

    def __init__(self, environment: PackEnvironment, source: str) -> None:
        """Args:
        source: The name of the ``pack.yaml`` in messages.
        """
        self._environment = environment
        self._source = source
        self._compiled: dict[str, _Evaluate] = {}

    def value(self, expression: Expression, values: Mapping[str, object]) -> object:
        """What a template gives: of its own type if it is one ``{{ … }}``, else text.

        Raises:
            StepFailed: with reason ``template_error``, naming file and line.
        """
        try:
            evaluate = self._compiled.get(expression.text)
            if evaluate is None:
                evaluate = self._compiled[expression.text] = self._compile(expression.text)
            return evaluate(values)
        except Exception as error:  # A template can raise whatever Python can.
            raise self._fault(error, expression) from error

    def holds(self, expression: Expression, values: Mapping[str, object]) -> bool:
        """Whether a condition holds; text counts by what it says, so ``"false"`` does not."""
        value = self.value(expression, values)
        if not isinstance(value, str):
            return bool(value)
        word = value.strip().lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        # A bare "{{ description }}" asks whether there is one; other text is a slip.
        if _WHOLE.fullmatch(expression.text):
            return True
        said = ValueError(f"the condition is neither true nor false: {word[:40]!r}")
        raise self._fault(said, expression)

    def items(self, expression: Expression, values: Mapping[str, object]) -> list[object]:
        """The items of a list to repeat over."""
        value = self.value(expression, values)
        if not isinstance(value, (list, tuple)):
            said = ValueError("'each' has to give a list, as in \"{{ modules }}\"")
            raise self._fault(said, expression)
        return list(value)

    def _fault(self, error: Exception, expression: Expression) -> BotError:
        return template_error(error, self._source, expression.line, expression.place)

    def _compile(self, text: str) -> _Evaluate:
        inner = self._single(text)
        if inner is None:
            return self._environment.from_string(text).render
        return _single_value(self._environment.from_string(_as_statement(inner)))

    def _single(self, text: str) -> str | None:
        """What stands between the braces, if the text is one ``{{ … }}`` and nothing else."""
        whole = _WHOLE.fullmatch(text)
        if whole is None:
            return None
        if self._environment.is_kept(_as_statement(whole[1])):
            return whole[1]
        body = self._environment.parse(text.strip()).body
        is_single = (
            len(body) == 1
            and isinstance(body[0], nodes.Output)
            and len(body[0].nodes) == 1
            and not isinstance(body[0].nodes[0], nodes.TemplateData)
        )
        return whole[1] if is_single else None


def _as_statement(expression: str) -> str:
    # As a template of its own it can be kept compiled, which Jinja2's expressions cannot.
    return f"{{% set result = ({expression}) %}}"


def _single_value(template: Template) -> _Evaluate:
    def evaluate(values: Mapping[str, object]) -> object:
        context = template.new_context(dict(values))
        for _ in template.root_render_func(context):
            pass
        return _defined(context.vars["result"])

    return evaluate


def _defined(value: object) -> object:
    if isinstance(value, Undefined):
        str(value)  # A strict undefined raises here, with its own words.
    return value
