"""A template pack as a value: what ``pack.yaml`` and ``files/`` say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.generation.foreign.bundle import Bundle


class QuestionType(StrEnum):
    """What kind of answer a question takes."""

    STRING = "string"
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    LIST = "list"
    SECRET = "secret"  # noqa: S105 - the name of a type


EMPTY_ANSWERS: Mapping[QuestionType, object] = MappingProxyType(
    {
        QuestionType.STRING: "",
        QuestionType.TEXT: "",
        QuestionType.INTEGER: None,
        QuestionType.BOOLEAN: False,
        QuestionType.CHOICE: "",
        QuestionType.CHOICES: [],
        QuestionType.LIST: [],
        QuestionType.SECRET: "",
    }
)
"""What a template sees of a question that was not asked or left empty."""


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A template in ``pack.yaml``, where it stands, and what it is for: ``question port, when``."""

    text: str
    line: int
    column: int = field(default=1, compare=False)
    place: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of a pack.

    Attributes:
        default: A plain value, a template over earlier answers, or None for none.
        choices: The values allowed, for ``choice`` and ``choices``.
        pattern: A regular expression that a text or each item of a list has to match whole.
        validator: A template that says what is wrong with the answers so far; empty if nothing.
        when: Whether the question is asked at all.
        required: Whether it needs a value that is not empty.
        secret: Whether its answer stays out of everything that is kept or shown.
    """

    name: str
    type: QuestionType
    line: int
    column: int = field(default=1, compare=False)
    help: str = ""
    default: object = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    validator: Expression | None = None
    when: Expression | None = None
    required: bool = True
    secret: bool = False


@dataclass(frozen=True, kw_only=True)
class FileRule:
    """What holds for the files whose path under ``files/`` matches ``path``.

    ``each`` is a template for a list; the file is made once for each item, called ``item_name``.
    """

    path: str
    line: int
    column: int = field(default=1, compare=False)
    when: Expression | None = None
    copy: bool = False
    each: Expression | None = None
    item_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A command that the generated project passes, run in its folder without a shell."""

    name: str
    run: tuple[str, ...]
    line: int = field(default=0, compare=False)
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file of the pack, its path as it stands under ``files/``; ``text`` is None if binary."""

    path: str
    content: bytes = field(repr=False)
    mode: int
    text: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PackSource:
    """Where a pack that does not ship came from.

    Attributes:
        kind: ``organisation``, ``repository``, ``git`` or ``folder``.
        name: What the pack is called.
        address: What brings exactly this one again, its commit in it.
        shown: Where it lies, for people: without the commit.
        commit: 40 hex digits; empty for a folder.
        ref: The tag or branch that was asked for, if one was.
        policy_names: What a policy may call it by; one of them has to be allowed.
        trusted: Whether its own code (hooks, tasks, extensions) may be run.
    """

    kind: str
    name: str
    address: str
    shown: str
    commit: str = ""
    ref: str = ""
    policy_names: tuple[str, ...] = ()
    trusted: bool = False
    #: The address as its own tool would be given it.
    plain_address: str = ""

    @property
    def version(self) -> str:
        """What stands for a version where the pack has none: its tag, else its commit."""
        return self.ref or self.commit[:12] or "0"


@dataclass(frozen=True, kw_only=True, eq=False)
class Pack:
    """A checked pack with all its files. Two are equal if folder and content are.

    Attributes:
        rules: For each source file, by its position in ``sources``, the rules that hold for it.
        shared: Texts outside the pack that its templates may include, by name.
        toolchain: For each tool (``python``, ``node``), the lock file of what checks need.
        limits: What the pack says of ``files``, ``file_bytes`` and ``project_bytes``.
        digest: SHA-256 over everything above, 64 hex digits.
        bundle: Set for a pack that is not ours: nothing of it is evaluated in this process.
        source: Where a pack that is not ours came from.
        naming: The question whose answer the project is called by; empty where there is none.
        kept_in: Where its templates may be kept compiled for other processes; None for nowhere.
    """

    name: str
    version: str
    summary: str
    tags: tuple[str, ...]
    questions: tuple[Question, ...]
    computed: Mapping[str, Expression]
    sources: tuple[SourceFile, ...] = field(repr=False)
    rules: tuple[tuple[FileRule, ...], ...] = field(repr=False)
    shared: Mapping[str, str] = field(repr=False)
    skip_on_update: tuple[str, ...]
    checks: tuple[Check, ...]
    toolchain: Mapping[str, str]
    limits: Mapping[str, int]
    folder: str
    digest: str
    bundle: Bundle | None = field(default=None, repr=False)
    source: PackSource | None = None
    naming: str = "name"
    kept_in: Path | None = None

    @property
    def origin(self) -> str:
        """How files and people name it: ``python-package@1.2.0``."""
        return f"{self.name}@{self.version}"

    @property
    def policy_names(self) -> tuple[str, ...]:
        """What a policy may call it by."""
        return self.source.policy_names if self.source else (self.name,)

    def question(self, name: str) -> Question | None:
        """The question of that name, or None."""
        return next((question for question in self.questions if question.name == name), None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pack) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[str, str]:
        return self.folder, self.digest
