"""``documentation``: a document, for what is there."""

from __future__ import annotations

from bot.core.model_calls import TaskLimits
from bot.roles.role import Role
from bot.roles.writing import OneFile, accept, shown

DOCUMENTATION = Role(
    name="documentation",
    answer=OneFile,
    accept=accept,
    shown=shown,
    limits=TaskLimits(calls=4, output_tokens=16_000, time_s=300.0),
)
