"""What a test tells of without a GitHub: the forge of this machine, and the product behind it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.core.identity import Thread
from bot.core.runs import Run, RunStatus
from bot.forges.local import LocalForge, People
from bot.services import Services
from tests.e2e.bed import eventually
from tests.e2e.product import Machine, deliver

T = TypeVar("T")
PATIENCE_S = 60
AS_YOU = ("-c", "user.name=You", "-c", "user.email=you@example.org")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A person at the machine on which the product runs."""

    machine: Machine
    services: Services

    @property
    def forge(self) -> LocalForge:
        forge = self.services.forges["local"]
        assert isinstance(forge, LocalForge)
        return forge

    @property
    def people(self) -> People:
        assert isinstance(self.services.people, People)
        return self.services.people

    def push(self, full_name: str, files: Mapping[str, str | bytes], *, tag: str = "") -> str:
        """Push files to the default branch, as people do, and a tag; gives the commit's id."""
        made = self.people.ensure_repository(full_name)
        with tempfile.TemporaryDirectory() as folder:
            git("clone", "-q", made.clone_url, folder)
            write(Path(folder), files)
            git("-C", folder, "add", "-A")
            git("-C", folder, *AS_YOU, "commit", "-q", "-m", "Add what is ours")
            if tag:
                git("-C", folder, *AS_YOU, "tag", "-a", "-m", tag, tag)
            git("-C", folder, "push", "-q", "origin", "HEAD:main", *([tag] if tag else []))
            return git("-C", folder, "rev-parse", "HEAD")

    def ask(self, text: str, *, repo: str = "demo/playground") -> Thread:
        """Write a comment in an issue of its own; it is delivered through the signed door."""
        thread = self.people.open_thread(repo, "Something is wanted", "Please.")
        self.say(thread, text)
        return thread

    def say(self, thread: Thread, text: str) -> None:
        kind, body = self.people.delivery_for_comment(thread, self.people.say(thread, text))
        url = f"http://127.0.0.1:{self.machine.environment['FIRSTCOMMIT_PORT']}"
        secret = self.services.keys.local_webhook_secret
        assert deliver(url, kind, body, secret=secret).status_code == 202

    def ours(self, thread: Thread) -> list[str]:
        """What we wrote in a thread."""
        return [post.text for post in self.people.timeline(thread) if post.author.is_bot]

    def answer(self, thread: Thread) -> str:
        """The one thing that we wrote there, once it is written."""
        (text,) = self.wait(lambda: self.ours(thread))
        return text

    def run_of(self, thread: Thread) -> Run | None:
        """The one run that came of a thread."""
        runs = self.services.store.runs.in_thread(thread)
        assert len(runs) <= 1
        return runs[0] if runs else None

    def ended(self, thread: Thread) -> Run:
        """Its run, once it has ended and its last report was made."""

        def look() -> Run | None:
            run = self.run_of(thread)
            return run if run and run.status.is_final and run.reported_at else None

        return self.wait(look)

    def completed(self, thread: Thread) -> Run:
        run = self.ended(thread)
        assert run.status is RunStatus.COMPLETED, run.failure
        return run

    def branches(self, full_name: str) -> list[str]:
        """The branches of a repository's changes."""
        repository = self.forge.repository(full_name)
        found = () if repository is None else self.people.changes(repository)
        return [change.branch for change in found]

    def files(self, full_name: str, ref: str) -> dict[str, bytes]:
        """Everything that lies at the tip of a branch."""
        repository = self.people.ensure_repository(full_name)
        found = self.people.files_of(repository, ref)
        contents = {
            file.path: self.people.read_file(repository, ref, file.path, file.size_bytes)
            for file in found
        }
        return {path: content or b"" for path, content in contents.items()}

    def wait(self, look: Callable[[], T | None]) -> T:
        """As `eventually`, telling what the product said where nothing comes."""
        try:
            return eventually(look, timeout_s=PATIENCE_S)
        except AssertionError as exc:
            raise AssertionError(f"{exc}\n{self.machine.logs()}") from exc


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Lay files out in a folder."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


def git(*arguments: str) -> str:
    """What a git command prints."""
    return subprocess.check_output(["git", *arguments], text=True).strip()
