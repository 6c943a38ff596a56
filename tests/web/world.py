"""Pages over true parts: a local forge and a SQLite store on disk, filled as runs fill them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from bot.core.destination import Destination, destination_to_dict
from bot.core.git_values import EXECUTABLE, FileToWrite
from bot.core.identity import Repository, Thread, repository_to_dict
from bot.core.policy import Policy
from bot.core.runs import Failure, Run, RunStatus
from bot.forges.local import YOU, LocalForge, People
from bot.services import Services, SignInProvider
from bot.store.opening import open_store
from bot.store.port import NewCommand, NewRun
from bot.web import create_app
from tests import migrated
from tests.web.doubles import QueueInMemory, keys, settings

STEPS = (
    ("files", "file_generation"),
    ("checks", "verify"),
    ("repository", "repo_creation"),
    ("commit", "commit"),
    ("change", "open_change"),
)
GENERATING: Mapping[str, object] = {"name": "generate"}
FILES: Mapping[str, bytes] = {
    "README.md": b"# orders\n\nA library.\n\n```python\nimport orders\n```\n",
    "pyproject.toml": b'[project]\nname = "orders"\nversion = "0.1.0"\n',
    "src/orders/__init__.py": b'"""Orders.\n\nTwo lines.\n"""\n\n__version__ = "0.1.0"\n',
    "src/orders/py.typed": b"",
    "src/orders/page.html": b"<script>alert('generated')</script>\n",
    "tests/test_orders.py": b"def test_it() -> None:\n    assert 1 + 1 == 2  # <b>\n",
    "assets/logo.png": b"\x89PNG\r\n\x1a\n\0\0\0",
    "assets/large.txt": b"x" * 600_000,
    "scripts/check": b"#!/bin/sh\nexec true\n",
}


class Clock:
    """The true time, moved on as far as a test wants."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class World:
    """A server of its own for one test, with nobody in it yet."""

    folder: Path
    changes: Mapping[str, object] = field(default_factory=dict)
    #: Where people can sign in.
    sign_in: Mapping[str, SignInProvider] = field(default_factory=dict)

    #: What its runs find out by verifying.
    verified: Mapping[str, object] = field(
        default_factory=lambda: {
            "passed": True,
            "files": len(FILES),
            "findings": [],
            "more": 0,
        }
    )

    def __post_init__(self) -> None:
        self.clock = Clock()
        chosen = settings(self.folder, **self.changes)
        self.forge = LocalForge(self.folder / "forge", clock=self.clock, name=chosen.name)
        self.people = People(self.forge)
        self.store = open_store(f"sqlite:///{self.folder / 'store.db'}", clock=self.clock)
        migrated.place_at(self.folder / "store.db")
        self.queue = QueueInMemory()
        absent: Any = None
        self.services = Services(
            settings=chosen,
            keys=keys(),
            clock=self.clock,
            store=self.store,
            queue=self.queue,
            forges={"local": self.forge},
            generator=absent,
            replies=absent,
            policy=Policy(),
            people=self.people if chosen.local_forge_on else None,
            sign_in=self.sign_in,
        )
        self.app: Flask = create_app(self.services)

    def visitor(self) -> FlaskClient:
        """A browser that has not signed in."""
        return self.app.test_client()

    def browser(self) -> FlaskClient:
        """A browser that has signed in."""
        self.store.sign_ins.add("a-code", valid_s=60)
        client = self.app.test_client()
        assert client.get("/sign-in/a-code").status_code == 303
        return client

    def open_thread(
        self,
        text: str = "/generate python-package name=orders into=demo/orders",
        title: str = "A library for orders",
        where: str = "demo/ideas",
    ) -> Thread:
        return self.people.open_thread(where, title, text)

    def start(
        self,
        thread: Thread,
        *,
        name: str = "orders",
        workflow: Mapping[str, object] = GENERATING,
    ) -> Run:
        """A queued run, as dispatch leaves it."""
        command, _ = self.store.commands.add(
            NewCommand(
                key=str(uuid4()), actor=YOU, thread=thread, comment_id=None, source="/generate"
            )
        )
        into = Destination(
            forge="local",
            repository=f"demo/{name}",
            id="",
            new=True,
            existing=False,
            visibility="private",
            path="",
            branch="main",
            base="main",
            draft=True,
        )
        return self.store.runs.create(
            NewRun(
                id=str(uuid4()),
                workflow=workflow,
                inputs={
                    "pack": "python-package",
                    "answers": {"name": name},
                    "into": destination_to_dict(into),
                },
                steps=STEPS,
                requester=YOU,
                thread=thread,
                command_id=command.id,
                comment_id=None,
                organisation_id=None,
                project_name=name,
            )
        )

    def work(self, run: Run, *, until: str = "", failure: Failure | None = None) -> Run:
        """Carry a run on to ``until``, a step left running or failed, or to its end."""
        number = self._lease(run)
        runs = self.store.runs
        outputs: dict[str, Mapping[str, object]] = {}
        for step, uses in STEPS:
            if uses == "open_change":
                runs.step_skipped(run.id, number, step)
                continue
            runs.step_started(run.id, number, step)
            if uses == until and failure is not None:
                runs.step_failed(run.id, number, step, failure)
                runs.finish(run.id, number, RunStatus.FAILED, failure)
            if uses == until:
                return self._read(run)
            outputs[uses] = self._output(run, uses, outputs)
            runs.step_completed(run.id, number, step, outputs[uses])
        runs.finish(run.id, number, RunStatus.COMPLETED)
        return self._read(run)

    def publish(self, full_name: str, files: Mapping[str, bytes] = FILES) -> tuple[Repository, Any]:
        """A repository with one commit of ours."""
        owner, _, name = full_name.partition("/")
        found = self.forge.owner(owner, YOU)
        assert found is not None
        repository = self.forge.create_repository(found, name, private=True, description="")
        first = self.forge.head(repository, "main")
        assert first is not None
        commit = self.forge.replace_first_commit(
            repository,
            branch="main",
            first=first,
            files=[
                FileToWrite(path=path, content=content)
                if not path.startswith("scripts/")
                else FileToWrite(path=path, content=content, mode=EXECUTABLE)
                for path, content in files.items()
            ],
            message="Generate orders from python-package",
        )
        return repository, commit

    def _lease(self, run: Run) -> int:
        taken = self.store.runs.lease(run.id, worker="test", lease_s=60)
        assert taken is not None
        return taken.lease_number

    def _read(self, run: Run) -> Run:
        found = self.store.runs.get(run.id)
        assert found is not None
        return found

    def _output(
        self, run: Run, uses: str, before: Mapping[str, Mapping[str, object]]
    ) -> Mapping[str, object]:
        if uses == "file_generation":
            return {
                "project": {
                    "id": run.project_id,
                    "files": len(FILES),
                    "pack": "python-package@1.0.0",
                }
            }
        if uses == "verify":
            return self.verified
        into: Any = run.inputs["into"]
        if uses == "repo_creation":
            self._published = self.publish(into["repository"])
            return {"repository": repository_to_dict(self._published[0])}
        repository, commit = self._published
        return {
            "repository": repository_to_dict(repository),
            "branch": "main",
            "base": "",
            "commit": commit.id,
            "tree": commit.tree_id,
            "files": len(FILES),
        }
