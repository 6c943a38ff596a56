"""Where a project goes: what a person wrote, and what it was resolved to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.names import is_branch_name, is_owner_name, is_repository_name
from bot.errors import UserError

FORGES = ("github", "gitlab", "local", "memory")
VISIBILITIES = ("private", "public", "internal")


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a person wrote as ``into``. Both are None for ``.``: the thread's own repository."""

    forge: str | None
    full_name: str | None

    @property
    def owner(self) -> str:
        """The part before the last slash."""
        return (self.full_name or "").rpartition("/")[0]

    @property
    def name(self) -> str:
        """The part behind the last slash."""
        return (self.full_name or "").rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A destination as a run keeps it. ``id`` is empty until a new repository is made."""

    forge: str
    repository: str
    id: str
    new: bool
    existing: bool
    visibility: str
    path: str
    branch: str
    base: str
    draft: bool

    @property
    def owner(self) -> str:
        """The account that the repository lies under."""
        return self.repository.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The repository's own name."""
        return self.repository.rpartition("/")[2]

    def full_path(self, path: str) -> str:
        """Where a project's path lies in the repository."""
        return f"{self.path}/{path}" if self.path else path


def destination_to_dict(destination: Destination) -> dict[str, object]:
    """Plain data, as workflows refer to it."""
    return {name: getattr(destination, name) for name in Destination.__dataclass_fields__}


def destination_from_dict(data: Mapping[str, object]) -> Destination:
    """The reverse of `destination_to_dict`."""
    texts = ("forge", "repository", "id", "visibility", "path", "branch", "base")
    switches = ("new", "existing", "draft")
    return Destination(
        **{name: str(data[name]) for name in texts},  # type: ignore[arg-type]  # as declared
        **{name: bool(data[name]) for name in switches},  # type: ignore[arg-type]  # as declared
    )


def destinations_in(inputs: Mapping[str, object]) -> tuple[Destination, ...]:
    """The destinations among a run's inputs, in order."""
    listed = [one for value in inputs.values() for one in _each(value)]
    return tuple(
        destination_from_dict(one)
        for one in listed
        if isinstance(one, Mapping) and Destination.__dataclass_fields__.keys() <= one.keys()
    )


def resolved_destinations(
    workflow: Mapping[str, object], inputs: Mapping[str, object]
) -> tuple[Destination, ...]:
    """Where a run may publish: what its command resolved, whose rules were asked.

    Data that only looks like a destination (in an object, in a list, in what a step gives) has
    been checked by nobody, and is none of them.

    Args:
        workflow: The snapshot that the run keeps.
        inputs: The run's own.
    """
    declared = workflow.get("inputs")
    given = [
        inputs.get(name)
        for name, spec in (declared.items() if isinstance(declared, Mapping) else ())
        if isinstance(spec, Mapping) and spec.get("type") == "destination"
    ]
    return tuple(destination_from_dict(one) for one in given if isinstance(one, Mapping))


def _each(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)


def destination_key(into: Destination) -> str:
    """What two runs have in common that would publish to the same branch or new repository."""
    return f"{into.forge}:{into.repository.lower()}:{into.branch}"


def read_place(text: str) -> Place:
    """Read ``.``, ``owner/name`` or ``FORGE:owner/name``.

    Raises:
        UserError: ``bad_destination``.
    """
    if text.strip() in (".", ""):
        return Place(forge=None, full_name=None)
    forge, colon, rest = text.strip().partition(":")
    if not colon:
        forge, rest = "", text.strip()
    if forge and forge not in FORGES:
        raise _bad(f"`{forge}` is no forge; write github:, gitlab: or local:")
    return Place(forge=forge or None, full_name=check_repository_name(rest))


def check_repository_name(full_name: str) -> str:
    """``owner/name`` in letters that every forge takes.

    Raises:
        UserError: ``bad_destination``, saying which part is wrong.
    """
    owner, slash, name = full_name.partition("/")
    if not slash or not owner or not name:
        raise _bad(f"`{_shown(full_name)}` is not of the form owner/name")
    if not is_owner_name(owner):
        raise _bad(
            f"`{_shown(owner)}` cannot be an owner: 1 to 39 letters, digits and inner hyphens"
        )
    if not is_repository_name(name):
        raise _bad(
            f"`{_shown(name)}` cannot be a repository's name: "
            "1 to 100 letters, digits, dots, hyphens and underscores, not ending in .git"
        )
    return full_name


def check_branch(name: str) -> str:
    """A branch name that git and every forge take.

    Raises:
        UserError: ``bad_branch``.
    """
    if not is_branch_name(name) or name.startswith("refs/"):
        raise UserError(f"`{_shown(name)}` cannot be a branch's name.", reason="bad_branch")
    return name


def check_visibility(text: str) -> str:
    """``private``, ``public`` or ``internal``.

    Raises:
        UserError: ``bad_visibility``.
    """
    if text.lower() not in VISIBILITIES:
        raise UserError(
            f"`{_shown(text)}` is no visibility: private, public or internal.",
            reason="bad_visibility",
        )
    return text.lower()


def _bad(problem: str) -> UserError:
    return UserError(
        f"{problem[0].upper()}{problem[1:]}.",
        reason="bad_destination",
        remedy="Write `into=owner/name` for a new repository, or leave `into` out for this one.",
    )


def _shown(text: str) -> str:
    """What a person wrote, fit to stand between backticks in an answer."""
    return text.replace("`", "'").replace("\n", " ")[:80]
