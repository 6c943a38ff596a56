"""A generated project in memory: its files, and where each comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.core.git_objects import blob_id, root_tree_id
from bot.core.git_values import REGULAR
from bot.core.limits import ProjectLimits
from bot.core.paths import check_mode, check_paths


@dataclass(frozen=True, kw_only=True)
class GeneratedFile:
    """One file: its path in the project, bytes, mode as git writes it, and origin.

    ``origin`` is ``pack@version``, ``agent`` or ``person``.
    """

    path: str
    content: bytes = field(repr=False)
    mode: int = REGULAR
    origin: str

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return len(self.content)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the content, 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def blob_id(self) -> str:
        """The id that git gives the content."""
        return blob_id(self.content)

    @cached_property
    def text(self) -> str | None:
        """The content as text, or None if it is binary: not UTF-8, or with a NUL in it."""
        return text_of(self.content)

    @property
    def is_text(self) -> bool:
        """Whether the content can be shown, compared by lines and sent as text."""
        return self.text is not None


def text_of(content: bytes) -> str | None:
    """What the bytes say, if they are text: UTF-8 without NUL."""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True, kw_only=True)
class FileSet:
    """Files in the order of their paths, each path fit and once. Made by :meth:`of`."""

    files: tuple[GeneratedFile, ...]

    @classmethod
    def of(cls, files: Iterable[GeneratedFile], limits: ProjectLimits | None = None) -> FileSet:
        """The files through the path gate and the limits (the usual ones if not given).

        Raises:
            UserError: ``bad_path``, ``too_large`` or ``too_many_files``.
        """
        ordered = tuple(sorted(files, key=lambda file: file.path))
        limits = limits or ProjectLimits()
        check_paths(file.path for file in ordered)
        limits.check_count(len(ordered))
        for file in ordered:
            check_mode(file.path, file.mode)
            limits.check_file(file.path, file.size)
        limits.check_total(sum(file.size for file in ordered))
        return cls(files=ordered)

    def __iter__(self) -> Iterator[GeneratedFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def get(self, path: str) -> GeneratedFile | None:
        """The file with this path, or None."""
        return self._by_path.get(path)

    @cached_property
    def total_size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @cached_property
    def tree_id(self) -> str:
        """The id of the git tree that holds exactly these files."""
        return root_tree_id((file.path, file.mode, file.blob_id) for file in self.files)

    @cached_property
    def _by_path(self) -> Mapping[str, GeneratedFile]:
        return {file.path: file for file in self.files}


@dataclass(frozen=True, kw_only=True)
class GeneratedProjectFiles:
    """What a pack made of answers.

    ``answers`` are complete, typed and without secrets: given again, they make the same files.
    ``name`` is what they call the project.
    """

    files: FileSet
    pack: str
    version: str
    answers: Mapping[str, object]
    name: str
