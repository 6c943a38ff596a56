"""What the program stands on while it runs, in one value that is passed along.

`bot.build` makes it; everything that acts takes it as its first argument. It holds ports
only, so that a test can put anything behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, TypeVar

from bot.core.api_values import ApiAnswer, ApiRequest
from bot.core.git_values import Change, Comment, TreeFile
from bot.core.hooks import HookAnswer
from bot.core.identity import Actor, Repository, Thread
from bot.core.model_calls import MadeCall, ModelName, ModelTask, PlannedCall, Price
from bot.core.openapi import ApiDocument, ApiOperation
from bot.core.origins import AllowedOrigin
from bot.core.pages import LogEntry, Post, StoredFile, ThreadSummary
from bot.core.passes import Asker
from bot.core.policy import Policy
from bot.errors import ApiFailed, NotSupported, StepFailed, UserError
from bot.forges.port import Forge
from bot.generation.generator import ProjectGenerator
from bot.keys import Keys
from bot.sandbox.port import Sandbox, SandboxOrder, SandboxOutcome
from bot.settings import Settings
from bot.store.port import Store
from bot.trials import Rehearsal, Tried

#: What an answer of a model is once it was accepted.
Accepted = TypeVar("Accepted")
#: Carries out a tool for a model, which is told what it raises as ``Unfit``.
Tool = Callable[[Mapping[str, object]], object]
_NO_TOOLS: Mapping[str, Tool] = MappingProxyType({})


class Queue(Protocol):
    """Carries ids to workers. Losing what it holds loses nothing: SQL is the truth."""

    def intake(self, delivery: str) -> bool:
        """Have a delivery taken in; False where the queue does not answer."""

    def run(self, run_id: str) -> bool:
        """Have a run carried on; False where the queue does not answer."""

    def report(self, run_id: str) -> bool:
        """Have a run's last report made (again); False where the queue does not answer."""

    def hook(self, hook_id: str) -> bool:
        """Have what is due to a hook sent; False where the queue does not answer."""

    def verify(self, run_id: str) -> bool:
        """Have the files verified that a run waits with, by a worker that has a sandbox; False
        where the queue does not answer."""

    def verifiers(self) -> int:
        """How many workers listen for that; 0 where the queue does not answer."""

    def abandoned(self) -> Sequence[str]:
        """The runs for which such a worker had begun, and then died; each is told once."""

    def problem(self) -> str | None:
        """None where the queue answers, else a sentence."""

    def depths(self) -> Mapping[str, int]:
        """How many jobs wait in each queue; empty where the queue does not answer."""


class People(Protocol):
    """What a person does and sees on a forge whose pages are ours."""

    def list_repositories(self) -> Sequence[Repository]:
        """All repositories, the newest first."""

    def threads(
        self, repository: Repository | None = None, *, limit: int = 50
    ) -> Sequence[ThreadSummary]:
        """Threads of one repository or of all, the newest first."""

    def thread(self, full_name: str, number: int) -> ThreadSummary | None:
        """One thread, or None where it does not exist."""

    def timeline(self, thread: Thread) -> Sequence[Post]:
        """The opening text, then the comments in order."""

    def open_thread(self, repository_full_name: str, title: str, body: str) -> Thread:
        """Open a thread, in a repository that is made where it is not there.

        Raises ``UserError`` (``invalid_name``) where nothing can be called so.
        """

    def say(self, thread: Thread, text: str) -> Comment:
        """Write a comment as the one person there is."""

    def delivery_for_thread(self, thread: Thread) -> tuple[str, bytes]:
        """Event name and body of the delivery that tells of a new thread."""

    def delivery_for_comment(self, thread: Thread, comment: Comment) -> tuple[str, bytes]:
        """Event name and body of the delivery that tells of a new comment."""

    def changes(self, repository: Repository) -> Sequence[Change]:
        """All changes of a repository, the newest first."""

    def files_of(self, repository: Repository, ref: str) -> Sequence[StoredFile]:
        """Every file at a branch, tag or commit, by path; none where there is no such ref."""

    def read_file(
        self, repository: Repository, ref: str, path: str, max_bytes: int
    ) -> bytes | None:
        """The first bytes of a file, or None where there is none."""

    def log(self, repository: Repository, ref: str, *, limit: int = 50) -> Sequence[LogEntry]:
        """The commits that lead to a branch, tag or commit, the newest first."""

    def log_text(self, repository: Repository, ref: str) -> str:
        """What ``git log --stat`` shows of a branch."""


