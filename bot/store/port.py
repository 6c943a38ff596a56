"""What the program asks of its database.

Every method is one transaction: it has happened whole when it returns, and not at all when
it raises. All of them raise ``StoreUnavailable`` where the database does not answer. Times
are aware (UTC). Leases are compared by the database's own clock where it has one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.identity import Actor, Thread
from bot.core.runs import (
    Attempt,
    ExportStatus,
    ExportType,
    Failure,
    PlanStatus,
    ProjectStatus,
    Run,
    RunStatus,
)

#: No run and no delivery is held for longer; whoever needs more renews. A lease that ends later
#: than that from now was taken before a clock was set back, and counts as lapsed.
LONGEST_LEASE_S = 120.0


class DeliveryStatus(StrEnum):
    """Where a delivery stands; only a failed one may be claimed again."""

    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"
    MALFORMED = "malformed"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A verified webhook delivery. ``body`` is None once it was purged."""

    id: str
    forge: str
    delivery_id: str
    kind: str
    body: bytes | None = field(repr=False)
    body_sha256: str
    status: DeliveryStatus
    attempts: int
    note: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The row of a delivery, and whether this call has claimed it (else: a duplicate)."""

    id: str
    fresh: bool


class Deliveries(Protocol):
    """Webhook deliveries: claimed at the door, taken by intake."""

    def claim(
        self, *, forge: str, delivery_id: str, kind: str, body: bytes, malformed: bool = False
    ) -> Claim:
        """Store a delivery once, by (forge, delivery id, SHA-256 of the body).

        A failed one becomes *received* again and counts as fresh.
        """

    def begin(self, id: str, *, lease_s: float) -> Delivery | None:
        """Take a received delivery for ``lease_s``; None where it is settled or being worked on."""

    def settle(self, id: str, status: DeliveryStatus, note: str = "") -> None:
        """Record how it ended; for FAILED the note says why. Gives up the lease."""

    def postpone(self, id: str, *, retry_in_s: float, note: str) -> None:
        """Give up the lease so that `due` names it again after ``retry_in_s``."""

    def due(self, *, older_than_s: float, limit: int = 100) -> Sequence[str]:
        """Received ones that nobody works on, received or postponed that long ago, oldest first."""

    def get(self, id: str) -> Delivery | None:
        """One delivery."""

    def recent(self, *, limit: int = 50) -> Sequence[Delivery]:
        """The newest first, without their bodies."""

    def purge(self, *, older_than_days: int = 30) -> int:
        """Drop the bodies (not the hashes) of settled deliveries; how many."""


@dataclass(frozen=True, kw_only=True)
class NewCommand:
    """A command as it was found. ``key`` makes it unique for ever; ``source`` is its line."""

    key: str
    actor: Actor
    thread: Thread | None
    comment_id: str | None
    source: str
    delivery: str | None = None


@dataclass(frozen=True, kw_only=True)
class CommandRow:
    """A command as recorded. ``outcome`` is its reason code, None while undecided."""

    id: str
    key: str
    delivery: str | None
    outcome: str | None
    run_id: str | None
    created_at: datetime


class Commands(Protocol):
    """Commands, each recorded once."""

    def add(self, command: NewCommand) -> tuple[CommandRow, bool]:
        """Record it, or give the one that has its key already; True where it is new."""

    def settle(self, id: str, outcome: str) -> None:
        """Record the reason code of its answer; the first one stays."""

    def answered_since(self, actor: Actor, since: datetime) -> int:
        """How many commands of this actor were settled with something other than silence
        (outcomes that begin with ``silent`` do not count) since then."""


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """What a command's decision asks for. ``steps`` are (id, uses) in order."""

    id: str
    workflow: Mapping[str, object]
    inputs: Mapping[str, object]
    steps: Sequence[tuple[str, str]]
    requester: Actor
    thread: Thread | None
    command_id: str | None
    comment_id: str | None
    organisation_id: str | None
    project_name: str | None
    source: Mapping[str, object] = field(default_factory=dict)
    policy: Mapping[str, object] = field(default_factory=dict)
    #: The branch or new repository that it publishes to; of runs with the same one, only one is
    #: worked on at a time. Empty where it publishes nothing.
    destination: str = ""


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """How many runs may be worked on at a time."""

    per_thread: int = 3
    per_repository: int = 4
    per_organisation: int = 8


