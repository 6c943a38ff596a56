"""Trees and blobs: many files in few calls, and large trees read whole.

https://docs.github.com/rest/git/trees and https://docs.github.com/rest/git/blobs
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.core.git_objects import TREE_MODE, blob_id
from bot.core.git_values import FileToWrite, TreeEntry
from bot.core.identity import Repository
from bot.errors import StepFailed
from bot.forges.github.answers import Tree, read_sha, read_tree
from bot.forges.github.client import Client
from bot.forges.github.failures import Rejected
from bot.forges.github.grants import Access
from bot.forges.github.routes import repository_route
from bot.forges.trees import entries_below

#: Text in one call. A chunk is closed by the file that reaches this, so that no more chunks
#: are made than the total asks for.
CHUNK_BYTES = 5 * 1024 * 1024
#: For so long a retried step knows which blobs it stored. GitHub keeps them for weeks.
_BLOB_KEPT_S = 86_400.0
NEEDS = "contents: write"


class Trees:
    """Writing files as trees, and reading them back."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def write(
        self, access: Access, repository: Repository, files: Sequence[FileToWrite], base: str = ""
    ) -> str:
        """The id of a tree that holds ``files`` over those of the tree ``base``, if one is given.

        One call for each chunk of text, and one for each binary file.
        """
        where = repository_route(repository, "/git/trees")
        tree = base
        for chunk in _chunks(files):
            body: dict[str, object] = {
                "tree": [self._entry(access, repository, file) for file in chunk]
            }
            if tree:
                body["base_tree"] = tree
            try:
                answer = self._client.write(access, "POST", where, body, needs=NEEDS, long=True)
            except Rejected:
                # Maybe a blob was cleaned away: the next try stores all of them anew.
                for file in chunk:
                    self._client.cache.forget(_blob_key(repository, blob_id(file.content)))
                raise
            tree = read_sha(answer)
        return tree

    def read(
        self, access: Access, repository: Repository, tree: str, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        """Those of ``paths`` that exist in a tree, folders too."""
        whole = self._listing(access, repository, tree, recursive=True)
        if not whole.truncated:
            return {path: whole.entries[path] for path in paths if path in whole.entries}
        # Too large to be listed at once: only the folders on the way are asked for.
        folders: dict[str, Mapping[str, TreeEntry]] = {
            "": self._whole_folder(access, repository, tree)
        }
        found = ((path, self._walk(access, repository, folders, path)) for path in paths)
        return {path: entry for path, entry in found if entry is not None}

    def folder(
        self, access: Access, repository: Repository, tree: str, path: str
    ) -> Mapping[str, TreeEntry]:
        """What lies right in a folder of a tree, by its full path; only the way to it is read."""
        folders: dict[str, Mapping[str, TreeEntry]] = {
            "": self._whole_folder(access, repository, tree)
        }
        prefix = f"{path}/" if path else ""
        # Whatever is looked for there, the folder is read on the way.
        self._walk(access, repository, folders, f"{prefix}-")
        return {f"{prefix}{name}": entry for name, entry in folders[path].items()}

    def below(
        self, access: Access, repository: Repository, tree: str, path: str
    ) -> Mapping[str, TreeEntry]:
        """All that lies below a folder of a tree, by its path from there; no folders."""
        if path:
            folder, _, _ = path.rpartition("/")
            entry = self.folder(access, repository, tree, folder).get(path)
            if entry is None or entry.mode != TREE_MODE:
                return {}
            tree = entry.blob_id
        listing = self._listing(access, repository, tree, recursive=True)
        if listing.truncated:
            raise StepFailed(
                "The folder has more in it than GitHub lists.", reason="folder_too_large"
            )
        return entries_below("", listing.entries)

    def _walk(
        self,
        access: Access,
        repository: Repository,
        folders: dict[str, Mapping[str, TreeEntry]],
        path: str,
    ) -> TreeEntry | None:
        folder, _, name = path.rpartition("/")
        if folder not in folders:
            above = self._walk(access, repository, folders, folder)
            is_folder = above is not None and above.mode == TREE_MODE
            folders[folder] = (
                self._whole_folder(access, repository, above.blob_id)
                if above is not None and is_folder
                else {}
            )
        return folders[folder].get(name)

    def _whole_folder(
        self, access: Access, repository: Repository, tree: str
    ) -> Mapping[str, TreeEntry]:
        listing = self._listing(access, repository, tree)
        if listing.truncated:
            raise StepFailed(
                "A folder of the repository has more entries than GitHub lists.",
                reason="folder_too_large",
            )
        return listing.entries

    def _listing(
        self, access: Access, repository: Repository, tree: str, *, recursive: bool = False
    ) -> Tree:
        where = repository_route(repository, "/git/trees/{tree}", tree=tree)
        # Any value means yes, also "0" and "false".
        params = {"recursive": 1} if recursive else None
        return read_tree(self._client.get(access, where, params, needs="contents: read"))

    def _entry(self, access: Access, repository: Repository, file: FileToWrite) -> object:
        entry = {"path": file.path, "mode": f"{file.mode:06o}", "type": "blob"}
        text = _text(file.content)
        if text is not None:
            return {**entry, "content": text}
        return {**entry, "sha": self._stored_blob(access, repository, file)}

    def _stored_blob(self, access: Access, repository: Repository, file: FileToWrite) -> str:
        expected = blob_id(file.content)
        key = _blob_key(repository, expected)
        # A project with more binary files than the pace allows at once is published in several
        # tries, each of which goes on where the last one stopped.
        if self._client.cache.get(key) is not None:
            return expected
        where = repository_route(repository, "/git/blobs")
        body = {"content": base64.b64encode(file.content).decode(), "encoding": "base64"}
        answer = self._client.write(access, "POST", where, body, needs=NEEDS, long=True)
        if read_sha(answer) != expected:
            raise proof_failed([file.path])
        self._client.cache.put(key, "stored", _BLOB_KEPT_S)
        return expected


def proof_failed(paths: Sequence[str]) -> StepFailed:
    """What arrived is not what was sent."""
    named = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    return StepFailed(
        f"What GitHub stored is not what was sent ({named}), so nothing refers to it.",
        reason="proof_failed",
    )


def _blob_key(repository: Repository, blob: str) -> str:
    return f"blob:{repository.id}:{blob}"


def _text(content: bytes) -> str | None:
    """The content as text that JSON can carry unchanged, or None where it has to be a blob."""
    if b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _chunks(files: Sequence[FileToWrite]) -> Iterator[Sequence[FileToWrite]]:
    chunk: list[FileToWrite] = []
    size_bytes = 0
    for file in files:
        if size_bytes >= CHUNK_BYTES:
            yield chunk
            chunk, size_bytes = [], 0
        chunk.append(file)
        if _text(file.content) is not None:
            size_bytes += len(file.content)
    if chunk:
        yield chunk
