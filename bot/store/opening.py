"""Opens a store by its address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import configure_mappers

from bot.store.budgets import SqlBudgets
from bot.store.commands import SqlCommands
from bot.store.database import SqlDatabase
from bot.store.deliveries import SqlDeliveries
from bot.store.engines import PATIENCE_S, engines_for
from bot.store.exports import SqlExports
from bot.store.hook_deliveries import SqlHookDeliveries
from bot.store.hooks import SqlHooks
from bot.store.known_files import SqlKnownFiles
from bot.store.ledger import SqlLedger
from bot.store.model_calls import SqlModelCalls
from bot.store.organisations import SqlOrganisations
from bot.store.persons import SqlPersons
from bot.store.places import SqlPlaces
from bot.store.plans import SqlPlans
from bot.store.port import Store
from bot.store.projects import SqlProjects
from bot.store.questions import SqlQuestions
from bot.store.runs import SqlRuns
from bot.store.secrets import SqlSecrets
from bot.store.session import Sessions, utc_now
from bot.store.sign_ins import SqlSignIns
from bot.store.tokens import SqlTokens
from bot.store.verifications import SqlVerifications


def open_store(
    url: str, *, clock: Callable[[], datetime] = utc_now, patience_s: float = PATIENCE_S
) -> Store:
    """A store over ``sqlite:///PATH`` or ``postgresql://…``; nothing is connected to yet.

    Args:
        clock: The time that SQLite goes by; PostgreSQL has a clock of its own.
        patience_s: How long a transaction may wait for others before `StoreUnavailable`.

    Raises:
        ConfigurationError: The address is of no kind that we know.
    """
    # Else each process that is forked from this one would do it at its first transaction.
    configure_mappers()
    engines = engines_for(url, patience_s=patience_s)
    sessions = Sessions(engines, clock)
    return Store(
        database=SqlDatabase(engines, sessions),
        deliveries=SqlDeliveries(sessions),
        commands=SqlCommands(sessions),
        runs=SqlRuns(sessions),
        ledger=SqlLedger(sessions),
        projects=SqlProjects(sessions),
        exports=SqlExports(sessions),
        organisations=SqlOrganisations(sessions),
        sign_ins=SqlSignIns(sessions),
        plans=SqlPlans(sessions),
        secrets=SqlSecrets(sessions),
        known_files=SqlKnownFiles(sessions),
        places=SqlPlaces(sessions),
        persons=SqlPersons(sessions),
        tokens=SqlTokens(sessions),
        hooks=SqlHooks(sessions),
        hook_deliveries=SqlHookDeliveries(sessions),
        verifications=SqlVerifications(sessions),
        model_calls=SqlModelCalls(sessions),
        budgets=SqlBudgets(sessions),
        questions=SqlQuestions(sessions),
    )
