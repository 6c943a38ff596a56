"""Every operation there is, in the order in which the description has them."""

from __future__ import annotations

from bot.web.api import (
    agents_text,
    commands,
    deliveries,
    described,
    docs,
    dry_runs,
    evidence,
    explanations,
    exports,
    files,
    hooks,
    me,
    model_calls,
    organisations,
    packs,
    projects,
    runs,
    tokens,
    workflows,
)

OPERATIONS = (
    *projects.OPERATIONS,
    *files.OPERATIONS,
    *exports.OPERATIONS,
    *runs.OPERATIONS,
    *model_calls.OPERATIONS,
    *evidence.OPERATIONS,
    *commands.OPERATIONS,
    *dry_runs.OPERATIONS,
    *explanations.OPERATIONS,
    *workflows.OPERATIONS,
    *packs.OPERATIONS,
    *organisations.OPERATIONS,
    *deliveries.OPERATIONS,
    *me.OPERATIONS,
    *tokens.OPERATIONS,
    *hooks.OPERATIONS,
    *described.OPERATIONS,
    *docs.OPERATIONS,
    *agents_text.OPERATIONS,
)
