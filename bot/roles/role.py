"""What a role is, what it is shown, and what comes of an answer that holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.model_calls import TaskLimits, Unfit
from bot.core.policy import WorkflowFiles
from bot.errors import NotSupported
from bot.roles.names import SUMMARIES

_MOST_TOLD = 20


class Answer(BaseModel):
    """What a model answers; nothing that was not asked for is let in."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, kw_only=True)
class SeenFile:
    """A file of the project as it stands; ``text`` is None where it is no text."""

    path: str
    text: str | None = field(repr=False)
    #: ``pack@version``, ``agent`` or ``person``.
    origin: str

    @property
    def is_of_pack(self) -> bool:
        """Whether a template pack made it."""
        return "@" in self.origin


@dataclass(frozen=True, kw_only=True)
class PackOffer:
    """A template pack that a plan may start from: its questions with a line of help each."""

    name: str
    summary: str
    questions: Mapping[str, str]
    files: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody said in the thread, as whoever looks at it reads it."""

    by: str
    text: str = field(repr=False)
    #: Whether they may not write there.
    is_stranger: bool = False


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What was said in the thread before.

    Attributes:
        left_out: Texts of people without write access that are not shown.
        fence: What stands around such texts where they are; nobody can have guessed it.
    """

    said: tuple[Said, ...] = ()
    left_out: int = 0
    fence: str = ""

    @property
    def has_strangers(self) -> bool:
        """Whether any of it was said by somebody without write access."""
        return any(one.is_stranger for one in self.said)


def _renders_nothing(name: str, answers: Mapping[str, object]) -> Collection[str]:
    raise NotSupported("No template pack can be used here.", reason="no_packs")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a role is asked about.

    Attributes:
        task: What people wish, in their words.
        given: What the workflow hands on: a plan, a file of it, what checks have said.
        files: The project's files by path.
        earlier: Hashes of all files, a set for each state that the project has had before.
        rendered: The paths that a pack makes of answers; raises ``UserError`` for wrong ones.
        may_ask: Whether there is anybody who could answer a question, and none was asked yet.
        talk: What was said in the thread; looked at by the role requirements.
        prompt: Of the free role, what it is told, and ``schema`` what it is to answer.
        strangers: Whether others than people with write access may have written some of it.
    """

    task: str = ""
    given: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, SeenFile] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, str]] = ()
    packs: Sequence[PackOffer] = ()
    rendered: Callable[[str, Mapping[str, object]], Collection[str]] = _renders_nothing
    workflow_files: WorkflowFiles = WorkflowFiles.PACKS
    may_ask: bool = False
    answered: Sequence[tuple[str, str]] = ()
    talk: Talk = Talk()
    prompt: str = ""
    schema: Mapping[str, object] | None = None
    strangers: bool = False

    def part(self, name: str) -> Mapping[str, Any]:
        """A mapping that the workflow hands on; empty where it does not."""
        value = self.given.get(name)
        return value if isinstance(value, Mapping) else {}

    def listed(self, name: str) -> Sequence[Any]:
        """A list that the workflow hands on; empty where it does not."""
        value = self.given.get(name)
        return value if isinstance(value, list | tuple) else ()


@dataclass(frozen=True, kw_only=True)
class WrittenFile:
    """A file that an agent wrote."""

    path: str
    content: str = field(repr=False)
    executable: bool = False

    def to_data(self) -> dict[str, object]:
        """Plain data, as `file_generation` takes it."""
        return {"path": self.path, "content": self.content, "executable": self.executable}


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An answer that holds: as data, as text where it is one, and the files that are in it.

    ``questions`` are what has to be answered first; there is nothing else in it then.
    """

    answer: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    files: tuple[WrittenFile, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role. ``purpose`` of its calls is its name; ``prompts/NAME.md.j2`` is what it is told.

    ``shown`` gives what the template sees besides the setting itself, and ``accept`` what becomes
    of an answer of the right shape; it raises ``Unfit`` with everything that is wrong.
    """

    name: str
    answer: type[Answer]
    accept: Callable[[Setting, Any], Accepted]
    shown: Callable[[Setting], Mapping[str, object]]
    limits: TaskLimits = field(default_factory=TaskLimits)

    @property
    def summary(self) -> str:
        """How people read of what it does."""
        return SUMMARIES[self.name]

    def schema(self, setting: Setting) -> Mapping[str, object]:
        """A JSON Schema of the answer."""
        return setting.schema or self.answer.model_json_schema()

    def read(self, setting: Setting, answer: Mapping[str, object]) -> Accepted:
        """What comes of a model's answer.

        Raises:
            Unfit: With everything that is wrong, for the model to mend.
        """
        if setting.schema is not None:
            return self.accept(setting, answer)
        return self.accept(setting, read_answer(self.answer, answer))


def read_answer(kind: type[Answer], answer: Mapping[str, object]) -> Answer:
    """The answer as a value; raises ``Unfit`` for one of another shape."""
    try:
        return kind.model_validate_json(json.dumps(answer))
    except ValidationError as exc:
        problems = [_told(error) for error in exc.errors(include_input=False, include_url=False)]
        raise unfit(problems) from exc
    except (TypeError, ValueError, RecursionError) as exc:
        raise Unfit("The answer is no plain JSON object.") from exc


def unfit(problems: Sequence[str]) -> Unfit:
    """Everything that is wrong, a line each; of very much only the beginning."""
    told = [f"- {problem}" for problem in problems[:_MOST_TOLD]]
    more = len(problems) - _MOST_TOLD
    return Unfit("\n".join(told + ([f"- and {more} more"] if more > 0 else [])))


def refuse(problems: Sequence[str]) -> None:
    """Raises ``Unfit`` where there is any problem."""
    if problems:
        raise unfit(problems)


def _told(error: Mapping[str, Any]) -> str:
    place = ""
    for link in error["loc"]:
        place += f"[{link}]" if isinstance(link, int) else f".{link}"
    return f"`{place.removeprefix('.')[:120]}`: {error['msg']}" if place else str(error["msg"])
