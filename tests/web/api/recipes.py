"""How each operation of the API is called, so that whoever may call it has it done.

A new operation has no recipe, and the matrix of rights fails until it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a call is about. Where nothing is, ids and names are such as nothing has."""

    project: str
    run: str
    organisation: str
    #: As `into` has it.
    repository: str
    file: str = "README.md"
    etag: str = ""
    digest: str = "0" * 12

    @property
    def words(self) -> tuple[str, ...]:
        """Everything by which an answer could tell this target from another."""
        return (
            self.project,
            self.run,
            self.organisation,
            self.repository,
            self.repository.partition(":")[2],
            self.repository.rpartition("/")[2],
        )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One call. ``on`` is the state of the run that it is about: ``made``, ``planned`` or
    ``cancelled``. ``more`` gives what the test client is given beside the address."""

    on: str = "made"
    path: Callable[[Target], Mapping[str, str]] = lambda _: {}
    more: Callable[[Target], dict[str, Any]] = lambda _: {}
    #: What those get who may, where it is not the first that the operation gives.
    gives: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def _project(target: Target) -> Mapping[str, str]:
    return {"id": target.project}


def _file(target: Target) -> Mapping[str, str]:
    return {"id": target.project, "path": target.file}


def _run(target: Target) -> Mapping[str, str]:
    return {"id": target.run}


def _seen(target: Target) -> dict[str, Any]:
    return {"headers": {"If-Match": f'"{target.etag}"'}}


RECIPES: Mapping[str, Recipe] = {
    "list_projects": Recipe(),
    "create_project": Recipe(
        more=lambda target: {
            "json": {
                "pack": "library",
                "answers": {"name": "asked"},
                "into": {"repository": target.repository, "existing": True, "path": "asked"},
            }
        }
    ),
    "get_project": Recipe(path=_project),
    "change_project": Recipe(path=_project, more=lambda _: {"json": {"name": "renamed"}}),
    "delete_project": Recipe(path=_project),
    "list_files": Recipe(path=_project),
    "get_tree": Recipe(path=_project),
    "read_file": Recipe(path=_file),
    "write_file": Recipe(
        path=_file,
        more=lambda target: {**_seen(target), "data": b"By hand.\n"},
    ),
    "delete_file": Recipe(path=_file, more=_seen),
    "list_runs": Recipe(),
    "get_run": Recipe(path=_run),
    "list_steps": Recipe(path=_run),
    "list_events": Recipe(path=_run),
    "cancel_run": Recipe(on="planned", path=_run),
    "retry_run": Recipe(on="cancelled", path=_run),
    "approve_run": Recipe(
        on="planned", path=_run, more=lambda target: {"json": {"digest": target.digest}}
    ),
    "reject_run": Recipe(on="planned", path=_run),
    "create_command": Recipe(
        more=lambda target: {
            "json": {
                "text": "/generate library name=asked path=written",
                "repository": target.repository,
            }
        },
        gives=202,
    ),
    "get_me": Recipe(),
    "get_description": Recipe(),
}
