"""The whole program in one process: a forge in memory, a SQLite file, and queues that are lists.

``Bot`` is what tests of the spine stand on. People write (`Bot.post`), workers work
(`Bot.drain`), time passes (`Bot.later`), and what came of it is read where people read it: in
the thread (`Bot.answers`, `Bot.living`), on the comment (`Bot.reactions`), on the forge.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.core.git_values import REGULAR, Comment, FileToWrite, Reaction
from bot.core.identity import Actor, Permission, Repository, Thread, ThreadKind
from bot.core.policy import Policy
from bot.core.runs import Run
from bot.errors import Transient
from bot.forges.memory import MemoryForge
from bot.forges.port import Forge
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.jobs.execute import LeaseTimes, execute
from bot.jobs.intake import take_in
from bot.jobs.sweep import SweepTimes, sweep, sweep_reports
from bot.keys import Keys
from bot.rehearsal.bounded import BoundedRehearsals
from bot.replies import TemplateReplies
from bot.report import final
from bot.services import Services
from bot.setting_keys import Secret
from bot.settings import Settings
from bot.store.opening import open_store
from bot.store.port import Delivery, Store
from tests import migrated
from tests.parts import ROOT

PACKS = ROOT / "tests" / "spine_packs"
SHIPPED_PACKS = ROOT / "templates" / "packs"
GENERATE = "/generate library name=orders"
NEW = f"{GENERATE} into=acme/orders"

#: Who is what on acme/shop, and to acme.
PERMISSIONS = {
    "ann": Permission.WRITE,
    "mia": Permission.MAINTAIN,
    "ada": Permission.ADMIN,
    "tom": Permission.TRIAGE,
    "rita": Permission.READ,
    "eve": Permission.NONE,
}
_REASON = re.compile(r"^Reason: `([a-z_]+)`$", re.MULTILINE)


class Killed(BaseException):
    """A worker was killed: nothing of the program may catch this."""


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Lists:
    """The queue: ids in lists, once each, as long as it is not away."""

    away: bool = False
    deliveries: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)
    verifications: list[str] = field(default_factory=list)
    #: Workers that listen for what is to be verified.
    listening: int = 0
    #: Runs for which one of them had begun, and then died.
    left_behind: list[str] = field(default_factory=list)

    def intake(self, delivery: str) -> bool:
        return self._put(self.deliveries, delivery)

    def run(self, run_id: str) -> bool:
        return self._put(self.runs, run_id)

    def report(self, run_id: str) -> bool:
        return self._put(self.reports, run_id)

    def hook(self, hook_id: str) -> bool:
        return self._put(self.hooks, hook_id)

    def verify(self, run_id: str) -> bool:
        return self._put(self.verifications, run_id)

    def verifiers(self) -> int:
        return 0 if self.away else self.listening

    def abandoned(self) -> Sequence[str]:
        left, self.left_behind = self.left_behind, []
        return left

    def problem(self) -> str | None:
        return "The queue is away." if self.away else None

    def depths(self) -> Mapping[str, int]:
        return {"intake": len(self.deliveries), "runs": len(self.runs)}

    def forget(self) -> None:
        """Lose everything, as a Redis that is started anew."""
        self.deliveries, self.runs, self.reports, self.hooks = [], [], [], []

    def _put(self, ids: list[str], id: str) -> bool:
        if not self.away and id not in ids:
            ids.append(id)
        return not self.away


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A comment that somebody wrote, and how the forge told of it."""

    comment_id: str | None
    thread: Thread
    kind: str
    body: bytes
    #: The row of its delivery.
    delivery: str


