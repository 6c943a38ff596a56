"""What the program asks of its database.

Every method is one transaction: it has happened whole when it returns, and not at all when
it raises. All of them raise ``StoreUnavailable`` where the database does not answer. Times
are aware (UTC). Leases are compared by the database's own clock where it has one.
"""

from bot.store.port.budgets import Budgets, Cap, EndedCall, NewCall, Reached
from bot.store.port.commands import CommandRow, Commands, NewCommand
from bot.store.port.database import LONGEST_LEASE_S, Database
from bot.store.port.deliveries import (
    Claim,
    Deliveries,
    Delivery,
    DeliveryFilter,
    DeliveryStatus,
)
from bot.store.port.events import EventKind, Progress
from bot.store.port.exports import BUILT, Archive, Export, Exports
from bot.store.port.hooks import (
    Hook,
    HookDeliveries,
    HookDelivery,
    Hooks,
    NewHook,
    Sending,
    Whose,
)
from bot.store.port.known_files import KnownFile, KnownFiles
from bot.store.port.ledger import Effect, EffectStatus, Ledger
from bot.store.port.model_calls import CallSum, ModelCall, ModelCalls, Repeats
from bot.store.port.organisations import Organisation, Organisations
from bot.store.port.paging import Page
from bot.store.port.people import Person, Persons
from bot.store.port.places import Place, Places
from bot.store.port.plans import NewPlan, Plan, Plans
from bot.store.port.projects import (
    WHATEVER,
    Entry,
    FileEdit,
    NewFile,
    Outline,
    Project,
    ProjectFile,
    ProjectFilter,
    Projects,
    as_it_is,
)
from bot.store.port.questions import Question, Questions
from bot.store.port.runs import Crowd, NewRun, RunFilter, RunLine, Runs, RunSummary, summary_of
from bot.store.port.secrets import OrganisationSecrets, StoredSecret
from bot.store.port.sign_ins import SignIns
from bot.store.port.store import Store
from bot.store.port.tokens import MOST_TOKENS, USE_NOTED_EVERY_S, NewToken, Token, Tokens
from bot.store.port.verifications import NewVerification, Verification, Verifications

__all__ = [
    "BUILT",
    "LONGEST_LEASE_S",
    "MOST_TOKENS",
    "USE_NOTED_EVERY_S",
    "WHATEVER",
    "Archive",
    "Budgets",
    "CallSum",
    "Cap",
    "Claim",
    "CommandRow",
    "Commands",
    "Crowd",
    "Database",
    "Deliveries",
    "Delivery",
    "DeliveryFilter",
    "DeliveryStatus",
    "Effect",
    "EffectStatus",
    "EndedCall",
    "Entry",
    "EventKind",
    "Export",
    "Exports",
    "FileEdit",
    "Hook",
    "HookDeliveries",
    "HookDelivery",
    "Hooks",
    "KnownFile",
    "KnownFiles",
    "Ledger",
    "ModelCall",
    "ModelCalls",
    "NewCall",
    "NewCommand",
    "NewFile",
    "NewHook",
    "NewPlan",
    "NewRun",
    "NewToken",
    "NewVerification",
    "Organisation",
    "OrganisationSecrets",
    "Organisations",
    "Outline",
    "Page",
    "Person",
    "Persons",
    "Place",
    "Places",
    "Plan",
    "Plans",
    "Progress",
    "Project",
    "ProjectFile",
    "ProjectFilter",
    "Projects",
    "Question",
    "Questions",
    "Reached",
    "Repeats",
    "RunFilter",
    "RunLine",
    "RunSummary",
    "Runs",
    "Sending",
    "SignIns",
    "Store",
    "StoredSecret",
    "Token",
    "Tokens",
    "Verification",
    "Verifications",
    "Whose",
    "as_it_is",
    "summary_of",
]
