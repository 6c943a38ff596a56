"""What already lies where a project is to go."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from bot.core.destination import Destination
from bot.core.identity import Repository
from bot.errors import UserError
from bot.forges.port import Forge
from bot.generation.memory import MEMORY_PATH
from bot.generation.yaml_extent import UnfitYaml, refuse_unfit
from bot.verification.yaml_nodes import Wrong, compose, entries, scalar


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
        data = _entries_of(memory)
        pack, version = _text(data["pack"])[:60], _text(data["version"])[:40]
        name = _text(entries(data["answers"])["name"])[:100]
    except (ValueError, KeyError, UnfitYaml, Wrong):
        return "A generated project"
    words = f"{name}, made from {pack} {version},"
    return "The project " + "".join(sign for sign in words if sign.isprintable() and sign != "`")


def _entries_of(memory: bytes) -> Mapping[str, yaml.Node]:
    """What it says, with nothing constructed: whoever writes to the repository wrote it."""
    text = memory.decode()
    refuse_unfit(text)
    return entries(compose(text))


def _text(node: yaml.Node) -> str:
    text = scalar(node)
    if text is None:
        raise ValueError("no text")
    return text