class Bot:
    """The program, its forge and the people on it."""

    def __init__(
        self, folder: Path, database: Path, *, packs: Path = PACKS, **changes: Any
    ) -> None:
        """Args:
        database: A database with its tables, which is copied.
        changes: What is to be another part of the services (``policy``, ``replies`` …).
        """
        self.clock = Clock()
        self.queue = Lists()
        self.forge = MemoryForge(name="github", clock=self.clock, web_url="https://forge.example")
        services = _services(folder, database, self.forge, self.clock, self.queue, packs)
        self.services = replace(services, **changes)
        self.store = self.services.store
        self.settle_people()

    def settle_people(self) -> None:
        """Acme with its shop, its owner, members and outsiders, and pia with notes of her own."""
        people = self.forge.people
        people.add_account("acme", installation="77")
        self.shop = people.add_repository("acme/shop")
        for login, permission in PERMISSIONS.items():
            people.add_person(login, {"acme/shop": permission})
        people.add_person("mia", member_of=["acme"])
        people.add_person("olga", {"acme/shop": Permission.ADMIN}, owner_of=["acme"])
        people.add_person("pia", {"acme/shop": Permission.WRITE})
        people.add_account("pia", is_person=True, installation="78")
        people.add_person("dependabot[bot]", {"acme/shop": Permission.WRITE}, is_bot=True)
        self.thread = self.open("Orders", author="ann")

    def change(self, **changes: Any) -> None:
        """Have other services from now on."""
        self.services = replace(self.services, **changes)

    def commit(
        self,
        path: str,
        content: bytes,
        *,
        mode: int = REGULAR,
        branch: str = "main",
        where: Repository | None = None,
    ) -> str:
        """Have somebody commit a file, to the shop where nothing else is said.

        The branch is made where it is not.
        """
        # People push with git, which the forge in memory does not speak.
        objects = self.forge._world.place(where or self.shop).objects
        file = FileToWrite(path=path, content=content, mode=mode)
        base = objects.head(branch) or objects.head("main")
        made = objects.commit([file], "By hand\n", self.clock(), base)
        objects.branches[branch] = made.id
        return made.id

    def open_change(self, branch: str, *, author: str) -> None:
        """Have somebody open a change in the shop, which nothing but our account can by calls."""
        change = self.forge.open_change(
            self.shop, branch=branch, base="main", title="Mine", body="", draft=False
        )
        changes = self.forge._world.place(self.shop).changes
        changes[change.number] = replace(change, author=self.person(author))

    def person(self, login: str) -> Actor:
        """Somebody by login; made without any right where nobody is called so."""
        return self.forge.people.add_person(login)

    def open(
        self,
        title: str,
        text: str = "We need it.",
        *,
        author: str = "ann",
        where: Repository | None = None,
        kind: ThreadKind = ThreadKind.ISSUE,
    ) -> Thread:
        """A new thread, of which nobody has told the program."""
        return self.forge.people.open_thread(
            where or self.shop, title, text, author=self.person(author), kind=kind
        )

    def opening(self, text: str, *, author: str = "ann") -> Posted:
        """Open a thread whose opening text is a command, which becomes the current thread."""
        self.thread = self.open("Orders", text, author=author)
        kind, body = self.forge.people.delivery_for_thread(self.thread)
        return self._told(None, kind, body)

    def write(
        self, text: str, *, author: str | Actor = "ann", thread: Thread | None = None
    ) -> Posted:
        """Write a comment that is delivered and waits to be taken in."""
        actor = self.person(author) if isinstance(author, str) else author
        where = thread or self.thread
        comment = self.forge.people.say(where, text, author=actor)
        kind, body = self.forge.people.delivery_for_comment(where, comment)
        return self._told(comment.id, kind, body, thread=where)

    def post(
        self, text: str, *, author: str | Actor = "ann", thread: Thread | None = None
    ) -> Posted:
        """Write a comment and have it taken in; the run it may start waits for `drain`."""
        posted = self.write(text, author=author, thread=thread)
        self.take_in()
        return posted

    def do(self, text: str, *, author: str | Actor = "ann") -> Run:
        """Write a comment, let everything happen, and give the newest run."""
        self.post(text, author=author)
        self.drain()
        return self.run

    def edit(self, posted: Posted, text: str, *, editor: str = "ann") -> None:
        """Change the text of a comment and have that taken in."""
        body = self._edited(posted, text, self.person(editor))
        self.deliver(posted.kind, body)
        self.take_in()

    def deliver(self, kind: str, body: bytes, *, delivery_id: str | None = None) -> str:
        """What the door does with a delivery whose signature holds."""
        claim = self.store.deliveries.claim(
            forge="github", delivery_id=delivery_id or str(uuid4()), kind=kind, body=body
        )
        if claim.fresh:
            self.queue.intake(claim.id)
        return claim.id

    def take_in(self) -> None:
        """What the intake worker does with what is in its queue."""
        while self.queue.deliveries:
            take_in(self.services, self.queue.deliveries.pop(0))

    def drain(self) -> None:
        """What all workers do until the queues are empty."""
        while self.queue.deliveries or self.queue.runs or self.queue.reports:
            self.take_in()
            while self.queue.runs:
                self.work(self.queue.runs.pop(0))
            while self.queue.reports:
                final(self.services, self.queue.reports.pop(0))

    def work(self, run_id: str | None = None, *, times: LeaseTimes | None = None) -> None:
        """What a worker does with a run."""
        execute(self.services, run_id or self.run.id, worker="test:1", times=times)

    def later(self, seconds: float) -> None:
        """Time passes, every process sweeps, and workers work."""
        self.clock.now += timedelta(seconds=seconds)
        sweep(self.services, SweepTimes())
        sweep_reports(self.services, SweepTimes())
        self.drain()

    def fail(
        self,
        method: str,
        error: BaseException | None = None,
        *,
        times: int = 1,
        after: bool = False,
    ) -> None:
        """Let the forge's next calls fail; with ``after``, only their answers are lost."""
        problem = error or Transient("The forge does not answer.")
        self.forge.fail_next(method, problem, times=times, after=after)  # type: ignore[arg-type]

    def kill_at(self, method: str, *, after: bool = False) -> None:
        """Have the worker killed at the next call of a method, before or after its effect."""
        self.fail(method, Killed(), after=after)

    @property
    def runs(self) -> Sequence[Run]:
        """All runs, the oldest first."""
        return list(reversed(self.store.runs.recent()))

    @property
    def run(self) -> Run:
        """The newest run."""
        return self.runs[-1]

    @property
    def comments(self) -> Sequence[Comment]:
        """Everything we have written in the current thread."""
        me = self.forge.me()
        said = self.forge.people.comments(self.thread)
        return [comment for comment in said if comment.author.is_same_as(me)]

    @property
    def answers(self) -> Sequence[str]:
        """Our answers to commands, without the living comments of runs."""
        return [_body(said) for said in self.comments if "firstcommit:run:" not in said.body]

    @property
    def answer(self) -> str:
        """Our only answer."""
        assert len(self.answers) == 1, self.answers
        return self.answers[0]

    @property
    def reason(self) -> str:
        """The reason code that our newest answer tells."""
        found = _REASON.search(self.answers[-1])
        assert found is not None, self.answers[-1]
        return found[1]

    @property
    def living(self) -> str:
        """The only living comment in the thread."""
        found = [_body(said) for said in self.comments if "firstcommit:run:" in said.body]
        assert len(found) == 1, found
        return found[0]

    def reactions(self, posted: Posted) -> set[Reaction]:
        """How we reacted to a comment."""
        return set(self.forge.people.reactions(posted.thread, posted.comment_id))

    def repository(self, full_name: str) -> Repository | None:
        """A repository as it is now."""
        return self.forge.repository(full_name)

    def files(self, full_name: str, branch: str = "main") -> Mapping[str, bytes]:
        """The files at a branch's tip."""
        repository = self.repository(full_name)
        assert repository is not None, f"there is no {full_name}"
        return self.forge.people.files(repository, branch)

    def delivered(self, posted: Posted) -> Delivery:
        """The row of a comment's delivery."""
        found = self.store.deliveries.get(posted.delivery)
        assert found is not None
        return found

    def _told(
        self, comment_id: str | None, kind: str, body: bytes, *, thread: Thread | None = None
    ) -> Posted:
        return Posted(
            comment_id=comment_id,
            thread=thread or self.thread,
            kind=kind,
            body=body,
            delivery=self.deliver(kind, body),
        )

    def _edited(self, posted: Posted, text: str, editor: Actor) -> bytes:
        payload = json.loads(posted.body)
        payload["action"] = "edited"
        payload["sender"] = {"id": int(editor.account_id), "login": editor.login, "type": "User"}
        part = payload["comment"] if posted.comment_id else payload["issue"]
        payload["changes"] = {"body": {"from": part["body"]}}
        part["body"] = text
        return json.dumps(payload).encode()


