"""How many writing calls GitHub gets for a project, whatever its number of files.

The adapter talks to a server of prepared answers. What it would be compared with is the
contents API, which writes one file a call.
"""

from __future__ import annotations

from bot.core.git_values import FileToWrite
from bot.core.identity import Standing
from bot.forges.port import Owner
from tests.bench.figures import Figure
from tests.forges.github_git import GitDatabase, publish_change, publish_new, texts
from tests.forges.github_script import REPOSITORY

AT_MOST = 5
COUNTS = (10, 500, 2_000)
TEXT_BYTES = 2_000
BINARY_FILES = 3

ACME = Owner(
    login="acme", account_id="77", is_person=False, standing=Standing.OWNER, installation="9"
)


def measure() -> list[Figure]:
    """The calls for new repositories and for changes."""
    figures = []
    for count in COUNTS:
        files = texts(count, TEXT_BYTES)
        figures += [
            _figure(f"a new repository of {count:,} files", new_repository(files), count + 1),
            _figure(f"a change of {count:,} files", change(files), count + 2),
        ]
    files = [*texts(COUNTS[0], TEXT_BYTES), *binaries(BINARY_FILES)]
    what = f"a change of {COUNTS[0]} files and {BINARY_FILES} binary ones"
    return [*figures, _figure(what, change(files), len(files) + 2, more=BINARY_FILES)]


def new_repository(files: list[FileToWrite]) -> int:
    """The writing calls that make a repository of exactly these files."""
    github = GitDatabase()
    forge = github.forge()
    made = forge.create_repository(ACME, "orders", private=True, description="run 1")
    publish_new(forge, files)
    forge.describe_repository(made, "Orders")
    return len(github.writes)


def change(files: list[FileToWrite]) -> int:
    """The writing calls that open a change of these files on a repository."""
    github = GitDatabase()
    forge = github.forge()
    publish_change(forge, files)
    forge.open_change(
        REPOSITORY, branch="b/1", base="main", title="Orders", body="Orders", draft=True
    )
    return len(github.writes)


def binaries(count: int) -> list[FileToWrite]:
    """Files that JSON cannot carry as text."""
    return [FileToWrite(path=f"{n}.bin", content=bytes([0, n])) for n in range(count)]


def _figure(what: str, calls: int, bare: int, *, more: int = 0) -> Figure:
    return Figure(
        what=f"{what}; bare: one call a file",
        ours=calls,
        bare=bare,
        ratio=calls / bare,
        unit="calls",
        ours_at_most=AT_MOST + more,
    )