class EventKind(StrEnum):
    """What the store writes into a run's stream by itself; `Runs.add_event` may add others.

    Events of a step carry ``step``, those of a project ``project``, those of an export
    ``export`` and ``project``, and each that tells of a failure ``reason`` and ``message``.
    """

    RUN_QUEUED = "run_queued"
    RUN_STARTED = "run_started"
    RUN_WAITING = "run_waiting"
    RUN_COMPLETED = "run_completed"
    RUN_FAILED = "run_failed"
    RUN_CANCELLED = "run_cancelled"
    RUN_REPORTED = "run_reported"
    CANCEL_REQUESTED = "cancel_requested"
    RETRY_REQUESTED = "retry_requested"
    STEP_STARTED = "step_started"
    STEP_COMPLETED = "step_completed"
    STEP_SKIPPED = "step_skipped"
    STEP_FAILED = "step_failed"
    STEP_WAITING = "step_waiting"
    PLAN_PROPOSED = "plan_proposed"
    PLAN_APPROVED = "plan_approved"
    PLAN_REJECTED = "plan_rejected"
    PLAN_LAPSED = "plan_lapsed"
    PROJECT_CREATED = "project_created"
    PROJECT_RESUMED = "project_resumed"
    FILES_SAVED = "files_saved"
    PROJECT_COMPLETED = "project_completed"
    PROJECT_FAILED = "project_failed"
    EXPORT_STARTED = "export_started"
    EXPORT_COMPLETED = "export_completed"
    EXPORT_FAILED = "export_failed"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """An entry of a run's event stream; ``kind`` is mostly an ``EventKind``."""

    number: int
    kind: str
    data: Mapping[str, object]
    at: datetime


