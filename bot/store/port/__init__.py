"""What the program asks of its database.

Every method is one transaction: it has happened whole when it returns, and not at all when
it raises. All of them raise ``StoreUnavailable`` where the database does not answer. Times
are aware (UTC). Leases are compared by the database's own clock where it has one.
"""

from bot.store.port.commands import CommandRow, Commands, NewCommand
from bot.store.port.database import LONGEST_LEASE_S, Database
from bot.store.port.deliveries import Claim, Deliveries, Delivery, DeliveryStatus
from bot.store.port.events import EventKind, Progress
from bot.store.port.exports import Export, Exports
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
from bot.store.port.organisations import Organisation, Organisations
from bot.store.port.plans import NewPlan, Plan, Plans
from bot.store.port.projects import NewFile, Project, ProjectFile, Projects
from bot.store.port.runs import Crowd, NewRun, Runs
from bot.store.port.secrets import OrganisationSecrets, StoredSecret
from bot.store.port.sign_ins import SignIns
from bot.store.port.store import Store

__all__ = [
    "LONGEST_LEASE_S",
    "Claim",
    "CommandRow",
    "Commands",
    "Crowd",
    "Database",
    "Deliveries",
    "Delivery",
    "DeliveryStatus",
    "Effect",
    "EffectStatus",
    "EventKind",
    "Export",
    "Exports",
    "Hook",
    "HookDeliveries",
    "HookDelivery",
    "Hooks",
    "KnownFile",
    "KnownFiles",
    "Ledger",
    "NewCommand",
    "NewFile",
    "NewHook",
    "NewPlan",
    "NewRun",
    "Organisation",
    "OrganisationSecrets",
    "Organisations",
    "Plan",
    "Plans",
    "Progress",
    "Project",
    "ProjectFile",
    "Projects",
    "Runs",
    "Sending",
    "SignIns",
    "Store",
    "StoredSecret",
    "Whose",
]
