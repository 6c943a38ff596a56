"""What an exporter is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.paths import PathGate, bad_path, check_mode, check_path
from bot.core.runs import ExportType
from bot.exports.pieces import in_pieces

#: Rises when an exporter of ours writes the same files as other bytes than before.
LAYOUT = 1
#: 1980-01-01, midnight in UTC: the earliest time that a zip knows, and one that no tar doubts.
MOMENT = 315_532_800

Build = Callable[[str, Iterable["Member"]], Iterator[bytes]]


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file on its way into an archive. ``mode`` is as git writes it."""

    path: str
    mode: int
    content: bytes = field(repr=False)

    @property
    def permissions(self) -> int:
        """As a file system has them; who else may write is up to whoever unpacks it."""
        return 0o755 if self.mode & 0o100 else 0o644


class Written(Protocol):
    """A file that is in memory already."""

    @property
    def path(self) -> str:
        """Relative, with slashes."""

    @property
    def mode(self) -> int:
        """As git writes it."""

    @property
    def content(self) -> bytes:
        """All of it."""


def members_of(files: Iterable[Written]) -> Iterator[Member]:
    """Files in memory, such as a generated project's, as members of an archive."""
    for file in files:
        yield Member(path=file.path, mode=file.mode, content=file.content)


@dataclass(frozen=True, kw_only=True)
class RepositoryExporter:
    """One kind of export: its words, how its files end, and what writes it.

    ``write`` is given a folder and members that are checked already. ``depends_on`` names what
    the bytes depend on besides those, by its version: a library that compresses.
    """

    type: ExportType
    summary: str
    suffix: str
    media_type: str
    write: Build
    depends_on: Mapping[str, str] = field(default_factory=dict)

    def build(self, folder: str, members: Iterable[Member]) -> Iterator[bytes]:
        """The archive in pieces, each made when it is asked for.

        Args:
            folder: What everything lies in.
            members: In the order of their paths; each is let go before the next is asked for.

        Raises:
            UserError: ``bad_path`` for what must not lie in an archive.
            ValueError: Two members are in no order, or have one path.
        """
        if "/" in check_path(folder):
            raise bad_path(folder, "has to be the name of one folder")
        return in_pieces(self.write(folder, _checked(members)))

    def built(self, folder: str) -> dict[str, object]:
        """All that the bytes depend on besides the files."""
        return {"folder": folder, "layout": LAYOUT, **self.depends_on}


def _checked(members: Iterable[Member]) -> Iterator[Member]:
    before, gate = "", PathGate()
    for member in members:
        check_mode(check_path(member.path), member.mode)
        if member.path <= before:
            raise ValueError(f"{member.path!a} comes behind {before!a}")
        gate.check(member.path)
        before = member.path
        yield member
        # Else it would be kept until the next one has been read.
        del member
