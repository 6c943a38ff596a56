"""``demo``: the whole job once, on the forge of this machine, through its signed door."""

from __future__ import annotations

import socket
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from bot.build import build
from bot.core.destination import destination_from_dict
from bot.core.identity import Repository, Thread
from bot.core.runs import Run, RunStatus, StepStatus
from bot.core.signatures import sign
from bot.errors import BotError
from bot.forges.port import Forge
from bot.services import People, Services
from bot.serving.lock import holder_of
from bot.serving.serve import serving
from bot.settings import Settings
from bot.steps.titles import title_of
from bot.verification.toolchains import Lacking, Toolchains

PLAYGROUND = "demo/playground"
EXIT_FAILED = 1
EXIT_NO_LOCAL_FORGE = 4
_WITHIN_S = 120.0
_LOOK_EVERY_S = 0.05
_SCRIPTED = "scripted:demo"

#: What would have the demo's own parts reach beyond the data folder.
_OUTSIDE = (
    "DATABASE_URL",
    "REDIS_URL",
    "GITHUB_",
    "FIRSTCOMMIT_PUBLIC_URL",
    "FIRSTCOMMIT_PORT",
    "FIRSTCOMMIT_MODEL",
)


class DemoFailed(BotError):
    """The demo did not come to its end; ``code`` is what the process exits with."""

    reason = "demo_failed"

    def __init__(self, message: str, *, code: int = EXIT_FAILED, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """A server that answers, its forge, and where to say what is going on."""

    services: Services
    forge: Forge
    people: People
    url: str
    say: Callable[[str], None]


def demo(
    settings: Settings,
    environment: Mapping[str, str],
    say: Callable[[str], None],
    *,
    agent: bool = False,
) -> None:
    """Open a thread, write a command in it, and show what comes of it.

    Args:
        agent: A description is written instead of a pack's name, and carried out by the model that
            ships with the program.

    Raises:
        DemoFailed: With the reason.
    """
    with _server(settings, environment, say, agent=agent) as stage:
        part = _described(stage) if agent else _TEMPLATED
        name = _free_name(stage.forge, part.name)
        thread = _open_thread(stage, part, name)
        run = _follow(stage, thread, part)
        _show(stage, thread, run)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What the person of the demo says; ``{name}`` is the name of the repository."""

    name: str
    title: str
    text: str
    command: str
    answer: str = ""


_TEMPLATED = _Part(
    name="orders",
    title="We need a package for {name}",
    text="A library with tests, types and CI, please.",
    command="/generate python-package name={name} into=demo/{name}",
)
_COUNTING = _Part(
    name="tally",
    title="We need {name}",
    text="Something small that counts words, please.",
    command="/generate name={name} into=demo/{name} -- a library that counts words",
    answer="people who write",
)
#: What the model writes of this is wrong at first; where tests can be run, that is seen and mended.
_CONVERTING = _Part(
    name="units",
    title="We need {name}",
    text="Something small that converts units, please.",
    command="/generate name={name} into=demo/{name} -- a library that converts miles to kilometres",
    answer="people who run",
)


def _described(stage: _Stage) -> _Part:
    services = stage.services
    pack = services.generator.library.get("python-package")
    lacking = isinstance(Toolchains(services.settings.toolchains_dir).tools(pack), Lacking)
    return _COUNTING if lacking or services.sandbox.problem() else _CONVERTING


@contextmanager
def _server(
    settings: Settings, environment: Mapping[str, str], say: Callable[[str], None], *, agent: bool
) -> Iterator[_Stage]:
    """The server of this data folder if one runs, else parts of our own."""
    holder = holder_of(settings.data_dir)
    if holder is not None and agent:
        raise DemoFailed(
            f"The server at {holder.url} would ask its own models, and this demo is for the one "
            "that ships.",
            remedy="Stop it, or have the demo keep to another folder: FIRSTCOMMIT_DATA_DIR=PATH.",
        )
    if holder is not None:
        if not holder.local_forge:
            raise DemoFailed(
                f"The server at {holder.url} has its local forge off, and the demo needs it.",
                code=EXIT_NO_LOCAL_FORGE,
                remedy="Set FIRSTCOMMIT_LOCAL_FORGE=on and start it again.",
            )
        say(f"Using the server that runs at {holder.url}")
        yield _stage(build(settings), holder.url, say)
        return
    own = {key: value for key, value in environment.items() if not key.startswith(_OUTSIDE)}
    own |= {
        "FIRSTCOMMIT_LOCAL_FORGE": "on",
        "FIRSTCOMMIT_HOST": "127.0.0.1",
        "FIRSTCOMMIT_PORT": str(_free_port()),
        "FIRSTCOMMIT_DATA_DIR": str(settings.data_dir),
    }
    if agent:
        own["FIRSTCOMMIT_MODEL"] = _SCRIPTED
    log = settings.data_dir / "demo.log"
    if settings.database_url or settings.redis_url:
        say("DATABASE_URL and REDIS_URL are left alone: the demo keeps to the data folder")
    say(f"Starting an embedded Valkey, a SQLite database, a web server and workers (log: {log})")
    with serving(Settings.from_environment(own), own, log=log) as (served, _):
        yield _stage(served.services, served.url, say)


def _stage(services: Services, url: str, say: Callable[[str], None]) -> _Stage:
    if services.people is None:
        raise DemoFailed("The local forge is off.", code=EXIT_NO_LOCAL_FORGE)
    return _Stage(
        services=services,
        forge=services.forge("local"),
        people=services.people,
        url=url,
        say=say,
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _free_name(forge: Forge, wanted: str) -> str:
    """``orders``, say, or the next of ``orders-2``, ``orders-3`` … that is free."""
    number = 1
    while True:
        name = wanted if number == 1 else f"{wanted}-{number}"
        if forge.repository(f"demo/{name}") is None:
            return name
        number += 1


def _open_thread(stage: _Stage, part: _Part, name: str) -> Thread:
    thread = stage.people.open_thread(PLAYGROUND, part.title.format(name=name), part.text)
    _write(stage, thread, part.command.format(name=name))
    return thread


def _write(stage: _Stage, thread: Thread, text: str) -> None:
    stage.say(f"Writing in {PLAYGROUND}#{thread.number}: {text}")
    comment = stage.people.say(thread, text)
    kind, body = stage.people.delivery_for_comment(thread, comment)
    answer = httpx.post(
        f"{stage.url}/webhooks/local",
        content=body,
        headers={
            "Content-Type": "application/json",
            "X-GitHub-Event": kind,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": sign(body, stage.services.keys.local_webhook_secret),
        },
        timeout=10.0,
        trust_env=False,
    )
    if answer.status_code != httpx.codes.ACCEPTED:
        raise DemoFailed(f"The door refused the delivery with {answer.status_code}.")
    stage.say(f"The signed delivery was accepted ({answer.status_code})")


def _follow(stage: _Stage, thread: Thread, part: _Part) -> Run:
    """Tell each step as it ends, until the run has ended and its last report is made."""
    told: set[str] = set()
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        runs = stage.services.store.runs.in_thread(thread, limit=1)
        for run in runs:
            _tell(stage, run, told)
            _answer(stage, thread, part, told)
            if run.status.is_final and (run.reported_at or run.status is not RunStatus.COMPLETED):
                return run
        time.sleep(_LOOK_EVERY_S)
    raise DemoFailed(
        f"Nothing came of it within {_WITHIN_S:.0f} seconds.",
        remedy=f"{stage.services.settings.data_dir / 'demo.log'} may say why.",
    )


def _answer(stage: _Stage, thread: Thread, part: _Part, told: set[str]) -> None:
    """Say once what a run wants to know."""
    question = stage.services.store.questions.open_of_thread(thread)
    if question is not None and question.id not in told:
        told.add(question.id)
        stage.say(f"  [?] {question.text}")
        _write(stage, thread, f"/revise -- {part.answer}")


def _tell(stage: _Stage, run: Run, told: set[str]) -> None:
    for step in run.steps:
        if step.id not in told and step.status is StepStatus.COMPLETED:
            told.add(step.id)
            stage.say(f"  [x] {title_of(run, step)}")


def _show(stage: _Stage, thread: Thread, run: Run) -> None:
    if run.status is not RunStatus.COMPLETED:
        why = run.failure.message if run.failure else "no reason was recorded"
        raise DemoFailed(f"The run is {run.status}: {why}")
    repository = _repository(stage, run)
    stage.say("\ngit log --stat")
    stage.say(stage.people.log_text(repository, repository.default_branch).rstrip())
    stage.say("\nThe comment in the thread")
    living = stage.services.store.ledger.find(f"run:{run.id}", "comment")
    comment = stage.forge.comment(thread, str(living.external_id)) if living else None
    stage.say(comment.body.rstrip() if comment else "(there is none)")
    stage.say(f"\nrepository: {repository.clone_url}")
    stage.say(f"project: {repository.name}")


def _repository(stage: _Stage, run: Run) -> Repository:
    into = run.inputs["into"]
    wanted = destination_from_dict(into).repository if isinstance(into, Mapping) else ""
    repository = stage.forge.repository(wanted)
    if repository is None:
        raise DemoFailed("The repository is not there.")
    return repository


def to_terminal(line: str) -> None:
    """Print at once, so that progress is seen as it happens."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
