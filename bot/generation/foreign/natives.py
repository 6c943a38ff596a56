"""The child's side of packs in our own format."""

from __future__ import annotations

from pathlib import Path

from bot.core.git_values import TreeFile
from bot.core.limits import ProjectLimits
from bot.generation.answers import (
    asked_answers,
    kept_answers,
    resolve_answers,
    veiled_answers,
)
from bot.generation.compiling import compile_pack
from bot.generation.foreign.orders import Made, Order, Resolved
from bot.generation.pack_format import Expression, Question
from bot.generation.pack_reading import read_pack
from bot.generation.rendering import render_pack


class NativePack:
    """A pack with a ``pack.yaml``."""

    def __init__(self, folder: Path, order: Order) -> None:
        self._order = order
        self._pack = read_pack(folder, order.shared)

    def describe(self, *, thoroughly: bool) -> dict[str, object]:
        """What its ``pack.yaml`` says."""
        pack = self._pack
        if thoroughly:
            compile_pack(pack).load()
        return {
            "version": pack.version,
            "summary": pack.summary,
            "tags": pack.tags,
            "questions": [question_data(question) for question in pack.questions],
            "naming": "name",
            "skip_on_update": pack.skip_on_update,
            "checks": [{"name": check.name, "run": check.run} for check in pack.checks],
            "toolchain": dict(pack.toolchain),
            "limits": dict(pack.limits),
        }

    def resolve(self) -> Resolved:
        """The answers, without those of questions that are not asked."""
        return self._told(resolve_answers(self._pack, self._order.given, self._order.suggested))

    def make(self) -> Made:
        """The files, within what the pack and the operator allow."""
        answers = resolve_answers(self._pack, self._order.given, self._order.suggested)
        resolved = self._told(answers)
        if self._order.veiled:
            answers = veiled_answers(self._pack, answers)
        limits = ProjectLimits(**self._order.limits).of_pack(self._pack.limits, ProjectLimits())
        files = tuple(
            TreeFile(path=file.path, content=file.content, mode=file.mode)
            for file in render_pack(compile_pack(self._pack), answers, limits)
        )
        return Made(resolved=resolved, files=files)

    def _told(self, answers: dict[str, object]) -> Resolved:
        return Resolved(
            values=asked_answers(self._pack, answers),
            kept=tuple(kept_answers(self._pack, answers)),
        )


def question_data(question: Question) -> dict[str, object]:
    """A question as plain data, from which `description` makes it again."""
    plain = question.default
    template = plain.text if isinstance(plain, Expression) else None
    return {
        "name": question.name,
        "type": question.type,
        "line": question.line,
        "help": question.help,
        "default": None if template is not None or question.secret else plain,
        "template": None if question.secret else template,
        "has_default": plain is not None,
        "choices": question.choices,
        "pattern": question.pattern,
        "required": question.required,
        "secret": question.secret,
        "when": question.when.text if question.when else None,
    }
