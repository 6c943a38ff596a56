"""``code``: a file of the program, beside others that are written at the same time."""

from __future__ import annotations

from bot.core.model_calls import TaskLimits
from bot.roles.role import Role
from bot.roles.writing import OneFile, accept, shown

CODE = Role(
    name="code",
    answer=OneFile,
    accept=accept,
    shown=shown,
    limits=TaskLimits(calls=4, output_tokens=16_000, time_s=300.0),
)
