"""Commits, branches, changes and checks of the local forge."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from bot.core.git_values import (
    Annotation,
    Change,
    Check,
    CheckState,
    Commit,
    FileToWrite,
    TreeEntry,
)
from bot.core.identity import Actor, Repository, ThreadKind
from bot.errors import UserError
from bot.forges.fields import storable
from bot.forges.local import reading
from bot.forges.local.git import Git, GitFailed
from bot.forges.local.place import Place, actor_of, no_access, row_id
from bot.forges.local.writing import (
    put_in_place_of,
    put_on_branch,
    put_on_new_branch,
    write_commit,
)
from bot.forges.names import check_branch_name
from bot.forges.port import Announce
from bot.forges.trees import (
    MAX_READ_BYTES,
    check_files,
    check_nothing_in_the_way,
    entries_below,
    files_in,
)

_SELECT_CHANGE = """
SELECT changes.*, threads.number, threads.is_open, threads.author_id, accounts.login, accounts.kind
FROM changes JOIN threads ON threads.id = thread_id JOIN accounts ON accounts.id = author_id
WHERE repository_id = ?
"""


class Publishing:
    """The port's `Publishing`; whoever opens a change is named by the caller."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def head(self, repository: Repository, branch: str) -> Commit | None:
        return reading.head(self._place.git(repository), branch)

    def entries(
        self, repository: Repository, commit: Commit, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        everything = _entries(self._place.git(repository), commit.id)
        return {path: everything[path] for path in paths if path in everything}

    def read_file(self, repository: Repository, commit: Commit, path: str) -> bytes | None:
        git = self._place.git(repository)
        if reading.resolve(git, commit.id) != commit.id:
            return None
        content = reading.file_bytes(git, commit.id, path, MAX_READ_BYTES + 1)
        return None if content is None or len(content) > MAX_READ_BYTES else content

    def paths(self, repository: Repository, commit: Commit, folder: str) -> Sequence[str]:
        return files_in(folder, _entries(self._place.git(repository), commit.id))

    def find_commit(self, repository: Repository, ref: str) -> Commit | None:
        return reading.find_commit(self._place.git(repository), ref)

    def tree(self, repository: Repository, commit: Commit, folder: str) -> Mapping[str, TreeEntry]:
        return entries_below(folder, _entries(self._place.git(repository), commit.id))

    def commit_on_new_branch(
        self,
        repository: Repository,
        *,
        branch: str,
        base: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None = None,
    ) -> Commit:
        check_branch_name(branch)
        check_files(files)
        git = self._place.git(repository)
        if reading.head(git, branch) is not None:
            raise UserError(f"The branch {branch} exists already.", reason="branch_exists")
        check_nothing_in_the_way(files, _entries(git, base.id))
        written = write_commit(
            git, files=files, message=message, when=self._place.clock(), base=base.id
        )
        if announce is not None:
            announce(written.commit)
        return put_on_new_branch(git, written, branch)

    def commit_on_branch(
        self,
        repository: Repository,
        *,
        branch: str,
        parent: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None = None,
    ) -> Commit:
        check_branch_name(branch)
        check_files(files)
        git = self._place.git(repository)
        check_nothing_in_the_way(files, _entries(git, parent.id))
        written = write_commit(
            git, files=files, message=message, when=self._place.clock(), base=parent.id
        )
        if announce is not None:
            announce(written.commit)
        return put_on_branch(git, written, branch, parent.id)

    def replace_first_commit(
        self,
        repository: Repository,
        *,
        branch: str,
        first: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None = None,
    ) -> Commit:
        check_branch_name(branch)
        check_files(files)
        git = self._place.git(repository)
        written = write_commit(git, files=files, message=message, when=self._place.clock())
        if announce is not None:
            announce(written.commit)
        return put_in_place_of(git, written, branch, first.id)

    def open_change(
        self,
        repository: Repository,
        author: Actor,
        *,
        branch: str,
        base: str,
        title: str,
        body: str,
        draft: bool,
    ) -> Change:
        self._refuse_empty(repository, branch, base)
        with self._place.database.writing() as connection:
            key = row_id(repository.id)
            if _open_change(connection, key, branch) is not None:
                raise UserError(f"A change from {branch} is open already.", reason="change_exists")
            thread_id, number = add_thread(
                connection,
                repository_id=key,
                kind=ThreadKind.CHANGE,
                title=title,
                body=body,
                author=author,
                now=self._place.now(),
            )
            connection.execute(
                "INSERT INTO changes VALUES (?, ?, ?, ?)", (thread_id, branch, base, draft)
            )
        return Change(
            number=number, url="", branch=branch, base=base, is_draft=draft, author=author
        )

    def find_change(self, repository: Repository, *, branch: str) -> Change | None:
        with self._place.database.reading() as connection:
            row = _open_change(connection, row_id(repository.id), branch)
        return None if row is None else _change(row)

    def changes(self, repository: Repository) -> Sequence[Change]:
        with self._place.database.reading() as connection:
            rows = connection.execute(
                _SELECT_CHANGE + "ORDER BY number DESC", (row_id(repository.id),)
            ).fetchall()
        return [_change(row) for row in rows]

    def report_check(self, repository: Repository, commit_id: str, check: Check) -> str:
        git = self._place.git(repository)
        if reading.resolve(git, commit_id) != commit_id:
            raise UserError(f"There is no commit {commit_id!a}.", reason="unknown_commit")
        with self._place.database.writing() as connection:
            row = connection.execute(
                "INSERT INTO checks (repository_id, commit_id, name, state, title, summary, url) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, "
                "title = excluded.title, summary = excluded.summary, url = excluded.url "
                "RETURNING id",
                (
                    row_id(repository.id),
                    commit_id,
                    check.name,
                    check.state.value,
                    storable(check.title),
                    storable(check.summary),
                    check.url,
                ),
            ).fetchone()
            connection.execute(
                "INSERT INTO check_details (check_id, text, annotations) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET text = excluded.text, "
                "annotations = excluded.annotations",
                (
                    row["id"],
                    storable(check.text),
                    json.dumps([asdict(one) for one in check.annotations]),
                ),
            )
        return str(row["id"])

    def checks(self, repository: Repository, commit_id: str) -> Sequence[Check]:
        with self._place.database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM checks LEFT JOIN check_details ON check_id = checks.id "
                "WHERE repository_id = ? AND commit_id = ? ORDER BY checks.id",
                (row_id(repository.id), commit_id),
            ).fetchall()
        return [
            Check(
                name=row["name"],
                state=CheckState(row["state"]),
                title=row["title"],
                summary=row["summary"],
                url=row["url"],
                text=row["text"] or "",
                annotations=tuple(
                    Annotation(**one) for one in json.loads(row["annotations"] or "[]")
                ),
            )
            for row in rows
        ]

    def _refuse_empty(self, repository: Repository, branch: str, base: str) -> None:
        git = self._place.git(repository)
        tip, onto = reading.head(git, branch), reading.head(git, base)
        for name, commit in ((branch, tip), (base, onto)):
            if commit is None:
                raise UserError(f"There is no branch {name!a}.", reason="branch_missing")
        if tip is None or onto is None or not reading.is_ahead(git, onto.id, tip.id):
            raise UserError(
                f"{branch} has no commits that {base} lacks.", reason="nothing_to_change"
            )


