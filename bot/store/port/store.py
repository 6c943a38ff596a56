"""All that the program asks of its database, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store.port.budgets import Budgets
from bot.store.port.commands import Commands
from bot.store.port.database import Database
from bot.store.port.deliveries import Deliveries
from bot.store.port.exports import Exports
from bot.store.port.hooks import HookDeliveries, Hooks
from bot.store.port.known_files import KnownFiles
from bot.store.port.ledger import Ledger
from bot.store.port.model_calls import ModelCalls
from bot.store.port.organisations import Organisations
from bot.store.port.people import Persons
from bot.store.port.places import Places
from bot.store.port.plans import Plans
from bot.store.port.projects import Projects
from bot.store.port.questions import Questions
from bot.store.port.runs import Runs
from bot.store.port.secrets import OrganisationSecrets
from bot.store.port.sign_ins import SignIns
from bot.store.port.tokens import Tokens
from bot.store.port.verifications import Verifications


@dataclass(frozen=True, kw_only=True)
class Store:
    """All of the above over one database."""

    database: Database
    deliveries: Deliveries
    commands: Commands
    runs: Runs
    ledger: Ledger
    projects: Projects
    exports: Exports
    organisations: Organisations
    sign_ins: SignIns
    plans: Plans
    secrets: OrganisationSecrets
    known_files: KnownFiles
    places: Places
    persons: Persons
    tokens: Tokens
    hooks: Hooks
    hook_deliveries: HookDeliveries
    verifications: Verifications
    model_calls: ModelCalls
    budgets: Budgets
    questions: Questions
