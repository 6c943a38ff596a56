"""Configuration files of people as they were last found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class KnownFile:
    """A configuration file as it was last found to be good, and the last problem with it.

    ``version`` and ``problem_version`` are commit ids.
    """

    text: str | None
    version: str
    problem: str
    problem_version: str


class KnownFiles(Protocol):
    """The last good state of files that people keep in their repositories, such as policies."""

    def get(self, forge: str, repository_id: str, path: str) -> KnownFile | None:
        """What is known of a file."""

    def good(
        self,
        forge: str,
        repository_id: str,
        path: str,
        *,
        version: str,
        text: str | None,
        owner_id: str = "",
    ) -> None:
        """Record that a version is good (None: there is no such file); no problem is left.

        ``owner_id`` is the account that owns the repository: what is known goes when it leaves.
        """

    def bad(
        self,
        forge: str,
        repository_id: str,
        path: str,
        *,
        version: str,
        problem: str,
        owner_id: str = "",
    ) -> bool:
        """Record what is wrong with a version; True where that was not known yet."""
