"""Answers to a pack's questions as somebody types them: with the command, in a file, or asked."""

from __future__ import annotations

import getpass
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.generation.answers import AnswersRefused
    from bot.generation.generator import ProjectGenerator
    from bot.generation.pack_format import Pack, Question

_STANDARD_INPUT = "-"


def complete(
    generator: ProjectGenerator,
    pack: Pack,
    words: Sequence[str],
    file: str | None,
    defaults: Mapping[str, object],
    *,
    called: str,
) -> Mapping[str, object]:
    """Answers of which none is missing; on a terminal, what is missing is asked for.

    Args:
        words: ``key=value`` each; they win over those of the file.
        file: A YAML or JSON mapping, ``-`` for standard input.
        defaults: What the place suggests.
        called: How the pack was named, for commands that are told.

    Raises:
        UserError: with everything that is missing or does not fit, and how to give it.
    """
    from bot.generation.answers import AnswersRefused

    given = {**_from_file(file), **_from_words(words)}
    while True:
        try:
            generator.answers(pack, given, defaults)
        except AnswersRefused as refused:
            missing = _to_ask(pack, refused)
            if not missing or not _is_terminal():
                raise _explained(pack, refused, called) from refused
            given[missing.name] = _asked(missing)
        else:
            return given


def _from_words(words: Sequence[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise UserError(
                f"{word!r} is no answer.",
                reason="usage",
                remedy="Answers are written key=value, such as name=orders.",
            )
        if key in found:
            raise UserError(f"{key} is answered twice.", reason="usage")
        found[key] = value
    return found


def _from_file(file: str | None) -> Mapping[str, object]:
    from bot.core.located import plain
    from bot.located_yaml import read_yaml

    if file is None:
        return {}
    try:
        content = sys.stdin.buffer.read() if file == _STANDARD_INPUT else Path(file).read_bytes()
    except OSError as error:
        words = f"{file} cannot be read: {error.strerror}."
        raise UserError(words, reason="unreadable_file") from error
    answers = plain(read_yaml(content, reason="bad_answer", source=file))
    if not isinstance(answers, dict):
        raise UserError(f"{file} has to hold a mapping (question: answer).", reason="bad_answer")
    # A version such as 3.12 without quotes is a number to YAML, and a text to whoever wrote it.
    return {
        name: str(value) if isinstance(value, float) else value for name, value in answers.items()
    }


def _to_ask(pack: Pack, refused: AnswersRefused) -> Question | None:
    """The first question whose answer is missing, if nothing else is wrong."""
    if any(problem.reason != "missing_answer" for problem in refused.problems):
        return None
    return pack.question(refused.problems[0].question)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asked(question: Question) -> object:
    """An answer that fits by itself, asked for until there is one."""
    from bot.generation.coercion import coerce

    told = f" ({question.help})" if question.help else ""
    choices = f" [{', '.join(question.choices)}]" if question.choices else ""
    prompt = f"{question.name}{told}{choices}: "
    while True:
        # Standard output is for what comes of it.
        print(prompt, end="", file=sys.stderr, flush=True)
        answer = getpass.getpass("", stream=sys.stderr) if question.secret else input()
        try:
            if answer.strip():
                coerce(question, answer)
                return answer
        except ValueError as error:
            print(f"  {question.name} {error}", file=sys.stderr)


def _explained(pack: Pack, refused: AnswersRefused, called: str) -> UserError:
    lines = [f"{pack.name} cannot be made from these answers:"]
    lines += [f"  {problem.question} {problem.message}" for problem in refused.problems]
    missing = [
        f"{problem.question}=…"
        for problem in refused.problems
        if problem.reason == "missing_answer"
    ]
    how = f"Give {' '.join(missing)} behind the pack, or --answers FILE. " if missing else ""
    return UserError(
        "\n".join(lines),
        reason=refused.reason,
        remedy=f"{how}`firstcommit packs show {shlex.quote(called)}` tells what it asks for.",
    )