class Replies(Protocol):
    """The words people read in threads, kept in ``templates/replies``."""

    def render(self, template: str, /, **values: object) -> str:
        """The text of ``templates/replies/TEMPLATE.md.j2``."""

    def prepare(self) -> None:
        """Do now what `render` would do in each process at its first call."""


class ApiCalls(Protocol):
    """Reaches the APIs that the operator lists, and nothing else."""

    def send(self, request: ApiRequest, *, poll: Callable[[], object] | None = None) -> ApiAnswer:
        """The answer to one call, whatever its status, but for those that say *later*.

        Args:
            poll: Called a few times a second while waiting; what it raises ends the call.

        Raises ``UserError`` (``bad_url``, ``bad_header``, ``origin_not_allowed``,
        ``private_address``, ``redirect_refused``, ``answer_too_large``, ``bad_answer``), and
        ``Transient`` for what may work later: no connection, no answer in time (``no_answer``
        where the call may have been carried out), 429, 502, 503 and 504.
        """


class NoApiCalls:
    """What stands where the operator lists no origin: every call is refused."""

    def send(self, request: ApiRequest, *, poll: Callable[[], object] | None = None) -> ApiAnswer:
        """Raises ``UserError`` (``origin_not_allowed``)."""
        raise UserError(
            "No API may be called from here.",
            reason="origin_not_allowed",
            remedy="The operator lists the origins that may be reached in FIRSTCOMMIT_API_ORIGINS.",
        )


#: Opens a ``story`` or a ``milestone`` as a run's own, and gives its number, url and title.
Tracker = Callable[[str, Mapping[str, object]], Mapping[str, object]]


