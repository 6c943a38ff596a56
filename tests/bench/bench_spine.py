"""From a comment to the change that it asked for, on the forge of this machine.

All of the program but HTTP and the queue, in one process: the comment is written, its delivery
stored, read and decided on, the run saved, its steps carried out and recorded in a SQLite file,
the change opened, the last report made. The bare script puts the same files into the same kind
of repository by the same two git commands, and knows nothing of before or after.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

from bot.core.git_values import FileToWrite
from bot.core.policy import Policy
from bot.core.runs import Run, RunStatus
from bot.forges.local import LocalForge, People
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.jobs.execute import execute
from bot.jobs.intake import take_in
from bot.services import Services
from bot.settings import Settings
from bot.store.opening import open_store
from tests.bench.figures import Figure
from tests.bench.turns import in_turns
from tests.spine import SHIPPED_PACKS, Lists, replies
from tests.web.doubles import keys

ROUNDS = 15
REPOSITORY = "demo/playground"
COMMAND = "/generate python-package name=orders path=packages/orders-{number}"
#: Promised for a template-only change on a forge that answers at once.
CHANGE_WITHIN_MS = 2_000


def measure() -> list[Figure]:
    """The whole way, beside the bare script."""
    with tempfile.TemporaryDirectory() as folder:
        spine = Spine(Path(folder))
        files = spine.files_of(spine.whole())
        bare = BareGit(Path(folder) / "bare.git", files)
        turns = in_turns(rounds=ROUNDS, whole=spine.whole, bare=bare.publish)
        spine.services.store.database.close()
    return [
        turns.figure(
            f"comment to open change, {len(files)} files, local forge, in one process; "
            "bare: git fast-import and update-ref",
            ours="whole",
            bare="bare",
            ours_at_most=CHANGE_WITHIN_MS,
        )
    ]


class Spine:
    """The program in this process, over parts that write to disk."""

    def __init__(self, folder: Path) -> None:
        forge = LocalForge(folder / "forge")
        self.people = People(forge)
        self.queue = Lists()
        self.services = Services(
            settings=Settings(data_dir=folder),
            keys=keys(),
            clock=lambda: datetime.now(UTC),
            store=open_store(f"sqlite:///{folder}/store.db"),
            queue=self.queue,
            forges={forge.name: forge},
            generator=ProjectGenerator(PackLibrary(SHIPPED_PACKS)),
            replies=replies(),
            policy=Policy(),
            people=self.people,
        )
        self.services.store.database.migrate()
        self._thread = self.people.open_thread(REPOSITORY, "Orders", "We need it.")
        self._numbers = count()

    def whole(self) -> Run:
        """A comment that asks for a change, and everything that comes of it."""
        comment = self.people.say(self._thread, COMMAND.format(number=next(self._numbers)))
        kind, body = self.people.delivery_for_comment(self._thread, comment)
        deliveries = self.services.store.deliveries
        claim = deliveries.claim(forge="local", delivery_id=str(uuid4()), kind=kind, body=body)
        take_in(self.services, claim.id)
        run_id = self.queue.runs.pop()
        execute(self.services, run_id, worker="bench:1")
        run = self.services.store.runs.get(run_id)
        assert run is not None
        assert run.status is RunStatus.COMPLETED, run.failure
        return run

    def files_of(self, run: Run) -> Sequence[FileToWrite]:
        """What a run has generated."""
        projects = self.services.store.projects
        listed = projects.files(str(run.project_id))
        contents = projects.contents({file.content_hash for file in listed})
        return [
            FileToWrite(path=file.path, mode=file.mode, content=contents[file.content_hash])
            for file in listed
        ]


class BareGit:
    """What a script would do that has the files already."""

    def __init__(self, folder: Path, files: Sequence[FileToWrite]) -> None:
        self._folder = folder
        self._files = files
        self._numbers = count()
        self._git("init", "--quiet", "--bare", "--template=", str(folder))
        self._git("fast-import", "--quiet", stdin=_stream("refs/heads/main", "", []))

    def publish(self) -> None:
        """One commit on a new branch."""
        number = next(self._numbers)
        ref = f"refs/work/{number}"
        stream = _stream(ref, f"packages/orders-{number}/", self._files)
        self._git("fast-import", "--quiet", stdin=stream)
        moves = f"create refs/heads/orders-{number} {ref}\ndelete {ref}\n"
        self._git("update-ref", "--stdin", stdin=moves.encode())

    def _git(self, *arguments: str, stdin: bytes = b"") -> None:
        environment = {"PATH": os.environ["PATH"], "GIT_DIR": str(self._folder)}
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(
            ["git", *arguments], input=stdin, env=environment, check=True, capture_output=True
        )


def _stream(ref: str, folder: str, files: Sequence[FileToWrite]) -> bytes:
    parts = [f"commit {ref}\ncommitter Ada <ada@example.com> 0 +0000\ndata 0\n\n".encode()]
    if folder:
        parts.append(b"from refs/heads/main^0\n")
    for file in files:
        path = f"M {file.mode:o} inline {folder}{file.path}\n"
        parts.append(f"{path}data {len(file.content)}\n".encode() + file.content + b"\n")
    return b"".join(parts)
