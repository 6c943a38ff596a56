"""The step types: a module each, listed here.

A step takes typed inputs, does one thing, and gives outputs that are recorded before anything
that needs them begins. It reaches the outside only through its context, and every effect
there goes through `StepContext.once`. A new one is its module, its line here and its test.
"""

from __future__ import annotations

from bot.errors import ConfigurationError
from bot.steps.commit import COMMIT
from bot.steps.file_generation import FILE_GENERATION
from bot.steps.open_change import OPEN_CHANGE
from bot.steps.repo_creation import REPO_CREATION
from bot.steps.spec import StepType
from bot.steps.verify import VERIFY

STEP_TYPES: tuple[StepType, ...] = (FILE_GENERATION, VERIFY, REPO_CREATION, COMMIT, OPEN_CHANGE)


def step_type(name: str) -> StepType:
    """The step type of that name; ConfigurationError where this version has none."""
    for known in STEP_TYPES:
        if known.name == name:
            return known
    raise ConfigurationError(f"There is no step type {name} in this version.", reason="no_step")
