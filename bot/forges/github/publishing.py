"""Commits and branches. Nothing is referred to before it is proven to be what was sent."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence

from bot.core.git_objects import blob_id, root_tree_id
from bot.core.git_values import Commit, FileToWrite, TreeEntry, same_entries
from bot.core.identity import Repository
from bot.core.names import is_branch_name
from bot.errors import UserError
from bot.forges.github.answers import read_commit, read_object, read_ref, read_sha
from bot.forges.github.client import Client
from bot.forges.github.failures import NotFound, Rejected, unreadable
from bot.forges.github.grants import Access, Purpose
from bot.forges.github.routes import Route, is_git_path, repository_route
from bot.forges.github.trees import NEEDS, Trees, proof_failed
from bot.forges.names import check_branch_name
from bot.forges.port import Announce
from bot.forges.trees import check_files, check_nothing_in_the_way, files_in, folders_above

WORKFLOWS = ".github/workflows/"
MAX_READ_BYTES = 1024 * 1024
#: Tags of tags, at whose end a commit is looked for.
_MOST_TAGS = 5
_ID = re.compile(r"[0-9a-f]{40}")


class Publishing:
    """The port's `Publishing`, but for changes and checks. https://docs.github.com/rest/git"""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._trees = Trees(client)

    def head(self, repository: Repository, branch: str) -> Commit | None:
        if not is_branch_name(branch):
            return None
        access = publish_access(repository)
        # Not /branches/BRANCH, which follows a renamed branch to its new name.
        tip = self._tip(access, repository, branch)
        if tip is None:
            return None
        where = repository_route(repository, "/git/commits/{sha}", sha=tip)
        return read_commit(self._client.get(access, where, needs="contents: read"))

    def entries(
        self, repository: Repository, commit: Commit, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        return self._trees.read(publish_access(repository), repository, commit.tree_id, paths)

    def read_file(self, repository: Repository, commit: Commit, path: str) -> bytes | None:
        """https://docs.github.com/rest/repos/contents"""
        if not is_git_path(path):
            return None
        access = publish_access(repository)
        where = repository_route(repository, "/contents/{+path}", path=path)
        try:
            answer = self._client.get(access, where, {"ref": commit.id}, needs="contents: read")
        except NotFound:
            return None
        # A folder is answered with a list, and anything else but a file says so.
        if not isinstance(answer, dict) or answer.get("type") != "file":
            return None
        if int(answer.get("size") or 0) > MAX_READ_BYTES:
            return None
        if answer.get("encoding") != "base64":
            # From one million bytes on GitHub leaves the content out; the blob has it.
            where = repository_route(repository, "/git/blobs/{sha}", sha=str(answer.get("sha")))
            answer = read_object(self._client.get(access, where, needs="contents: read"))
        try:
            return base64.b64decode(answer["content"])
        except (KeyError, TypeError, binascii.Error) as exc:
            raise unreadable(f"GET {where.template}") from exc

    def paths(self, repository: Repository, commit: Commit, folder: str) -> Sequence[str]:
        if folder and not is_git_path(folder):
            return ()
        access = publish_access(repository)
        return files_in(folder, self._trees.folder(access, repository, commit.tree_id, folder))

    def find_commit(self, repository: Repository, ref: str) -> Commit | None:
        if not is_branch_name(ref):
            return None
        access = publish_access(repository)
        named = self._tagged(access, repository, ref) or (ref if _ID.fullmatch(ref) else "")
        if not named:
            return None
        where = repository_route(repository, "/git/commits/{sha}", sha=named)
        found = self._looked_up(access, where)
        return None if found is None else read_commit(found)

    def tree(self, repository: Repository, commit: Commit, folder: str) -> Mapping[str, TreeEntry]:
        if folder and not is_git_path(folder):
            return {}
        access = publish_access(repository)
        return self._trees.below(access, repository, commit.tree_id, folder)

    def _tagged(self, access: Access, repository: Repository, tag: str) -> str:
        """The commit of a tag, or nothing. One with a message is an object of its own."""
        where = repository_route(repository, "/git/ref/tags/{+tag}", tag=tag)
        for _ in range(_MOST_TAGS):
            found = self._looked_up(access, where)
            if found is None:
                break
            at = read_object(read_object(found).get("object"))
            if at.get("type") != "tag":
                return read_sha(at) if at.get("type") == "commit" else ""
            where = repository_route(repository, "/git/tags/{sha}", sha=read_sha(at))
        return ""

    def _looked_up(self, access: Access, where: Route) -> object | None:
        """The answer; None where there is nothing, as in a repository without a commit."""
        try:
            return self._client.get(access, where, needs="contents: read")
        except NotFound:
            return None
        except Rejected as exc:
            if exc.reason == "repository_empty":
                return None
            raise

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
        access, commit = self._commit_over(repository, base, files, message)
        if announce is not None:
            announce(commit)
        self._new_branch(access, repository, branch, commit)
        return commit

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
        access, commit = self._commit_over(repository, parent, files, message)
        if announce is not None:
            announce(commit)
        if self._tip(access, repository, branch) != parent.id:
            raise _branch_moved(branch)
        where = repository_route(repository, "/git/refs/heads/{+branch}", branch=branch)
        try:
            # Without force, so that somebody's commit of this very moment is not lost.
            body = {"sha": commit.id, "force": False}
            self._client.write(access, "PATCH", where, body, needs=NEEDS)
        except Rejected as exc:
            if exc.says("not a fast forward"):
                raise _branch_moved(branch) from exc
            raise
        return commit

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
        access = self._access_for(repository, files)
        tree = self._trees.write(access, repository, files)
        rows = ((file.path, file.mode, blob_id(file.content)) for file in files)
        if tree != root_tree_id(rows):
            raise proof_failed([repository.full_name])
        commit = self._commit(access, repository, tree, [], message)
        if announce is not None:
            announce(commit)
        if self._tip(access, repository, branch) != first.id:
            raise UserError(
                f"Somebody changed {repository.full_name} meanwhile.", reason="repository_moved"
            )
        where = repository_route(repository, "/git/refs/heads/{+branch}", branch=branch)
        body = {"sha": commit.id, "force": True}
        self._client.write(access, "PATCH", where, body, needs=NEEDS)
        return commit

    def _commit_over(
        self, repository: Repository, parent: Commit, files: Sequence[FileToWrite], message: str
    ) -> tuple[Access, Commit]:
        """A proven commit of ``files`` over the tree of ``parent``, on no branch yet."""
        check_files(files)
        access = self._access_for(repository, files)
        self._refuse_obstacles(access, repository, parent, files)
        tree = self._trees.write(access, repository, files, parent.tree_id)
        self._prove(access, repository, tree, files)
        return access, self._commit(access, repository, tree, [parent.id], message)

    def _access_for(self, repository: Repository, files: Sequence[FileToWrite]) -> Access:
        """A token may write workflow files only where some are written, and it is granted."""
        if not any(file.path.lower().startswith(WORKFLOWS) for file in files):
            return publish_access(repository)
        granted = self._client.grants.installation(repository.installation)
        if granted.permissions.get("workflows") != "write":
            raise UserError(
                f"{repository.owner} did not grant the GitHub App the permission "
                f"workflows: write, without which it cannot write {WORKFLOWS}.",
                reason="no_access",
            )
        return publish_access(repository, Purpose.PUBLISH_WORKFLOWS)

    def _refuse_obstacles(
        self, access: Access, repository: Repository, base: Commit, files: Sequence[FileToWrite]
    ) -> None:
        paths = {file.path for file in files}
        paths.update(folder for file in files for folder in folders_above(file.path))
        existing = self._trees.read(access, repository, base.tree_id, paths)
        check_nothing_in_the_way(files, existing)

    def _prove(
        self, access: Access, repository: Repository, tree: str, files: Sequence[FileToWrite]
    ) -> None:
        wanted = {
            file.path: TreeEntry(mode=file.mode, blob_id=blob_id(file.content)) for file in files
        }
        found = self._trees.read(access, repository, tree, wanted)
        if wrong := same_entries(wanted, found):
            raise proof_failed(wrong)

    def _commit(
        self,
        access: Access,
        repository: Repository,
        tree: str,
        parents: Sequence[str],
        message: str,
    ) -> Commit:
        """Without author and committer, so that GitHub makes them us and signs."""
        body = {"message": message, "tree": tree, "parents": parents}
        where = repository_route(repository, "/git/commits")
        commit = read_commit(self._client.write(access, "POST", where, body, needs=NEEDS))
        if (commit.tree_id, commit.parents) != (tree, tuple(parents)):
            raise proof_failed([commit.id])
        return commit

    def _new_branch(
        self, access: Access, repository: Repository, branch: str, commit: Commit
    ) -> None:
        body = {"ref": f"refs/heads/{branch}", "sha": commit.id}
        where = repository_route(repository, "/git/refs")
        try:
            self._client.write(access, "POST", where, body, needs=NEEDS)
        except Rejected as exc:
            if exc.says("already exists"):
                raise UserError(
                    f"The branch {branch} exists already.", reason="branch_exists"
                ) from exc
            raise

    def _tip(self, access: Access, repository: Repository, branch: str) -> str | None:
        where = repository_route(repository, "/git/ref/heads/{+branch}", branch=branch)
        found = self._looked_up(access, where)
        return None if found is None else read_ref(found)


def _branch_moved(branch: str) -> UserError:
    return UserError(f"The branch {branch} is not as it was expected.", reason="branch_moved")


def publish_access(repository: Repository, purpose: Purpose = Purpose.PUBLISH) -> Access:
    """Publishing in one repository, and nowhere else."""
    return Access(
        installation=repository.installation, purpose=purpose, repository_id=repository.id
    )
