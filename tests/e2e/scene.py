"""What a test tells of: a GitHub, the product that listens to it, and what somebody asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.core.git_objects import blob_id, root_tree_id
from bot.core.runs import Run, RunStatus
from bot.store.port import DeliveryStatus, EffectStatus
from tests.e2e.bed import GitHubServer, eventually
from tests.e2e.hooks import Delivery
from tests.e2e.product import Product, product

T = TypeVar("T")
PATIENCE_S = 45
BOT = "firstcommit[bot]"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A command as a person wrote it. ``comment`` is None for the opening text of an issue."""

    repo: str
    issue: int
    comment: int | None
    delivery: Delivery


@dataclass(frozen=True, kw_only=True)
class Scene:
    """GitHub, and the product that listens to it."""

    github: GitHubServer
    product: Product

    def ask(self, text: str, *, who: str = "olga", repo: str = "acme/handbook") -> Asked:
        """Write a comment in an issue of its own."""
        person = self.github.as_user(who)
        issue = person.create_issue(repo, "Something is wanted")["number"]
        comment = person.comment(repo, issue, text)["id"]
        return self.asked(repo, issue, comment)

    def open(self, text: str, *, who: str = "olga", repo: str = "acme/handbook") -> Asked:
        """Open an issue with that text."""
        issue = self.github.as_user(who).create_issue(repo, "Something is wanted", text)["number"]
        return self.asked(repo, issue, None)

    def run_of(self, asked: Asked) -> Run | None:
        """The one run that came of it."""
        runs = [
            run
            for run in self.product.services.store.runs.recent(limit=100)
            if run.thread
            and (run.thread.repository.full_name, run.thread.number) == (asked.repo, asked.issue)
        ]
        assert len(runs) <= 1
        return runs[0] if runs else None

    def ended(self, asked: Asked) -> Run:
        """Its run, once it has ended and its last report was made."""

        def look() -> Run | None:
            run = self.run_of(asked)
            return run if run and run.status.is_final and run.reported_at else None

        return self.wait(look)

    def wait(self, look: Callable[[], T | None]) -> T:
        """As `eventually`, telling what the product said where nothing comes."""
        try:
            return eventually(look, timeout_s=PATIENCE_S)
        except AssertionError as exc:
            raise AssertionError(f"{exc}\n{self.product.machine.logs()}") from exc

    def completed(self, asked: Asked) -> Run:
        run = self.ended(asked)
        assert run.status is RunStatus.COMPLETED, run.failure
        effects = self.product.services.store.ledger.of(f"run:{run.id}")
        assert {effect.status for effect in effects} == {EffectStatus.CONFIRMED}
        return run

    def settled(self, guid: str) -> str:
        """What intake noted about a delivery, once it is done with it."""

        def look() -> str | None:
            for row in self.product.services.store.deliveries.recent(limit=100):
                if row.delivery_id == guid and row.status is not DeliveryStatus.RECEIVED:
                    assert row.status is DeliveryStatus.DONE, row.note
                    return row.note
            return None

        return self.wait(look)

    def ours(self, asked: Asked) -> list[str]:
        """What we wrote in the thread."""
        comments = self.github.as_user("olga").comments(asked.repo, asked.issue)
        return [each["body"] for each in comments if each["user"]["login"] == BOT]

    def answer(self, asked: Asked) -> str:
        """The one thing that we wrote in the thread."""
        (body,) = self.ours(asked)
        return body

    def reactions(self, asked: Asked) -> list[str]:
        olga = self.github.as_user("olga")
        if asked.comment is None:
            return olga.reactions(asked.repo, issue=asked.issue)
        return olga.reactions(asked.repo, comment=asked.comment)

    def repositories(self) -> set[str]:
        return set(self.github.as_user("olga").repositories("acme"))

    def written(self, run: Run) -> dict[str, tuple[str, str]]:
        """Path -> mode and blob id of what the run generated, as git would have it."""
        projects = self.product.services.store.projects
        files = projects.files(str(run.project_id))
        contents = projects.contents({file.content_hash for file in files})
        return {
            file.path: (f"{file.mode:06o}", blob_id(contents[file.content_hash])) for file in files
        }

    def asked(self, repo: str, issue: int, comment: int | None) -> Asked:
        """Something that was written, once GitHub has told of it."""

        def sent() -> Delivery | None:
            for each in reversed(self.github.deliveries):
                same = each.payload.get("issue", {}).get("number") == issue
                same = same and each.payload["repository"]["full_name"] == repo
                if same and each.payload.get("comment", {}).get("id") == comment:
                    return each
            return None

        return Asked(repo=repo, issue=issue, comment=comment, delivery=eventually(sent))


@contextmanager
def scene_of(
    server: GitHubServer, database_url: str = "", *, settings: Mapping[str, str] | None = None
) -> Iterator[Scene]:
    key = Path(server.log.parent) / "app.pem"
    key.write_text(server.app.private_key)
    environment = server.environment() | {"GITHUB_PRIVATE_KEY_PATH": str(key)}
    del environment["GITHUB_PRIVATE_KEY"]
    environment |= settings or {}
    with product(environment, database_url=database_url) as started:
        server.deliver_to(f"{started.url}/webhooks/github")
        yield Scene(github=server, product=started)


def assert_new_repository(scene: Scene, run: Run, name: str) -> str:
    """One root commit of ours with exactly the generated files; gives its id."""
    olga = scene.github.as_user("olga")
    repository = olga.repository(name)
    assert repository is not None
    assert repository["private"]
    assert run.id not in repository["description"]
    (commit,) = olga.commits(name)
    assert commit["parents"] == []
    assert f"Firstcommit-Run: {run.id}" in commit["commit"]["message"]
    written = scene.written(run)
    assert olga.tree(name) == written
    rows = ((path, int(mode, 8), blob) for path, (mode, blob) in written.items())
    assert commit["commit"]["tree"]["sha"] == root_tree_id(rows)
    assert list(olga.branches(name)) == ["main"]
    return str(commit["sha"])


def assert_change(scene: Scene, asked: Asked, run: Run, *, path: str = "") -> dict[str, Any]:
    """One draft of ours, over everything that was there before."""
    olga = scene.github.as_user("olga")
    into = run.inputs["into"]
    assert isinstance(into, dict)
    repo = into["repository"]
    (change,) = [
        each
        for each in olga.changes(repo, state="all")
        if each["head"]["ref"] == f"firstcommit/{run.short_id}"
    ]
    assert change["draft"]
    assert change["base"]["ref"] == "main"
    branch = change["head"]["ref"]
    prefix = f"{path}/" if path else ""
    before = olga.tree(repo)
    written = {f"{prefix}{name}": entry for name, entry in scene.written(run).items()}
    assert olga.tree(repo, branch) == {**before, **written}
    head, *_ = olga.commits(repo, branch)
    assert [parent["sha"] for parent in head["parents"]] == [olga.branches(repo)["main"]]
    assert f"compare/main...{branch}" in scene.ours(asked)[0]
    return change
