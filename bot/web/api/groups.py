"""Every operation there is, in the order in which the description has them."""

from __future__ import annotations

from bot.web.api import commands, deliveries, described, files, me, packs, projects, runs

OPERATIONS = (
    *projects.OPERATIONS,
    *files.OPERATIONS,
    *runs.OPERATIONS,
    *commands.OPERATIONS,
    *packs.OPERATIONS,
    *deliveries.OPERATIONS,
    *me.OPERATIONS,
    *described.OPERATIONS,
)
