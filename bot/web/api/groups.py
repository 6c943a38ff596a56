"""Every operation there is, in the order in which the description has them."""

from __future__ import annotations

from bot.web.api import (
    commands,
    described,
    docs,
    exports,
    files,
    hooks,
    me,
    projects,
    runs,
    tokens,
)

OPERATIONS = (
    *projects.OPERATIONS,
    *files.OPERATIONS,
    *exports.OPERATIONS,
    *runs.OPERATIONS,
    *commands.OPERATIONS,
    *me.OPERATIONS,
    *tokens.OPERATIONS,
    *hooks.OPERATIONS,
    *described.OPERATIONS,
    *docs.OPERATIONS,
)
