"""A command as dispatch takes it, and what dispatch can decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.budgets import RunBudget
from bot.core.form_text import FormText
from bot.core.grammar import CommandLine, SyntaxProblem
from bot.core.identity import Actor, Permission, Repository, Thread
from bot.core.policy import Policy
from bot.core.workflow import Workflow

#: The reason of the one refusal after which not even the words are kept.
SECRET_IN_THREAD = "secret_in_thread"  # noqa: S105 - a reason code


@dataclass(frozen=True, kw_only=True)
class Request:
    """Somebody asks for something. ``found`` holds every command of the text.

    In a thread, ``comment_id`` is None where the command stands in the thread's opening text;
    ``form`` is then the form that this is, where it is one, whose answers belong to the command.
    ``place`` is where it is asked for without a thread; None where it belongs to no repository.

    ``direct``: it came from a program or a page to us alone. It is always answered, its words were
    seen by nobody else, and ``given`` holds answers of any type beside those of the line.
    ``run_id`` is then the run that is meant, if one is, and ``projects`` are those that may be
    named, by their ids: the actor may see them. ``operates``: by the server's operator.
    ``wants_project``: what makes none is not wanted. ``home`` is whose a run of it is to be, where
    that is told neither by the repository nor by the actor: of whom it is asked about a project.
    """

    command_id: str
    actor: Actor
    thread: Thread | None = None
    place: Repository | None = None
    comment_id: str | None = None
    found: tuple[CommandLine | SyntaxProblem, ...]
    form: FormText | None = field(default=None, repr=False)
    direct: bool = False
    run_id: str | None = None
    given: Mapping[str, object] = field(default_factory=dict, repr=False)
    projects: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    operates: bool = False
    wants_project: bool = False
    home: str = ""

    @property
    def repository(self) -> Repository | None:
        """Where it is asked for."""
        return self.thread.repository if self.thread else self.place


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request of exactly one command whose actor has the right to ask for it.

    ``policy`` is what is in force in the thread's repository.
    """

    request: Request
    line: CommandLine
    permission: Permission
    policy: Policy = field(default_factory=Policy)

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.request.actor

    @property
    def thread(self) -> Thread | None:
        """In which thread, if in any."""
        return self.request.thread

    @property
    def repository(self) -> Repository | None:
        """Where; None for what belongs to no repository."""
        return self.request.repository

    @property
    def may_steer(self) -> bool:
        """Whether the actor may stop or go on with what others have asked for here."""
        return self.permission >= Permission.WRITE or self.request.operates


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nothing is written. ``reason`` begins with ``silent``."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Shrug:
    """One reaction, no words."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One reply, from ``templates/replies/TEMPLATE.md.j2``."""

    template: str
    reason: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Start:
    """A new run.

    ``source`` says where the workflow came from, and ``policy`` is what holds for the run, with
    that of its destinations. ``destination`` is the branch or new repository that it publishes
    to, empty where there is none. A run without ``project_name`` makes no project. ``place`` is
    the repository whose people may see it all; None where that is its requester alone, and
    ``owner`` then the account that a repository is to be made under.
    """

    run_id: str
    workflow: Workflow
    inputs: Mapping[str, object]
    policy: Policy
    source: Mapping[str, object] = field(default_factory=dict)
    destination: str = ""
    project_name: str | None = None
    place: Repository | None = None
    owner: tuple[str, str] | None = None
    budget: RunBudget | None = None


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Ask a run to stop."""

    run_id: str


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Take a stopped run up again where it stopped, or from a step that is done again."""

    run_id: str
    step: str = ""
    #: What it may use up from now on, all in all.
    budget: RunBudget | None = None


@dataclass(frozen=True, kw_only=True)
class Approve:
    """Have exactly what a plan says published."""

    plan_id: str


@dataclass(frozen=True, kw_only=True)
class Reject:
    """Have a plan, and its run with it, end."""

    plan_id: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Lapse:
    """Somebody would approve a plan that cannot be carried out any more: it ends."""

    plan_id: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Onboard:
    """Open the onboarding change that ``home``'s account has not had, and answer.

    ``answer`` is what else there is to say; the outcome is added to its ``findings``.
    """

    home: Repository
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Answer the question that a run waits with."""

    question_id: str
    run_id: str
    text: str = field(repr=False)


Decision = (
    Silence | Shrug | Answer | Start | Cancel | Retry | Reply | Approve | Reject | Lapse | Onboard
)
