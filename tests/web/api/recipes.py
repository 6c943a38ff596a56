"""How each operation of the API is called, so that whoever may call it has it done.

A new operation has no recipe, and the matrix of rights fails until it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a call is about. Where nothing is, ids and names are such as nothing has."""

    project: str
    run: str
    organisation: str
    #: As `into` has it.
    repository: str
    export: str
    token: str
    hook: str
    delivery: str
    #: What a forge told us, whoever it was about.
    webhook: str
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
            self.export,
            self.token,
            self.hook,
            self.delivery,
            self.repository,
            self.repository.partition(":")[2],
            self.repository.rpartition("/")[2],
        )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One call.

    ``on`` is the state of the run that it is about: ``made``, ``planned`` or ``cancelled``.
    ``more`` gives what the test client is given beside the address. ``gives`` is what those get
    who may, where it is not the first that the operation gives. ``names``: the body names what the
    call is about. ``hides``: from those of one's own organisation, too.
    """

    on: str = "made"
    path: Callable[[Target], Mapping[str, str]] = lambda _: {}
    more: Callable[[Target], dict[str, Any]] = lambda _: {}
    gives: int | None = None
    names: bool = False
    hides: bool = False
    #: It is nobody's, and so everybody finds it.
    shared: bool = False
    #: Who may beside those whom the rule names, and who may not of them.
    also: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()


def _project(target: Target) -> Mapping[str, str]:
    return {"id": target.project}


def _file(target: Target) -> Mapping[str, str]:
    return {"id": target.project, "path": target.file}


def _run(target: Target) -> Mapping[str, str]:
    return {"id": target.run}


def _export(target: Target) -> Mapping[str, str]:
    return {"id": target.export}


def _token(target: Target) -> Mapping[str, str]:
    return {"id": target.token}


def _organisation(target: Target) -> Mapping[str, str]:
    return {"id": target.organisation}


def _webhook(target: Target) -> Mapping[str, str]:
    return {"id": target.webhook}


def _at(target: Target) -> dict[str, Any]:
    return {"query_string": {"repository": target.repository}}


def _pack(json: object = None) -> Recipe:
    more: dict[str, Any] = {} if json is None else {"json": json}
    return Recipe(path=lambda _: {"name": "library"}, more=lambda _: more, shared=True)


def _hook(target: Target) -> Mapping[str, str]:
    return {"id": target.hook, "delivery": target.delivery}


def _of_hook(gives: int | None = None, json: object = None) -> Recipe:
    """A call about a hook of an organisation: its owners know of it, and who operates."""
    more: dict[str, Any] = {} if json is None else {"json": json}
    owners = frozenset({"owner", "operator"})
    return Recipe(
        path=_hook, more=lambda _: more, gives=gives, hides=True, also=owners, but=_WRITER
    )


def _seen(target: Target) -> dict[str, Any]:
    return {"headers": {"If-Match": f'"{target.etag}"'}}


_WRITER = frozenset({"writer"})
_FOREIGN = frozenset({"foreign"})
_EVERYBODY = frozenset({"reader", "writer", "member", "owner", "requester", "foreign", "operator"})

RECIPES: Mapping[str, Recipe] = {
    "list_projects": Recipe(),
    "create_project": Recipe(
        names=True,
        more=lambda target: {
            "json": {
                "pack": "library",
                "answers": {"name": "asked"},
                "into": {"repository": target.repository, "existing": True, "path": "asked"},
            }
        },
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
    "list_calls": Recipe(path=_run),
    "list_evidence": Recipe(path=_run),
    "cancel_run": Recipe(on="planned", path=_run),
    "retry_run": Recipe(on="cancelled", path=_run),
    "approve_run": Recipe(
        on="planned", path=_run, more=lambda target: {"json": {"digest": target.digest}}
    ),
    "reject_run": Recipe(on="planned", path=_run),
    "create_command": Recipe(
        names=True,
        more=lambda target: {
            "json": {
                "text": "/generate library name=asked path=written",
                "repository": target.repository,
            }
        },
        gives=202,
    ),
    "list_exports": Recipe(path=_project),
    "create_export": Recipe(path=_project, more=lambda _: {"json": {"type": "zip"}}),
    "get_export": Recipe(path=_export),
    "download_export": Recipe(path=_export),
    "list_tokens": Recipe(also=_EVERYBODY),
    "create_token": Recipe(
        also=_EVERYBODY, more=lambda _: {"json": {"name": "another", "scopes": ["read"]}}
    ),
    "revoke_token": Recipe(path=_token, hides=True),
    "list_hooks": Recipe(also=_EVERYBODY),
    "create_hook": Recipe(
        names=True,
        more=lambda target: {
            "json": {"url": "https://hooks.example/one", "organisation_id": target.organisation}
        },
    ),
    "get_hook": _of_hook(),
    "change_hook": _of_hook(json={"active": True}),
    "delete_hook": _of_hook(),
    "rotate_hook_secret": _of_hook(),
    "ping_hook": _of_hook(),
    "list_hook_deliveries": _of_hook(),
    "redeliver": _of_hook(),
    "create_dry_run": Recipe(
        names=True,
        more=lambda target: {
            "json": {"text": "/generate library name=tried", "repository": target.repository}
        },
        # Nobody rehearses what somebody else would write.
        but=frozenset({"operator"}),
    ),
    "create_explanation": Recipe(
        names=True,
        more=lambda target: {
            "json": {"text": "/generate library name=tried", "repository": target.repository}
        },
        # Who operates has to say about whom they ask.
        but=frozenset({"operator"}),
    ),
    "list_workflows": Recipe(more=_at, names=True, but=_FOREIGN),
    "get_workflow": Recipe(
        path=lambda _: {"name": "generate"}, more=_at, names=True, shared=True, but=_FOREIGN
    ),
    "get_workflow_schema": Recipe(),
    "check_workflow": Recipe(more=lambda _: {"json": {"text": "name: x"}}),
    "list_step_types": Recipe(),
    "list_packs": Recipe(),
    "get_pack": _pack(),
    "get_pack_schema": _pack(),
    "get_pack_form": _pack(),
    "check_answers": _pack({"answers": {"name": "asked"}}),
    "preview_pack": _pack({"answers": {"name": "asked"}}),
    "list_organisations": Recipe(),
    "get_organisation": Recipe(path=_organisation),
    "get_policy": Recipe(path=_organisation),
    "list_deliveries": Recipe(),
    "get_delivery": Recipe(path=_webhook),
    "read_delivery": Recipe(path=_webhook),
    "replay_delivery": Recipe(path=_webhook, more=lambda _: {"json": {"again": True}}),
    "get_me": Recipe(),
    "get_description": Recipe(),
    "get_docs": Recipe(),
    "get_agents_text": Recipe(),
}