class Runs(Protocol):
    """Runs and their steps. ``number`` is the lease number that a worker holds."""

    def create(self, run: NewRun) -> Run:
        """Save a queued run, its pending steps, and its pending project where it has a name.

        Settles its command as ``run`` in the same transaction. A second call with the same
        ``command_id`` gives the run of the first.
        """

    def get(self, id: str) -> Run | None:
        """One run with its steps."""

    def in_thread(self, thread: Thread, *, limit: int = 20) -> Sequence[Run]:
        """Runs of a thread (forge, repository id, number), newest first."""

    def newest_statuses(
        self, forge: str, threads: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], RunStatus]:
        """How the newest run of each thread stands, by repository id and number.

        Threads without a run are left out.
        """

    def recent(
        self, *, limit: int = 50, status: RunStatus | None = None, before: str | None = None
    ) -> Sequence[Run]:
        """The newest runs first; ``before`` (the id of a run) goes on behind that one."""

    def named(self, prefix: str, *, limit: int = 2) -> Sequence[Run]:
        """Runs whose id, without its hyphens, begins with these hex digits; newest first."""

    def choose(self, id: str, *, crowd: Crowd) -> str | None:
        """Which run the worker that was asked for this one is to take: queues are first come,
        first served, and this is where they become fair.

        Of the runs that may be taken now, one of the organisation (else: requester) with the
        fewest under way, and of those the one that has been due longest. Left aside are runs of
        a thread, repository or organisation that is crowded, and runs for a destination that
        another run is being worked on for. None where nothing may be taken.
        """

    def lease(
        self, id: str, *, worker: str, lease_s: float, crowd: Crowd | None = None
    ) -> Run | None:
        """Take a run that is queued, or waiting and due, or running under a lapsed lease.

        Gives it as running, under the next lease number; None where there is nothing to do, and
        where ``crowd`` or another run for the same destination forbids it just now.
        """

    def renew(self, id: str, number: int, *, lease_s: float) -> None:
        """Hold it longer (never shorter than it is held); ``LeaseLost`` under an older number."""

    def wait(self, id: str, number: int, *, resume_in_s: float | None, waiting_for: str) -> None:
        """Give the run back until later, or (None) until somebody wakes it.

        ``LeaseLost`` under an older number.
        """

    def wake(self, id: str) -> bool:
        """Make a waiting run due now; False where it does not wait. A run that is being worked
        on is remembered as woken: its next `wait` is over at once."""

    def add_parts(self, id: str, number: int, step_id: str, count: int) -> Run:
        """Give a step that many pending parts, ``ID[0]`` and so on; those that are there stay.

        ``LeaseLost`` under an older number, as for all that follow. Wherever they take a step's
        id they take a part's.
        """

    def step_started(
        self, id: str, number: int, step_id: str, *, inputs: Mapping[str, object] | None = None
    ) -> None:
        """Record an attempt; ``inputs`` with secrets masked."""

    def step_completed(
        self, id: str, number: int, step_id: str, outputs: Mapping[str, object]
    ) -> None:
        """Record a step's outputs (JSON data)."""

    def step_skipped(self, id: str, number: int, step_id: str) -> None:
        """Record that its condition did not hold."""

    def step_failed(self, id: str, number: int, step_id: str, failure: Failure) -> None:
        """Record why it stopped."""

    def step_waiting(
        self, id: str, number: int, step_id: str, *, resume_in_s: float | None, waiting_for: str
    ) -> None:
        """Record that it goes on later, or (None) when somebody has answered."""

    def attempts(self, id: str) -> Sequence[Attempt]:
        """Every attempt at every step and part, oldest first."""

    def finish(
        self,
        id: str,
        number: int,
        status: RunStatus,
        failure: Failure | None = None,
        outputs: Mapping[str, object] | None = None,
    ) -> None:
        """End the run. A project that is not completed by then becomes failed with the reason;
        exports that are not completed likewise, and a pending plan lapses. ``outputs`` are those
        that the workflow names."""

    def request_cancel(self, id: str, by: str) -> Run:
        """Ask a run to stop: one that nobody works on is cancelled here and now, a final one
        stays as it is. ``UserError`` (``unknown_run``) where there is none."""

    def cancel_requested(self, id: str) -> bool:
        """Whether somebody asked it to stop; a cheap read, for steps to poll."""

    def retry(self, id: str, *, steps: Collection[str] = ()) -> Run:
        """Put a failed or cancelled run back in the queue: its failed, running, waiting and
        (after a cancel) pending steps are pending again and count their attempts anew, completed
        ones keep their outputs. Clears the failure, the request to cancel and the final report.

        ``steps`` are done again whatever became of them (and then a completed run can be put
        back, too): their outputs and parts are dropped and their ``round`` rises.
        ``UserError`` (``not_retryable``) in any other state, ``unknown_run`` for none.
        """

    def stop_of_installation(self, forge: str, installation: str, failure: Failure) -> int:
        """Fail every unfinished run whose thread is under that installation; how many."""

    def due(self, *, queued_for_s: float, limit: int = 100) -> Sequence[str]:
        """Runs that somebody should take: queued that long ago or more, waiting and due, or
        running under a lapsed lease."""

    def unreported(self, *, finished_for_s: float, limit: int = 100) -> Sequence[str]:
        """Finished runs with a thread whose last report has not been made."""

    def reported(self, id: str) -> None:
        """Record that the final report is made."""

    def add_event(self, id: str, kind: str, data: Mapping[str, object]) -> None:
        """Append a line to the run's stream (no lease needed)."""

    def events(self, id: str, *, after: int = 0, limit: int = 500) -> Sequence[Progress]:
        """The run's stream in order, from the number after ``after``. All methods above that
        change a run or a step append to it in their own transaction."""


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """What a run wants to publish. ``digest`` is SHA-256 in hex over ``document``."""

    run_id: str
    step_id: str
    digest: str
    document: Mapping[str, object]
    #: What the digest does not cover but people want to see.
    shown: Mapping[str, object]
    valid_s: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan as recorded. ``decided_by`` is a login, with the forge it is of in front."""

    id: str
    run_id: str
    step_id: str
    digest: str
    document: Mapping[str, object]
    shown: Mapping[str, object]
    status: PlanStatus
    created_at: datetime
    lapses_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str


class Plans(Protocol):
    """What waits for somebody's approval, and what became of it."""

    def propose(self, plan: NewPlan, *, number: int) -> Plan:
        """Record a pending plan under a run's lease.

        The same digest of the same step gives the row that is there, whatever became of it. Other
        pending plans of the run and of its thread lapse, and their runs are woken.
        """

    def get(self, id: str) -> Plan | None:
        """One plan; one that is past its time is *lapsed*, here and in all that follow."""

    def pending(self, thread: Thread) -> Plan | None:
        """The one plan of a thread that waits for an answer."""

    def newest(self, thread: Thread) -> Plan | None:
        """The newest plan of a thread, whatever became of it."""

    def of_run(self, run_id: str) -> Sequence[Plan]:
        """Every plan of a run, oldest first."""

    def decide(self, id: str, status: PlanStatus, *, by: str, note: str = "") -> Plan:
        """Approve, reject or lapse a pending plan, and wake its run.

        The same answer again gives the plan as it is; ``UserError`` (``plan_decided``) for
        another one, ``unknown_plan`` for none.
        """


