"""What an organisation allows. With no file of its own, these values are in force."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.core.identity import Permission


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules that dispatch asks. The defaults are those of a server without a policy file."""

    generate: Permission = Permission.WRITE
    into: str = "."
    draft: bool = True
    private: bool = True
    packs: tuple[str, ...] = ("*",)
    #: Answers an hour to somebody without write; the next gets a reaction, then nothing.
    stranger_answers_per_hour: int = 5
    #: Unfinished runs that one thread may have at a time.
    runs_per_thread: int = 3

    def allows_pack(self, name: str) -> bool:
        """Whether a pack of that name may be used."""
        return any(fnmatchcase(name, pattern) for pattern in self.packs)