def _services(
    folder: Path, database: Path, forge: Forge, clock: Clock, queue: Lists, packs: Path
) -> Services:
    file = folder / "store.db"
    shutil.copy(database, file)
    store = open_store(f"sqlite:///{file}", clock=clock)
    return services_with(folder, forge=forge, clock=clock, queue=queue, store=store, packs=packs)


def services_with(
    folder: Path,
    *,
    forge: Forge,
    clock: Callable[[], datetime],
    queue: Lists,
    store: Store,
    packs: Path = PACKS,
) -> Services:
    """Services over one forge and one store, with everything else as it ships."""
    return Services(
        settings=Settings(data_dir=folder),
        keys=Keys(
            secret_key=Secret("cookies"),
            admin_token=Secret("operator"),
            local_webhook_secret=Secret("hooks"),
        ),
        clock=clock,
        store=store,
        queue=queue,
        forges={forge.name: forge},
        generator=_generator(packs),
        replies=replies(),
        policy=Policy(),
        rehearsals=BoundedRehearsals(),
    )


def secretive_pack(packs: Path) -> Path:
    """A folder with the pack ``secretive``: `library` with a secret question, ``token``."""
    shutil.copytree(PACKS / "library", packs / "secretive")
    manifest = packs / "secretive" / "pack.yaml"
    asking = manifest.read_text().replace(
        "questions:\n", "questions:\n  token: {type: secret, help: A token}\n", 1
    )
    manifest.write_text(asking.replace("name: library", "name: secretive", 1))
    return packs


@cache
def _generator(packs: Path) -> ProjectGenerator:
    return ProjectGenerator(PackLibrary(packs))


@cache
def replies(*, public_url: str | None = None) -> TemplateReplies:
    """The words that ship."""
    folder = ROOT / "templates" / "replies"
    return TemplateReplies(folder, name="firstcommit", public_url=public_url)


def make_database(folder: Path) -> Path:
    """A database with its tables, to be copied."""
    path = folder / "store.db"
    migrated.place_at(path)
    return path


def _body(comment: Comment) -> str:
    """A comment as people see it, without the hidden line at its end."""
    return comment.body.rpartition("<!-- firstcommit:")[0].strip() + "\n"