@dataclass(frozen=True, kw_only=True)
class StoredSecret:
    """An organisation's secret, without its value. ``origin`` is the only place it is sent to."""

    forge: str
    organisation: str
    name: str
    origin: str
    created_at: datetime
    used_at: datetime | None


class OrganisationSecrets(Protocol):
    """Secrets of organisations. Values come and go sealed: the key is not in the database."""

    def put(self, forge: str, organisation: str, name: str, *, origin: str, sealed: str) -> None:
        """Store or replace one. Organisations are named by login, in any case of letters."""

    def drop(self, forge: str, organisation: str, name: str) -> bool:
        """Remove one; False where there was none."""

    def listed(self, forge: str, organisation: str) -> Sequence[StoredSecret]:
        """Those of an organisation, by name."""

    def take(self, forge: str, organisation: str, name: str) -> tuple[StoredSecret, str] | None:
        """One with its sealed value, recorded as used now; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class KnownFile:
    """A configuration file as it was last found to be good, and the last problem with it.

    ``version`` and ``problem_version`` are commit ids.
    """

    text: str | None
    version: str
    problem: str
    problem_version: str


class KnownFiles(Protocol):
    """The last good state of files that people keep in their repositories, such as policies."""

    def get(self, forge: str, repository_id: str, path: str) -> KnownFile | None:
        """What is known of a file."""

    def good(
        self, forge: str, repository_id: str, path: str, *, version: str, text: str | None
    ) -> None:
        """Record that a version is good (None: there is no such file)."""

    def bad(self, forge: str, repository_id: str, path: str, *, version: str, problem: str) -> bool:
        """Record what is wrong with a version; True where that was not known yet."""


class EffectStatus(StrEnum):
    """How far an outside effect is known to be."""

    INTENDED = "intended"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A row of the ledger. ``fresh``: written by this very call, so it cannot have been done.

    ``age_s`` was counted by the store's own clock from the intention to this reading; it is
    below zero where that clock was set back.
    """

    id: str
    owner: str
    key: str
    status: EffectStatus
    external_id: str | None
    result: Mapping[str, object]
    fresh: bool
    intended_at: datetime
    confirmed_at: datetime | None
    age_s: float


