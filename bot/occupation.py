"""What already lies where a project is to go."""

from __future__ import annotations

import yaml

from bot.core.destination import Destination
from bot.core.identity import Repository
from bot.errors import UserError
from bot.forges.port import Forge
from bot.generation.memory import MEMORY_PATH


def refuse_occupied(forge: Forge, repository: Repository, destination: Destination) -> None:
    """Refuse a destination that cannot take a change, before anything is generated.

    Raises:
        UserError: ``repository_empty``, ``project_exists`` (naming the project that is there), or
            ``branch_exists``.
    """
    base = forge.head(repository, destination.base)
    if base is None:
        raise UserError(
            f"{repository.full_name} has no commit on {destination.base} to open a change on.",
            reason="repository_empty",
            remedy="Make a first commit there, or have a new repository made with "
            "`into=owner/name`.",
        )
    memory = forge.read_file(repository, base, destination.full_path(MEMORY_PATH))
    if memory is not None:
        raise UserError(
            f"{_project_of(memory)} lies at {_place_in(destination)} of "
            f"{repository.full_name} already.",
            reason="project_exists",
            remedy="Choose another folder with `path=…`.",
        )
    if forge.head(repository, destination.branch) is not None:
        raise UserError(
            f"The branch `{destination.branch}` exists already.",
            reason="branch_exists",
            remedy="Choose another with `branch=…`, or leave it out.",
        )


def _place_in(destination: Destination) -> str:
    return f"`{destination.path}`" if destination.path else "the root"


def _project_of(memory: bytes) -> str:
    """What the memory of a generated project says that it is, in a few safe words."""
    try:
        data = yaml.safe_load(memory.decode())
        pack, version = str(data["pack"])[:60], str(data["version"])[:40]
        name = str(data["answers"]["name"])[:100]
    except (ValueError, KeyError, TypeError, yaml.YAMLError):
        return "A generated project"
    words = f"{name}, made from {pack} {version},"
    return "The project " + "".join(sign for sign in words if sign.isprintable() and sign != "`")
