"""The step types: a module each, listed here.

A step takes typed inputs, does one thing, and gives outputs that are recorded before anything
that needs them begins. It reaches the outside only through its context, and every effect
there goes through `StepContext.once`. A new one of ours is its module, its line here and its
test; other people's come with packages of their own (`bot.steps.registry`).
"""

from __future__ import annotations

from bot.steps.agent import AGENT
from bot.steps.api_call import API_CALL
from bot.steps.approval import APPROVAL
from bot.steps.commit import COMMIT
from bot.steps.export import EXPORT
from bot.steps.file_generation import FILE_GENERATION
from bot.steps.notify import NOTIFY
from bot.steps.open_change import OPEN_CHANGE
from bot.steps.registry import step_type, step_types
from bot.steps.repo_creation import REPO_CREATION
from bot.steps.review import REVIEW
from bot.steps.spec import StepType
from bot.steps.track import TRACK
from bot.steps.verify import VERIFY

__all__ = ["STEP_TYPES", "StepType", "step_type", "step_types"]

#: Ours, in the order in which a workflow mostly uses them; `step_types` has all there are.
STEP_TYPES: tuple[StepType, ...] = (
    AGENT,
    FILE_GENERATION,
    REVIEW,
    VERIFY,
    APPROVAL,
    REPO_CREATION,
    COMMIT,
    OPEN_CHANGE,
    TRACK,
    EXPORT,
    API_CALL,
    NOTIFY,
)
