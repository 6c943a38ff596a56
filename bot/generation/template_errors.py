"""Faults of templates, told with the pack's file and line."""

from __future__ import annotations

from types import TracebackType

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError, UndefinedError

from bot.errors import BotError, StepFailed


class TemplateFailed(StepFailed):
    """A template that failed, with its place: ``line`` counts from 1, or is not known."""

    def __init__(
        self, message: str, *, source: str, line: int | None, said: str, reason: str, remedy: str
    ) -> None:
        super().__init__(message, reason=reason, remedy=remedy)
        self.source, self.line, self.said = source, line, said


def template_error(
    error: Exception, source: str, line: int | None = None, place: str = ""
) -> BotError:
    """The error to raise for what happened in a template.

    An error of our own (a limit that was reached) is given back as it is.

    Args:
        source: The template's file, as ``PACK/files/PATH``.
        line: The line, if the caller knows better than the traceback.
        place: What the template is for, in words: ``question port, when``.
    """
    if isinstance(error, BotError):
        return error
    inner_source, inner_line = _place(error)
    if line is None:
        line = inner_line
        # An included text has a name of its own, and the line counts from there.
        source = inner_source or source
    where = f"{source}, line {line}" if line else source
    if place:
        where = f"{where}: {place}"
    said = _said(error).rstrip(".")
    return TemplateFailed(
        f"{where}: {said}.",
        reason="template_error",
        remedy=_FORGES_OWN if isinstance(error, UndefinedError | TemplateSyntaxError) else _MEND,
        source=source,
        line=line,
        said=f"{place}: {said}" if place else said,
    )


_MEND = "Mend the pack: `firstcommit packs check FOLDER` tells all that is wrong with it."
_FORGES_OWN = "Mend the pack; a forge's own ${{ … }} needs {% raw %} … {% endraw %} around it."


def _said(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no text {str(error.name)[:120]!r} to take in"
    return str(error).strip() or type(error).__name__


def _place(error: Exception) -> tuple[str, int | None]:
    """The included template's name, if it was one, and the line."""
    if isinstance(error, TemplateSyntaxError):
        return _included(error.name), error.lineno
    place: tuple[str, int | None] = ("", None)
    step: TracebackType | None = error.__traceback__
    while step is not None:
        template = step.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template):
            place = (_included(template.name), template.get_corresponding_lineno(step.tb_lineno))
        step = step.tb_next
    return place


def _included(name: str | None) -> str:
    return name if name and name.startswith("_") else ""