class AgentApi(Protocol):
    """Calls APIs for one step of a run.

    Our own is called within this process, in the name of whoever asked for the run, and reaches
    no further than the run does; others as `ApiCalls` does, with nothing of anybody's rights.
    Whatever goes wrong is an ``ApiFailed``; what can be repeated safely was repeated by then.
    """

    def call(
        self,
        method: str,
        endpoint: str,
        data: object = None,
        params: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
    ) -> ApiAnswer:
        """The answer to one call, whose status is from 200 to 299.

        Args:
            endpoint: A path of our own API without its prefix (``/projects``), or an address.
            data: Plain data that is sent as JSON, or bytes.
            params: The query; a list is written once for each entry, None is left out.
        """

    def document(self, address: str) -> ApiDocument:
        """The operations at an address that the operator allows, or (``firstcommit``) those of
        our own API that may be asked for in this run."""

    def carry_out(self, operation: ApiOperation, arguments: Mapping[str, object]) -> ApiAnswer:
        """The answer to an operation of a document, its arguments checked first
        (``bad_arguments``)."""

    def start_generation(
        self,
        pack: str,
        answers: Mapping[str, object],
        *,
        into: str | None = None,
        workflow: str | None = None,
        plan: bool = False,
    ) -> Mapping[str, object]:
        """Begin to generate a project, and give it with its ``id``, ``status`` and ``run_id``.

        Args:
            into: A destination of this run, where a change is opened; None: the files stay in
                the store.
        """

    def project_files(self, project_id: str) -> Sequence[Mapping[str, object]]:
        """All files of a project, by path, without their contents."""

    def read_file(self, project_id: str, path: str) -> bytes:
        """The bytes of one file of a project."""

    def request_export(
        self, project_id: str, kind: str, config: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        """Ask for an archive of a project, and give the export with its ``id`` and ``status``."""

    def track_story(
        self,
        title: str,
        body: str = "",
        *,
        labels: tuple[str, ...] = (),
        milestone: str | None = None,
    ) -> Mapping[str, object]:
        """Open an issue, and give its ``number``, ``url`` and ``title``."""

    def track_milestone(self, title: str) -> Mapping[str, object]:
        """The open milestone of that title, made where there is none: as `track_story`."""


class AgentApis(Protocol):
    """Makes callers of APIs for steps."""

    def of_step(
        self,
        asker: Asker,
        *,
        tracker: Tracker | None = None,
        poll: Callable[[], object] | None = None,
    ) -> AgentApi:
        """A caller for one step.

        Args:
            tracker: Opens issues; None: `track_story` and `track_milestone` fail with
                ``not_available``. The API of ours has no operation for it: issues are a run's.
            poll: Called a few times a second while waiting; what it raises ends a call.
        """


class NoAgentApis:
    """What stands where steps call no API."""

    def of_step(
        self,
        asker: Asker,
        *,
        tracker: Tracker | None = None,
        poll: Callable[[], object] | None = None,
    ) -> AgentApi:
        """Raises ``ApiFailed`` (``not_available``)."""
        raise ApiFailed("No API is called from here.", reason="not_available")


class NoSandbox:
    """What stands where nothing may be run, or can be."""

    def __init__(self, why: str = "There is no sandbox here.") -> None:
        self._why = why

    def problem(self) -> str | None:
        """Why not."""
        return self._why

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """Raises ``NotSupported`` (``no_sandbox``)."""
        raise NotSupported(self._why, reason="no_sandbox")


class Meter(Protocol):
    """Holds the calls of one step of a run to its budgets, and keeps what became of each."""

    def reserve(self, call: PlannedCall) -> str:
        """Set aside what a call may cost at most, before it is sent; gives its id.

        Raises ``StepFailed``: ``budget_reached`` with the cap that is reached, ``model_loop`` where
        the same was asked again and again; and ``Transient`` (``budget_busy``) where what is left
        is set aside for calls that are under way.
        """

    def settle(self, call_id: str, made: MadeCall) -> None:
        """Replace what was set aside by what it has cost. A second time changes nothing.

        Where the database is away, and stays so for a few seconds, all that was set aside counts
        as spent in the end; nothing is raised, since there is an answer that was paid for.
        """


class Models(Protocol):
    """Asks language models, from a process that has no network, no key and no data of ours."""

    @property
    def chain(self) -> Sequence[ModelName]:
        """The models in the order in which they are tried; empty where none is configured."""

    def problem(self, *, strangers: bool = False) -> str | None:
        """None where a model can be asked, else why not and what would help, as a sentence.

        Args:
            strangers: Whether texts of people without write access are among what it is told.
        """

    def price(self, model: ModelName) -> Price | None:
        """What a model costs; None where nobody knows."""

    def ask(
        self,
        task: ModelTask,
        *,
        accept: Callable[[Mapping[str, object]], Accepted],
        meter: Meter,
        tools: Mapping[str, Tool] = _NO_TOOLS,
        poll: Callable[[], object] | None = None,
    ) -> Accepted:
        """The answer to a question, as ``accept`` gives it.

        Args:
            accept: Reads an answer; what it raises as ``Unfit`` is told the model, which may try
                again within the task's limits.
            tools: What carries out each of the task's tools, in the caller's thread.
            poll: Called a few times a second meanwhile; what it raises ends the question.

        Raises ``StepFailed`` (``no_model``, ``no_sandbox``, ``model_key``, ``unknown_model``,
        ``model_address``, ``model_request`` where the provider did not take what it was asked,
        ``model_refusal``, ``model_answer`` where none was fit, ``answer_too_long``,
        ``model_calls`` where the task's calls were used up, ``model_timeout``, ``model_process``
        where that misbehaved; as the meter does), and ``Transient`` (``model_busy``,
        ``model_away``) where no model of the chain answered, ``model_process`` where that ended.
        """

    def close(self, run_id: str) -> None:
        """End the process of a run, if there is one; it is started anew where it is needed."""


class NoModels:
    """What stands where no model is configured."""

    @property
    def chain(self) -> Sequence[ModelName]:
        """None."""
        return ()

    def problem(self, *, strangers: bool = False) -> str | None:
        """That there is none, and how one is configured."""
        return "No language model is configured; the operator names one in FIRSTCOMMIT_MODEL."

    def price(self, model: ModelName) -> Price | None:
        """Nobody knows."""
        return None

    def ask(
        self,
        task: ModelTask,
        *,
        accept: Callable[[Mapping[str, object]], Accepted],
        meter: Meter,
        tools: Mapping[str, Tool] = _NO_TOOLS,
        poll: Callable[[], object] | None = None,
    ) -> Accepted:
        """Raises ``StepFailed`` (``no_model``)."""
        raise StepFailed(
            "No language model is configured on this server.",
            reason="no_model",
            remedy="Whoever operates it names one in FIRSTCOMMIT_MODEL.",
        )

    def close(self, run_id: str) -> None:
        """There is nothing to end."""


class HookSender(Protocol):
    """Takes deliveries to hooks, which may be anywhere that is public."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        """What the receiver says, whatever its status; no redirect is followed.

        Raises ``UserError`` (``bad_url``, ``private_address``, ``bad_certificate``), and
        ``Transient`` where there was no answer in time, or none that could be read.
        """


class NoHookSender:
    """What stands where nothing is ever sent."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        """Raises ``UserError`` (``hooks_off``)."""
        raise UserError("Nothing is sent to hooks from here.", reason="hooks_off")


class TemplateFetcher(Protocol):
    """Fetches template packs with git over HTTPS, from hosts that the operator lists."""

    def commit(self, allowed: AllowedOrigin, path: str, ref: str) -> str:
        """The commit that a tag names, else a branch; 40 hex digits.

        Raises ``UserError`` (``unknown_pack``, ``private_address``, ``redirect_refused``), and
        ``Transient`` where there was no answer in time.
        """

    def files(
        self, allowed: AllowedOrigin, path: str, ref: str, *, commit: str, folder: str
    ) -> Sequence[TreeFile]:
        """Every file below a folder at that commit, by its path from there, links too.

        Raises as `commit`, and ``UserError`` (``too_large``, ``too_many_files``).
        """


class NoTemplateFetcher:
    """What stands where nothing is ever fetched."""

    def commit(self, allowed: AllowedOrigin, path: str, ref: str) -> str:
        """Raises ``UserError`` (``host_not_allowed``)."""
        raise UserError("No template is fetched from here.", reason="host_not_allowed")

    def files(
        self, allowed: AllowedOrigin, path: str, ref: str, *, commit: str, folder: str
    ) -> Sequence[TreeFile]:
        """Raises ``UserError`` (``host_not_allowed``)."""
        raise UserError("No template is fetched from here.", reason="host_not_allowed")


class SignInProvider(Protocol):
    """A forge that says who somebody is, by OAuth 2 with PKCE. Only `account` asks it anything."""

    @property
    def title(self) -> str:
        """What people call it."""

    def address(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """Where a browser goes to be asked, and whence it comes back with a code."""

    def account(self, *, redirect_uri: str, code: str, verifier: str) -> Actor:
        """Whose account that code stands for. What it gives access to is forgotten at once.

        Raises ``UserError`` (``sign_in_refused``, ``provider_settings``, ``bad_answer``), and
        ``Transient`` (``provider_away``) where it does not answer.
        """


class Rehearsals(Protocol):
    """Has the program do what a command asks for where nothing comes of it."""

    def rehearse(self, services: Services, tried: Tried) -> Rehearsal:
        """What would come of it; ``too_long`` is a reason, too.

        Raises ``UserError`` (``unknown_repository``), ``NotSupported``, and ``Transient`` where
        others are under way (``too_many_rehearsals``), or a forge or the database did not answer.
        """


class NoRehearsals:
    """What stands where nothing is rehearsed."""

    def rehearse(self, services: Services, tried: Tried) -> Rehearsal:
        """Raises ``NotSupported`` (``not_available``)."""
        raise NotSupported("Nothing is rehearsed here.", reason="not_available")


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything outside, behind ports."""

    settings: Settings
    keys: Keys
    clock: Callable[[], datetime]
    store: Store
    queue: Queue
    forges: Mapping[str, Forge]
    generator: ProjectGenerator
    replies: Replies
    #: The policy of the whole server; `policy_keys` are the names of what its file sets.
    policy: Policy
    #: The people's side of the local forge; None where that is off.
    people: People | None = None
    policy_keys: frozenset[str] = frozenset()
    api: ApiCalls = field(default_factory=NoApiCalls)
    #: Calls APIs for agents, ours among them.
    agent_apis: AgentApis = field(default_factory=NoAgentApis)
    hook_sender: HookSender = field(default_factory=NoHookSender)
    git: TemplateFetcher = field(default_factory=NoTemplateFetcher)
    #: Where people can sign in, by the name of the forge.
    sign_in: Mapping[str, SignInProvider] = field(default_factory=dict)
    rehearsals: Rehearsals = field(default_factory=NoRehearsals)
    #: Runs what nobody trusts.
    sandbox: Sandbox = field(default_factory=NoSandbox)
    #: Asks language models.
    models: Models = field(default_factory=NoModels)
    #: Every port only records: steps are told, so that nobody is waited for.
    rehearsal: bool = False

    def forge(self, name: str) -> Forge:
        """The forge of that name; ``NotSupported`` where it is not configured here."""
        try:
            return self.forges[name]
        except KeyError:
            raise NotSupported(
                f"{name} is not configured on this server.",
                reason="forge_not_configured",
            ) from None
