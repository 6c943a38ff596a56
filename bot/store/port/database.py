"""The database itself, and how long anything in it is held."""

from __future__ import annotations

from typing import Protocol

#: No run and no delivery is held for longer; whoever needs more renews. A lease that ends later
#: than that from now was taken before a clock was set back, and counts as lapsed.
LONGEST_LEASE_S = 120.0


class Database(Protocol):
    """The database itself."""

    def ping(self) -> None:
        """Raises ``StoreUnavailable`` where it does not answer."""

    def schema_problem(self) -> str | None:
        """None where the schema is the one this program needs; else a sentence that names the
        command to run."""

    def migrate(self) -> str:
        """Bring the schema up to date (a SQLite file that holds data is copied first); the
        revision it is at then."""

    def describe(self) -> str:
        """The kind and place, without credentials, for people: ``SQLite, /path/file``."""

    def close(self) -> None:
        """Give up connections; also called in a process just after it was forked."""
