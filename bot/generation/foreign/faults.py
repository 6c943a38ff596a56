"""What goes wrong in other tools, told in our words; the child's side."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from jinja2 import Template, TemplateSyntaxError

from bot.errors import BotError, StepFailed, UserError
from bot.generation.answers import AnswerProblem
from bot.generation.foreign.orders import Order

_LONGEST = 600


class Problems(Exception):
    """Answers that do not fit, all of them at once."""

    def __init__(self, problems: list[AnswerProblem]) -> None:
        super().__init__("The answers do not fit.")
        self.problems = problems


def problem(question: str, message: str, reason: str = "bad_answer") -> AnswerProblem:
    """One of them."""
    return AnswerProblem(question=question, reason=reason, message=message[:_LONGEST])


def told(error: Exception, where: str) -> BotError:
    """The error to raise for what happened in a tool or a template.

    Args:
        where: The file that was at work; a template in the error's own past knows better.
    """
    if isinstance(error, BotError):
        return error
    place = _plain(_place(error)) or where
    said = _plain(str(error)) or type(error).__name__
    return StepFailed(
        f"{place}: {said[:_LONGEST].rstrip('.')}.",
        reason="template_error",
        remedy="Mend the template; what it may do here is what its own tool lets it do untrusted.",
    )


def wants_code(order: Order, what: str) -> UserError:
    """The refusal of a template that would have code of its own run."""
    return UserError(
        f"{order.name} has {what} of its own, which would be run as code.",
        reason="template_wants_code",
    )


def _place(error: Exception) -> str:
    """The template's file and line, where one is to blame."""
    if isinstance(error, TemplateSyntaxError):
        return _line(error.filename or error.name, error.lineno)
    place = ""
    step: TracebackType | None = error.__traceback__
    while step is not None:
        template = step.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template) and template.name:
            place = _line(template.name, template.get_corresponding_lineno(step.tb_lineno))
        step = step.tb_next
    return place


def _plain(text: str) -> str:
    """In one line, and without where things lie on this machine."""
    here = str(Path.cwd())
    return " ".join(text.replace(f"{here}/template/", "").replace(here, "").split())


def _line(name: str | None, line: int) -> str:
    return f"{name}, line {line}" if name and name != "<unknown>" else ""
