"""A plan: what a run would publish, as one canonical document, and the digest that people approve.

The digest covers the bytes, where they go and under which rules: whoever approves it approves
exactly that. Whatever differs afterwards makes another digest, and `differences` says in words
what it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.destination import Destination
from bot.core.git_values import TreeEntry

#: For so long a plan waits for an answer.
VALID_S = 7 * 24 * 3600.0
#: Digits of a digest that people are shown, and that they have to give at least.
SHOWN_DIGITS = 12
FEWEST_DIGITS = 6

_HEX = re.compile(r"[0-9a-f]+")
_NAMED = 5
_DESTINATION_WORDS: Mapping[str, str] = {
    "forge": "the destination's forge is another one",
    "repository": "the destination is another repository",
    "visibility": "the destination's visibility is another one",
    "branch": "the destination's branch is another one",
    "base": "the change is for another branch",
    "path": "the destination's folder is another one",
    "draft": "whether the change is a draft has changed",
}


@dataclass(frozen=True, kw_only=True)
class PlannedFile:
    """A file under its path in the project; the hash is SHA-256 of its content in hex."""

    path: str
    mode: int
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class PlannedPlace:
    """A destination, and what lies there now at the paths that would be written.

    ``before`` is by full path in the destination; empty for a repository that is to be made.
    ``workflows`` is whether CI files of the project would be taken there, where that was asked.
    """

    into: Destination
    before: Mapping[str, TreeEntry]
    workflows: bool | None = None


def document(
    *,
    files: Iterable[PlannedFile],
    places: Sequence[PlannedPlace],
    workflow: Mapping[str, object],
    policy: Mapping[str, object],
    exports: Sequence[Mapping[str, object]] = (),
    edition: int = 0,
) -> dict[str, object]:
    """What a digest covers, as plain data.

    Args:
        places: In the order in which they are published to.
        workflow: The snapshot that the run keeps.
        policy: What is in force.
        edition: How often the run was taken up again: an answer is never good for a later plan.
    """
    ordered = sorted(files, key=lambda file: file.path)
    return {
        "version": 1,
        "files": [[file.path, f"{file.mode:06o}", file.content_hash] for file in ordered],
        "destinations": [_place(place) for place in places],
        "workflow": workflow,
        "policy": policy,
        "exports": list(exports),
        "edition": edition,
    }


def digest(planned: Mapping[str, object]) -> str:
    """SHA-256 over the canonical JSON of a document, 64 hex digits."""
    return hashlib.sha256(_canonical(planned).encode()).hexdigest()


def is_digits(given: str) -> bool:
    """Whether that can be (the beginning of) a digest, in any case of letters."""
    return _HEX.fullmatch(given.lower()) is not None


def matches(full: str, given: str) -> bool:
    """Whether somebody who wrote ``given`` means this digest: at least six of its first digits."""
    return len(given) >= FEWEST_DIGITS and full.startswith(given.lower())


def differences(
    old: Mapping[str, object], new: Mapping[str, object], *, before: bool = True
) -> tuple[str, ...]:
    """What differs between two documents, each as a clause for people; none where nothing does.

    Args:
        before: Whether what lies at the destinations counts.
    """
    places = _listed(old, "destinations"), _listed(new, "destinations")
    found = [
        *_files_differ(_files(old), _files(new)),
        *_destinations_differ(*places),
        *(_before_differs(*places) if before else ()),
        *_policies_differ(_mapping(old, "policy"), _mapping(new, "policy")),
    ]
    if _canonical(old["workflow"]) != _canonical(new["workflow"]):
        found.append("the workflow is another one")
    if _canonical(old["exports"]) != _canonical(new["exports"]):
        found.append("the exports are others")
    return tuple(found)


def _canonical(data: object) -> str:
    """JSON in the one form that equal data have, whether or not a database has kept them."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _place(place: PlannedPlace) -> dict[str, object]:
    into = place.into
    return {
        "forge": into.forge,
        "repository": {"new": into.repository.lower()} if into.new else {"id": into.id},
        "visibility": into.visibility if into.new else "",
        "branch": into.branch,
        "base": into.base,
        "path": into.path,
        "draft": into.draft,
        "workflows": place.workflows,
        "before": {
            path: f"{entry.mode:06o} {entry.blob_id}" for path, entry in place.before.items()
        },
    }


def _files_differ(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    changed = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
    if not changed:
        return []
    return [f"the project's files are others: {_named(changed)}"]


def _destinations_differ(
    old: Sequence[Mapping[str, object]], new: Sequence[Mapping[str, object]]
) -> list[str]:
    if len(old) != len(new):
        return ["the destinations are others"]
    return [
        words
        for before, after in zip(old, new, strict=True)
        for name, words in _DESTINATION_WORDS.items()
        if before[name] != after[name]
    ]


def _before_differs(
    old: Sequence[Mapping[str, object]], new: Sequence[Mapping[str, object]]
) -> list[str]:
    changed: set[str] = set()
    found: list[str] = []
    for one, other in zip(old, new, strict=False):
        if one["workflows"] != other["workflows"]:
            found.append("whether this app may write workflow files there has changed")
        was, is_now = _mapping(one, "before"), _mapping(other, "before")
        changed |= {path for path in {*was, *is_now} if was.get(path) != is_now.get(path)}
    if not changed:
        return found
    noun = "files" if len(changed) > 1 else "a file"
    return [*found, f"{noun} of the destination changed in the meantime: {_named(sorted(changed))}"]


def _policies_differ(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    changed = sorted(
        key for key in {*old, *new} if _canonical(old.get(key)) != _canonical(new.get(key))
    )
    if not changed:
        return []
    return [f"the policy has changed: {_named(changed)}"]


def _named(names: Sequence[str]) -> str:
    """Names as code, a few of them."""
    shown = ", ".join(f"`{name.replace('`', chr(39))}`" for name in names[:_NAMED])
    return shown + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _files(planned: Mapping[str, object]) -> Mapping[str, object]:
    """Mode and hash by path."""
    listed = planned["files"]
    rows = listed if isinstance(listed, Sequence) else ()
    return {str(row[0]): [str(part) for part in row[1:]] for row in rows}


def _listed(planned: Mapping[str, object], key: str) -> Sequence[Mapping[str, object]]:
    found = planned[key]
    return found if isinstance(found, Sequence) else ()


def _mapping(planned: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = planned[key]
    return found if isinstance(found, Mapping) else {}
