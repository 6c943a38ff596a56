"""The tables. `docs/store.md` tells what each is for.

``serial`` counts rows in the order they were made: lists sort and page by it, since times
can be equal and ids are random.
"""

from bot.store.models.arrivals import (
    CommandRecord,
    DeliveryBodyRow,
    DeliveryRow,
    InstallationRow,
    OrganisationRow,
    SignInRow,
)
from bot.store.models.base import Base
from bot.store.models.hooks import HookDeliveryRow, HookRow
from bot.store.models.known_files import KnownFileRow
from bot.store.models.model_calls import BudgetRow, ModelCallRow, QuestionRow
from bot.store.models.people import AccountRow, PersonRow, TokenRow
from bot.store.models.places import PlaceRow
from bot.store.models.plans import PlanRow
from bot.store.models.projects import (
    BlobRow,
    ExportRow,
    ProjectFileRow,
    ProjectRow,
    SnapshotFileRow,
    SnapshotRow,
)
from bot.store.models.runs import AttemptRow, EffectRow, EventRow, RunRow, StepRow
from bot.store.models.secrets import SecretRow
from bot.store.models.verifications import VerificationRow

__all__ = [
    "AccountRow",
    "AttemptRow",
    "Base",
    "BlobRow",
    "BudgetRow",
    "CommandRecord",
    "DeliveryBodyRow",
    "DeliveryRow",
    "EffectRow",
    "EventRow",
    "ExportRow",
    "HookDeliveryRow",
    "HookRow",
    "InstallationRow",
    "KnownFileRow",
    "ModelCallRow",
    "OrganisationRow",
    "PersonRow",
    "PlaceRow",
    "PlanRow",
    "ProjectFileRow",
    "ProjectRow",
    "QuestionRow",
    "RunRow",
    "SecretRow",
    "SignInRow",
    "SnapshotFileRow",
    "SnapshotRow",
    "StepRow",
    "TokenRow",
    "VerificationRow",
]