class Ledger(Protocol):
    """Outside effects, written down before and after. ``owner`` is ``run:ID`` or ``command:ID``."""

    def intend(self, owner: str, key: str, *, kind: str, number: int | None = None) -> Effect:
        """Write that the effect is about to be done, or give the row that is there.

        With ``number`` (runs) it raises ``LeaseLost`` where that lease is not the newest.
        """

    def confirm(
        self, id: str, *, external_id: str, result: Mapping[str, object] | None = None
    ) -> Effect | None:
        """Write what the forge answered, unless somebody was quicker: the first answer stays.

        Gives the row as it is then; None where it was forgotten meanwhile.
        """

    def note(self, id: str, result: Mapping[str, object]) -> None:
        """Write into an intended row what its effect will be known by."""

    def forget(self, id: str) -> None:
        """Drop an intended row whose effect is known not to have happened and never will."""

    def find(self, owner: str, key: str) -> Effect | None:
        """The row, if any."""

    def of(self, owner: str) -> Sequence[Effect]:
        """All rows of an owner, oldest first."""


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file to be stored with a project."""

    path: str
    content: bytes = field(repr=False)
    mode: int
    origin: str


@dataclass(frozen=True, kw_only=True)
class ProjectFile:
    """A stored file without its content. ``content_hash`` is SHA-256 in hex."""

    path: str
    name: str
    type: str
    size: int
    mode: int
    content_hash: str
    preview: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Project:
    """A generated project. ``snapshot`` is 0 before it has files."""

    id: str
    organisation_id: str | None
    run_id: str | None
    name: str
    status: ProjectStatus
    error_message: str | None
    total_files: int
    total_size: int
    snapshot: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class Projects(Protocol):
    """Generated projects, their files and contents."""

    def get(self, id: str) -> Project | None:
        """One project."""

    def recent(self, *, limit: int = 50) -> Sequence[Project]:
        """The newest first."""

    def save_files(self, id: str, files: Sequence[NewFile], *, run_id: str, number: int) -> int:
        """Replace the project's files in bulk and give the number of the new snapshot.

        The same files as in the newest snapshot give that one again. The project becomes
        *generating*. ``LeaseLost`` under an older lease number.
        """

    def complete(self, id: str, *, run_id: str, number: int) -> None:
        """The files are whole and verification has ended."""

    def files(self, id: str, *, snapshot: int | None = None) -> Sequence[ProjectFile]:
        """The files by path, of the newest snapshot or of the one given."""

    def contents(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those blobs that exist, in few queries whatever their number."""

    def collect_blobs(self, *, unreferenced_for_s: float = 86_400) -> int:
        """Drop blobs that no snapshot has referenced for that long; how many."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """A publication of a project."""

    id: str
    project_id: str
    type: ExportType
    snapshot: int
    repository_name: str | None
    repository_url: str | None
    status: ExportStatus
    error_message: str | None
    created_by: str
    created_at: datetime
    completed_at: datetime | None


class Exports(Protocol):
    """Publications of projects."""

    def begin(
        self,
        project_id: str,
        type: ExportType,
        *,
        snapshot: int,
        repository_name: str,
        created_by: str,
        run_id: str,
        number: int,
    ) -> Export:
        """The export of this run to that repository, made where there is none; *exporting*."""

    def complete(self, id: str, *, repository_url: str, run_id: str, number: int) -> None:
        """It has landed; ``repository_url`` is the change's address for a change."""

    def of_project(self, project_id: str) -> Sequence[Export]:
        """The newest first."""


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """An account on a forge that has installed us."""

    id: str
    forge: str
    account_id: str
    login: str
    is_person: bool
    installation: str
    suspended: bool
    removed_at: datetime | None


class Organisations(Protocol):
    """Accounts under which repositories lie, and the grants under which we act for them."""

    def seen(
        self, forge: str, account_id: str, login: str, *, is_person: bool, installation: str
    ) -> Organisation:
        """The organisation, made or brought up to date. Unsuspends and restores nothing."""

    def installed(
        self, forge: str, account_id: str, login: str, *, is_person: bool, installation: str
    ) -> Organisation:
        """As `seen`, and in force again whatever it was before."""

    def suspend(self, forge: str, installation: str, *, suspended: bool) -> None:
        """Record that the grant is suspended, or in force again."""

    def remove(self, forge: str, installation: str) -> None:
        """Record that the grant is gone; its data goes later."""

    def find(self, forge: str, account_id: str) -> Organisation | None:
        """The organisation of an account."""

    def all(self) -> Sequence[Organisation]:
        """Every organisation by forge and login."""

    def erase_removed(self, *, removed_for_days: int = 30) -> int:
        """Drop the runs, projects, exports, events and commands of organisations removed that
        long ago, and the organisations; how many."""


class SignIns(Protocol):
    """One-time codes with which a browser signs in. Only their SHA-256 is kept."""

    def add(self, code: str, *, valid_s: float) -> None:
        """Make a code good for one use."""

    def use(self, code: str) -> bool:
        """Whether it was good; it is not good a second time, whoever asks at once."""

    def holds(self, code: str) -> bool:
        """Whether it is good, without using it."""


class Database(Protocol):
    """The database itself."""

    def ping(self) -> None:
        """Raises ``StoreUnavailable`` where it does not answer."""

    def schema_problem(self) -> str | None:
        """None where the schema is the one this program needs; else a sentence that names the
        command to run."""

    def migrate(self) -> str:
        """Bring the schema up to date (a SQLite file that holds data is copied first); the
        revision it is at then."""

    def describe(self) -> str:
        """The kind and place, without credentials, for people: ``SQLite, /path/file``."""

    def close(self) -> None:
        """Give up connections; also called in a process just after it was forked."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """All of the above over one database."""

    database: Database
    deliveries: Deliveries
    commands: Commands
    runs: Runs
    ledger: Ledger
    projects: Projects
    exports: Exports
    organisations: Organisations
    sign_ins: SignIns
    plans: Plans
    secrets: OrganisationSecrets
    known_files: KnownFiles
