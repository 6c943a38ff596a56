"""Repositories, commits and changes that are only noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.git_values import Change, Commit, FileToWrite
from bot.core.identity import Repository, ThreadKind
from bot.errors import UserError
from bot.forges.names import check_branch_name
from bot.forges.port import Announce, Forge, Owner
from bot.forges.recording import words
from bot.forges.recording.history import History
from bot.forges.recording.notes import Notes
from bot.forges.recording.places import Places, is_invented
from bot.forges.recording.talks import Talks


class Publishing:
    """What the port promises of repositories and of publishing, as far as it writes."""

    def __init__(
        self,
        real: Forge,
        notes: Notes,
        *,
        places: Places,
        talks: Talks,
        clock: Callable[[], datetime],
    ) -> None:
        self.history = History(real)
        self._real = real
        self._notes = notes
        self._places = places
        self._talks = talks
        self._clock = clock

    def make_repository(
        self, owner: Owner, name: str, *, private: bool, description: str
    ) -> Repository:
        """A repository with the forge's own first commit, of which nobody is told."""
        made = self._places.make(owner, name, private=private, description=description)
        readme = FileToWrite(path="README.md", content=f"# {name}\n".encode())
        first = self.history.commit(
            made, [readme], "Initial commit\n", when=self._clock(), base=None
        )
        self._places.put(made, made.default_branch, first)
        return made

    def put_files(self, repository: Repository, files: Sequence[FileToWrite]) -> None:
        """Have files be on the default branch, of which nobody is told."""
        branch = repository.default_branch
        base = self.head(repository, branch)
        made = self._commit(repository, files, "Suppose\n", base, None)
        self._places.put(repository, branch, made)

    def repository(self, full_name: str) -> Repository | None:
        """One that was made here, or the real one, as it would be described by now."""
        found = self._places.find(full_name) or self._real.repository(full_name)
        return None if found is None else self._places.as_described(found)

    def create_repository(
        self, owner: Owner, name: str, *, private: bool, description: str
    ) -> Repository:
        full_name = f"{owner.login}/{name}"
        with self._notes.one():
            if self.repository(full_name) is not None:
                raise UserError(f"{full_name} exists already.", reason="repository_exists")
            made = self.make_repository(owner, name, private=private, description=description)
            kind = "private" if private else "public"
            self._notes.on("create_repository", made, f"create repository {full_name} ({kind})")
        return made

    def describe_repository(self, repository: Repository, description: str) -> None:
        with self._notes.one():
            self._places.describe(repository, description)
            words_of_it = words.first_line(description) or "with nothing"
            summary = f"describe {repository.full_name}: {words_of_it}"
            self._notes.on("describe_repository", repository, summary)

    def head(self, repository: Repository, branch: str) -> Commit | None:
        ours = self._places.tip(repository, branch)
        if ours is not None or is_invented(repository):
            return ours
        return self._real.head(repository, branch)

    def find_commit(self, repository: Repository, ref: str) -> Commit | None:
        ours = self.history.find(ref)
        if ours is not None or is_invented(repository):
            return ours
        return self._real.find_commit(repository, ref)

    def commit_on_new_branch(
        self,
        repository: Repository,
        *,
        branch: str,
        base: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None,
    ) -> Commit:
        check_branch_name(branch)
        with self._notes.one():
            if self.head(repository, branch) is not None:
                raise UserError(f"The branch {branch} exists already.", reason="branch_exists")
            made = self._commit(repository, files, message, base, announce)
            self._places.put(repository, branch, made)
            summary = words.branch_commit(repository, branch, files, base)
            self._notes.on("commit_on_new_branch", repository, summary)
        return made

    def commit_on_branch(
        self,
        repository: Repository,
        *,
        branch: str,
        parent: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None,
    ) -> Commit:
        with self._notes.one():
            tip = self.head(repository, branch)
            if tip is None or tip.id != parent.id:
                raise UserError(
                    f"The branch {branch} is not as it was expected.", reason="branch_moved"
                )
            made = self._commit(repository, files, message, parent, announce)
            self._places.put(repository, branch, made)
            summary = words.amending_commit(repository, branch, files, parent)
            self._notes.on("commit_on_branch", repository, summary)
        return made

    def replace_first_commit(
        self,
        repository: Repository,
        *,
        branch: str,
        first: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None,
    ) -> Commit:
        with self._notes.one():
            tip = self.head(repository, branch)
            if tip is None or tip.id != first.id:
                raise UserError(
                    f"The branch {branch} is not as it was expected.", reason="repository_moved"
                )
            made = self._commit(repository, files, message, None, announce)
            self._places.put(repository, branch, made)
            summary = words.root_commit(repository, branch, files, made)
            self._notes.on("replace_first_commit", repository, summary)
        return made

    def open_change(
        self,
        repository: Repository,
        *,
        branch: str,
        base: str,
        title: str,
        body: str,
        draft: bool,
    ) -> Change:
        with self._notes.one():
            self._check_change(repository, branch, base)
            change = Change(
                number=self._talks.open(repository, ThreadKind.CHANGE).number,
                url="",
                branch=branch,
                base=base,
                is_draft=draft,
                author=self._real.me(),
            )
            self._places.add_change(repository, change, title)
            summary = f"open change {title!r} from {branch} to {base}"
            summary += " as draft" if draft else ""
            self._notes.on("open_change", repository, summary)
        return change

    def find_change(self, repository: Repository, *, branch: str) -> Change | None:
        ours = self._places.change_from(repository, branch)
        if ours is not None or is_invented(repository):
            return ours
        return self._real.find_change(repository, branch=branch)

    def _commit(
        self,
        repository: Repository,
        files: Sequence[FileToWrite],
        message: str,
        base: Commit | None,
        announce: Announce | None,
    ) -> Commit:
        made = self.history.commit(repository, files, message, when=self._clock(), base=base)
        if announce is not None:
            announce(made)
        return made

    def _check_change(self, repository: Repository, branch: str, base: str) -> None:
        tip, onto = self.head(repository, branch), self.head(repository, base)
        if tip is None or onto is None:
            raise UserError(f"{branch!a} or {base!a} is no branch.", reason="branch_missing")
        if tip.id == onto.id:
            raise UserError(
                f"{branch} has no commits that {base} lacks.", reason="nothing_to_change"
            )
        if self.find_change(repository, branch=branch) is not None:
            raise UserError(f"A change from {branch} is open already.", reason="change_exists")
