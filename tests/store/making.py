"""Values that the tests of the store begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from uuid import uuid4

from bot.core.identity import Actor, Repository, Thread
from bot.core.runs import Failure, Run
from bot.store.port import (
    Claim,
    CommandRow,
    NewCommand,
    NewFile,
    NewPlan,
    NewRun,
    Plan,
    Store,
)

T = TypeVar("T")

ADA = Actor(forge="github", account_id="1", login="ada")
BROKEN = Failure(reason="pack_unknown", message="There is no such pack.", remedy="Pick another.")
STEPS = (("files", "file_generation"), ("checks", "verify"), ("commit", "commit"))


def thread(
    number: int = 7, *, repository: str = "20", owner: str = "10", installation: str = "99"
) -> Thread:
    return Thread(
        repository=Repository(
            forge="github",
            id=repository,
            owner="acme",
            owner_id=owner,
            name="orders",
            installation=installation,
        ),
        number=number,
        url="https://github.example/acme/orders/issues/7",
    )


def claim(store: Store, delivery_id: str = "d-1", body: bytes = b"{}", **more: bool) -> Claim:
    return store.deliveries.claim(
        forge="github", delivery_id=delivery_id, kind="issue_comment", body=body, **more
    )


def command(
    store: Store, key: str = "github:20:500", *, actor: Actor = ADA, at: Thread | None = None
) -> CommandRow:
    row, _ = store.commands.add(
        NewCommand(
            key=key,
            actor=actor,
            thread=at or thread(),
            comment_id="500",
            source="/generate python-package name=orders",
        )
    )
    return row


def new_run(
    *,
    at: Thread | None = None,
    command_id: str | None = None,
    organisation_id: str | None = None,
    project: str | None = "orders",
    requester: Actor = ADA,
    destination: str = "",
    limits: Mapping[str, int] | None = None,
) -> NewRun:
    return NewRun(
        id=str(uuid4()),
        workflow={"name": "generate", "steps": [{"id": "files"}]},
        inputs={"pack": "python-package", "answers": {"name": "orders"}},
        steps=STEPS,
        requester=requester,
        thread=at,
        command_id=command_id,
        comment_id="500",
        organisation_id=organisation_id,
        project_name=project,
        source={"file": "config/workflows/generate.yaml"},
        policy={"approval": "never"} | ({} if limits is None else {"runs": dict(limits)}),
        destination=destination,
    )


def queued(store: Store, *, at: Thread | None = None, project: str | None = "orders") -> Run:
    return store.runs.create(new_run(at=at, project=project))


def running(store: Store, *, at: Thread | None = None, lease_s: float = 15) -> Run:
    run = store.runs.lease(queued(store, at=at).id, worker="w1", lease_s=lease_s)
    assert run is not None
    return run


def found(store: Store, run: Run) -> Run:
    """The run as it is recorded by now."""
    again = store.runs.get(run.id)
    assert again is not None
    return again


def new_plan(
    run: Run, digest: str = "3f9a1c", *, step: str = "gate", valid_s: float = 60
) -> NewPlan:
    return NewPlan(
        run_id=run.id,
        step_id=step,
        digest=digest.ljust(64, "0"),
        document={"files": [["a.py", 0o644, "ab"]], "into": "acme/orders"},
        shown={"tree": "a.py", "price": None},
        valid_s=valid_s,
    )


def proposed(store: Store, run: Run, digest: str = "3f9a1c", *, valid_s: float = 60) -> Plan:
    """A plan of a run that is given back until somebody has decided."""
    plan = store.plans.propose(new_plan(run, digest, valid_s=valid_s), number=run.lease_number)
    store.runs.wait(run.id, run.lease_number, resume_in_s=valid_s, waiting_for="approval")
    return plan


def project_of(run: Run) -> str:
    assert run.project_id is not None
    return run.project_id


def text_file(path: str, content: str = "print()\n", *, mode: int = 0o100644) -> NewFile:
    return NewFile(path=path, content=content.encode(), mode=mode, origin="python-package@1.0.0")


def save(store: Store, run: Run, *files: NewFile) -> int:
    return store.projects.save_files(project_of(run), files, run_id=run.id, number=run.lease_number)


def kinds(store: Store, run_id: str) -> list[str]:
    return [event.kind for event in store.runs.events(run_id)]


def all_at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The answers of calls that begin in the same moment, each in a thread of its own."""
    ready = Barrier(len(calls))

    def begin(call: Callable[[], T]) -> T:
        ready.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))