def add_thread(
    connection: sqlite3.Connection,
    *,
    repository_id: int,
    kind: ThreadKind,
    title: str,
    body: str,
    author: Actor,
    now: int,
) -> tuple[int, int]:
    """Write a thread under the repository's next number; gives its row's id and the number."""
    row = connection.execute(
        "INSERT INTO threads "
        "(repository_id, number, kind, title, body, author_id, created_at, updated_at) "
        "SELECT id, (SELECT coalesce(max(number), 0) + 1 FROM threads WHERE repository_id = ?1), "
        "?2, ?3, ?4, ?5, ?6, ?6 FROM repositories WHERE id = ?1 AND gone = 0 "
        "RETURNING id, number",
        (
            repository_id,
            kind.value,
            storable(title),
            storable(body),
            row_id(author.account_id),
            now,
        ),
    ).fetchone()
    if row is None:
        raise no_access("repository")
    return row["id"], row["number"]


def _entries(git: Git, commit_id: str) -> Mapping[str, TreeEntry]:
    try:
        return reading.all_entries(git, commit_id)
    except GitFailed as exc:
        raise UserError(f"There is no commit {commit_id!a}.", reason="unknown_commit") from exc


def _open_change(
    connection: sqlite3.Connection, repository_id: int, branch: str
) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        _SELECT_CHANGE + "AND branch = ? AND is_open = 1 ORDER BY number DESC LIMIT 1",
        (repository_id, branch),
    ).fetchone()
    return row


def _change(row: sqlite3.Row) -> Change:
    return Change(
        number=row["number"],
        url="",
        branch=row["branch"],
        base=row["base"],
        is_open=bool(row["is_open"]),
        is_draft=bool(row["is_draft"]),
        author=actor_of(row["author_id"], row["login"], row["kind"]),
    )
