"""Template packs as data: their questions, files and limits, and what would be made of them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from bot.core.limits import ProjectLimits
from bot.file_kinds import look_at
from bot.generation.answers import AnswerProblem
from bot.generation.compiling import has_marks
from bot.generation.files import GeneratedFile, GeneratedProjectFiles
from bot.generation.pack_format import (
    Expression,
    FileRule,
    Pack,
    Question,
    QuestionType,
    SourceFile,
)


class PackAnswer(BaseModel):
    """A template pack, as lists show it."""

    name: str
    version: str
    summary: str
    tags: list[str]
    questions: int = Field(description="How many it has.")
    source: str | None = Field(description="Where it lies; null for one that ships.")
    commit: str | None = Field(description="At which commit; null for one that ships.")


class PackPage(BaseModel):
    """Some template packs, by name."""

    items: list[PackAnswer]
    next: str | None


class QuestionAnswer(BaseModel):
    """A question of a pack."""

    name: str
    type: QuestionType
    help: str
    required: bool = Field(description="Whether it needs an answer that is not empty.")
    secret: bool = Field(description="Whether its answer is never shown again.")
    choices: list[str]
    pattern: str = Field(description="A regular expression that has to match all of the answer.")
    default: Any = Field(description="Null where there is none, or it is made of other answers.")
    default_template: str | None = Field(description="What it is then made by.")
    when: str | None = Field(description="A template over earlier answers: whether it is asked.")


class PackFileAnswer(BaseModel):
    """A file of a pack, before anything is made of it."""

    path: str = Field(description="With templates still in it.")
    size: int
    mode: str = Field(description="As git writes it: `100644`, or `100755`.")
    copied: bool = Field(description="Byte for byte, with nothing rendered.")
    when: list[str] = Field(description="Templates that all have to hold.")
    each: str | None = Field(description="A template for a list; one file is made for each item.")


class PackCheckAnswer(BaseModel):
    """A command that the generated project passes."""

    name: str
    run: list[str]


class LimitsAnswer(BaseModel):
    """How large a project may become."""

    files: int
    file_bytes: int
    project_bytes: int


class WholePackAnswer(BaseModel):
    """A template pack with all that it says."""

    name: str
    version: str
    summary: str
    tags: list[str]
    digest: str = Field(description="SHA-256 over all of the pack, in hex.")
    source: str | None = Field(description="Where it lies; null for one that ships.")
    commit: str | None = Field(description="At which commit; null for one that ships.")
    questions: list[QuestionAnswer]
    files: list[PackFileAnswer]
    skip_on_update: list[str]
    checks: list[PackCheckAnswer]
    limits: LimitsAnswer


class AnswerProblemAnswer(BaseModel):
    """What is wrong with an answer."""

    question: str = Field(description="Empty where it is no single one.")
    reason: str
    message: str


class CheckedAnswers(BaseModel):
    """Whether a project can be made from some answers."""

    valid: bool
    answers: dict[str, Any] | None = Field(
        description="All of them, with what is assumed and without secrets; null if not valid."
    )
    problems: list[AnswerProblemAnswer]


class PreviewFile(BaseModel):
    """A file that would be made."""

    path: str
    type: str
    size: int
    mode: str = Field(description="As git writes it: `100644`, or `100755`.")


class PreviewContent(BaseModel):
    """What would stand in one file."""

    path: str
    text: str | None = Field(description="Null where it is no text.")


class PreviewAnswer(BaseModel):
    """What would be made; where a secret would stand, there is a stand-in."""

    valid: bool
    problems: list[AnswerProblemAnswer]
    files: list[PreviewFile]
    total_size: int
    content: PreviewContent | None


def pack_shape(pack: Pack) -> dict[str, object]:
    """A pack as lists show it."""
    return {
        "name": pack.name,
        "version": pack.version,
        "summary": pack.summary,
        "tags": list(pack.tags),
        "questions": len(pack.questions),
        "source": pack.source.shown if pack.source else None,
        "commit": pack.source.commit if pack.source else None,
    }


def whole_shape(pack: Pack, ceilings: ProjectLimits) -> dict[str, object]:
    """A pack with its questions and files."""
    limits = ceilings.of_pack(pack.limits, ProjectLimits())
    return {
        **pack_shape(pack),
        "digest": pack.digest,
        "questions": [_question(question) for question in pack.questions],
        "files": [
            _source(source, rules) for source, rules in zip(pack.sources, pack.rules, strict=True)
        ],
        "skip_on_update": list(pack.skip_on_update),
        "checks": [{"name": check.name, "run": list(check.run)} for check in pack.checks],
        "limits": {
            "files": limits.files,
            "file_bytes": limits.file_bytes,
            "project_bytes": limits.project_bytes,
        },
    }


def problem_shape(problem: AnswerProblem) -> dict[str, object]:
    """What is wrong with one answer."""
    return {
        "question": problem.question,
        "reason": problem.reason,
        "message": problem.message,
    }


def preview_shape(made: GeneratedProjectFiles, shown: GeneratedFile | None) -> dict[str, object]:
    """What would be made, with the text of one file."""
    return {
        "valid": True,
        "problems": [],
        "files": [_made(file) for file in made.files],
        "total_size": made.files.total_size,
        "content": None if shown is None else {"path": shown.path, "text": shown.text},
    }


def _question(question: Question) -> dict[str, object]:
    default = question.default
    is_made = isinstance(default, Expression)
    return {
        "name": question.name,
        "type": str(question.type),
        "help": question.help,
        "required": question.required,
        "secret": question.secret,
        "choices": list(question.choices),
        "pattern": question.pattern,
        "default": None if is_made or question.secret else default,
        "default_template": default.text if isinstance(default, Expression) else None,
        "when": question.when.text if question.when else None,
    }


def _source(source: SourceFile, rules: tuple[FileRule, ...]) -> dict[str, object]:
    is_plain = source.text is None or not has_marks(source.text)
    return {
        "path": source.path,
        "size": len(source.content),
        "mode": f"{source.mode:o}",
        "copied": is_plain or any(rule.copy for rule in rules),
        "when": [rule.when.text for rule in rules if rule.when is not None],
        "each": next((rule.each.text for rule in rules if rule.each is not None), None),
    }


def _made(file: GeneratedFile) -> dict[str, object]:
    return {
        "path": file.path,
        "type": look_at(file.path.rpartition("/")[2], file.content).type,
        "size": file.size,
        "mode": f"{file.mode:o}",
    }
