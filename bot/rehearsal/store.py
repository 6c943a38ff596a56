"""A store for one rehearsal, which knows what the real one knows and leaves it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.core.identity import Repository
from bot.store.opening import open_store
from bot.store.port import (
    KnownFile,
    KnownFiles,
    OrganisationSecrets,
    Store,
    StoredSecret,
)

#: Seals a text for the place of a secret: forge, organisation, name and origin.
Sealed = Callable[[str, str, str, str], str]


@contextmanager
def rehearsal_store(real: Store, clock: Callable[[], datetime], seal: Sealed) -> Iterator[Store]:
    """An empty database in a folder that is gone afterwards.

    What the real one knows of policy files and of organisations' secrets is read through.
    """
    with TemporaryDirectory(prefix="firstcommit-rehearsal-") as folder:
        own = open_store(f"sqlite:///{Path(folder) / 'store.db'}", clock=clock)
        try:
            own.database.migrate()
            yield replace(
                own,
                known_files=KnownBefore(real.known_files, own.known_files),
                secrets=NamedSecrets(real.secrets, own.secrets, seal),
            )
        finally:
            own.database.close()


def bring_over(real: Store, own: Store, repository: Repository) -> None:
    """Have the rehearsal know how the grant of a repository's owner stands."""
    known = real.organisations.find(repository.forge, repository.owner_id)
    if known is None:
        return
    own.organisations.seen(
        known.forge,
        known.account_id,
        known.login,
        is_person=known.is_person,
        installation=known.installation,
    )
    if known.suspended:
        own.organisations.suspend(known.forge, known.installation, suspended=True)
    if known.removed_at is not None:
        own.organisations.remove(known.forge, known.installation)


class KnownBefore:
    """The port `KnownFiles`: what was found in the rehearsal, else what was known before it."""

    def __init__(self, real: KnownFiles, own: KnownFiles) -> None:
        self._real = real
        self._own = own

    def get(self, forge: str, repository_id: str, path: str) -> KnownFile | None:
        found = self._own.get(forge, repository_id, path)
        return found or self._real.get(forge, repository_id, path)

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
        self._own.good(forge, repository_id, path, version=version, text=text, owner_id=owner_id)

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
        before = self.get(forge, repository_id, path)
        if before is not None:
            # Else the problem would hide the good version, which stays in force.
            text, known = before.text, before.version
            self.good(forge, repository_id, path, version=known, text=text, owner_id=owner_id)
        self._own.bad(
            forge, repository_id, path, version=version, problem=problem, owner_id=owner_id
        )
        return before is None or (before.problem_version, before.problem) != (version, problem)


class NamedSecrets:
    """The port `OrganisationSecrets`: they are there by name, and what is in them stays shut."""

    def __init__(self, real: OrganisationSecrets, own: OrganisationSecrets, seal: Sealed) -> None:
        """Args:
        seal: Seals what stands in for a secret's value.
        """
        self._real = real
        self._own = own
        self._seal = seal

    def put(self, forge: str, organisation: str, name: str, *, origin: str, sealed: str) -> None:
        self._own.put(forge, organisation, name, origin=origin, sealed=sealed)

    def drop(self, forge: str, organisation: str, name: str) -> bool:
        return self._own.drop(forge, organisation, name)

    def listed(self, forge: str, organisation: str) -> Sequence[StoredSecret]:
        return self._real.listed(forge, organisation)

    def take(self, forge: str, organisation: str, name: str) -> tuple[StoredSecret, str] | None:
        # Asking the real one for the value itself would be recorded there as its use.
        for secret in self._real.listed(forge, organisation):
            if secret.name == name:
                return secret, self._seal(forge, organisation, name, secret.origin)
        return None
