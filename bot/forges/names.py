"""Refusing names that no repository or branch can have, before they reach a forge."""

from __future__ import annotations

from bot.core.names import is_branch_name, is_repository_name
from bot.errors import UserError


def check_repository_name(name: str) -> None:
    """Raises UserError ``invalid_name`` where no repository can be called so."""
    if not is_repository_name(name):
        raise UserError(
            f"A repository cannot be called {name!a}.",
            reason="invalid_name",
            remedy="Use letters, digits, dots, hyphens and underscores, at most 100 of them.",
        )


def check_branch_name(name: str) -> None:
    """Raises UserError ``invalid_branch`` where no branch can be called so."""
    if not is_branch_name(name):
        raise UserError(
            f"A branch cannot be called {name!a}.",
            reason="invalid_branch",
            remedy="Use letters, digits, hyphens and slashes.",
        )
