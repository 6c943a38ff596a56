"""Whose a run or a project is, as one text: a repository's, or (asked for in none) a person's.

Who may see something is told by its home alone, so that a list can be made by one query.
"""

from __future__ import annotations

from bot.core.identity import Actor, Repository


def repository_home(repository: Repository) -> str:
    """The home of what was asked for in a repository, or is to be changed in it."""
    return f"repository:{repository.forge}:{repository.id}"


def account_home(actor: Actor) -> str:
    """The home of what somebody asked for outside of every repository."""
    return f"account:{actor.forge}:{actor.account_id}"
