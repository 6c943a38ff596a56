"""The services of this machine, for commands that look at what a server keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import ConfigurationError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.services import Services


def opened(settings: Settings) -> Services:
    """Everything that a process needs, over a database of this version.

    Raises:
        ConfigurationError: ``schema`` where the database is of another version, or of none.
    """
    from bot.build import build

    services = build(settings)
    problem = services.store.database.schema_problem()
    if problem is not None:
        raise ConfigurationError(problem, reason="schema")
    return services
