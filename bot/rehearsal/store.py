"""A store for one rehearsal, which knows what the real one knows and leaves it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.core.identity import Repository
from bot.rehearsal.known import BudgetsBefore, KnownBefore, NamedSecrets, Sealed, ToldBefore
from bot.store.opening import open_store
from bot.store.port import Store


@contextmanager
def rehearsal_store(real: Store, clock: Callable[[], datetime], seal: Sealed) -> Iterator[Store]:
    """An empty database in a folder that is gone afterwards.

    What the real one knows of policy files, of organisations' secrets and of what such runs cost
    is read through.
    """
    with TemporaryDirectory(prefix="firstcommit-rehearsal-") as folder:
        own = open_store(f"sqlite:///{Path(folder) / 'store.db'}", clock=clock)
        try:
            own.database.migrate()
            yield replace(
                own,
                budgets=BudgetsBefore(real.budgets, own.budgets),
                known_files=KnownBefore(real.known_files, own.known_files),
                ledger=ToldBefore(real.ledger, own.ledger),
                secrets=NamedSecrets(real.secrets, own.secrets, seal),
            )
        finally:
            own.database.close()


@contextmanager
def replay_store(clock: Callable[[], datetime]) -> Iterator[Store]:
    """An empty database in a folder that is gone afterwards, which knows nothing else."""
    with TemporaryDirectory(prefix="firstcommit-replay-") as folder:
        own = open_store(f"sqlite:///{Path(folder) / 'store.db'}", clock=clock)
        try:
            own.database.migrate()
            yield own
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
