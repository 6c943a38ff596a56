"""A folder of a repository on a forge, read whole at one commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from bot.core.git_values import EXECUTABLE, REGULAR, Commit, TreeEntry, TreeFile
from bot.core.identity import Repository
from bot.errors import UserError
from bot.forges.port import Forge
from bot.generation.foreign.bundle import MAX_FILES, Bundle, bundle_of
from bot.pack_sources.cache import BundleCache

_AT_ONCE = 8


def read_folder(
    cache: BundleCache, forge: Forge, repository: Repository, commit: Commit, folder: str
) -> Bundle:
    """The bundle of a folder at a commit.

    Raises:
        UserError: ``bad_pack``, ``too_large``, ``too_many_files``.
        Transient: Where the forge did not answer.
    """
    shown = f"{repository.full_name}/{folder}" if folder else repository.full_name
    key = f"{repository.forge} {repository.id} {commit.id} {folder}"

    def fetch() -> Bundle:
        entries = forge.tree(repository, commit, folder)
        if not entries:
            raise UserError(f"There is nothing in {shown}.", reason="bad_pack")
        if len(entries) > MAX_FILES:
            raise UserError(f"{shown} has more than {MAX_FILES} files.", reason="too_many_files")
        _refuse_links(shown, entries)
        # What is too much is refused as it comes, and the rest of it never asked for.
        with closing(_files(forge, repository, commit, folder, entries)) as files:
            return bundle_of(files, shown=shown)

    return cache.get(key, fetch)


def _refuse_links(shown: str, entries: Mapping[str, TreeEntry]) -> None:
    """Before anything is read: the mode alone tells."""
    odd = (
        TreeFile(path=path, content=b"", mode=entry.mode)
        for path, entry in entries.items()
        if entry.mode not in (REGULAR, EXECUTABLE)
    )
    for file in odd:
        bundle_of([file], shown=shown)


def _files(
    forge: Forge,
    repository: Repository,
    commit: Commit,
    folder: str,
    entries: Mapping[str, TreeEntry],
) -> Generator[TreeFile]:
    prefix = f"{folder}/" if folder else ""

    def read(path: str) -> TreeFile:
        content = forge.read_file(repository, commit, f"{prefix}{path}")
        if content is None:
            raise UserError(
                f"{repository.full_name}/{prefix}{path} is too large to be read.",
                reason="too_large",
            )
        return TreeFile(path=path, content=content, mode=entries[path].mode)

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pack") as pool:
        yield from _each(pool, read, entries)


def _each(
    pool: ThreadPoolExecutor, read: Callable[[str], TreeFile], paths: Iterable[str]
) -> Iterator[TreeFile]:
    """In order, and never more than a few ahead of whoever takes them."""
    ahead: deque[Future[TreeFile]] = deque()
    for path in paths:
        ahead.append(pool.submit(read, path))
        if len(ahead) >= 2 * _AT_ONCE:
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()
