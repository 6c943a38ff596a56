"""Which names accounts, repositories and branches may have, by GitHub's and git's rules."""

from __future__ import annotations

import re

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}")
# https://git-scm.com/docs/git-check-ref-format; more is refused than there, never less.
_NOT_IN_BRANCHES = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def is_owner_name(name: str) -> bool:
    """Whether an account may be called so: letters, digits and single hyphens between them."""
    return bool(_OWNER.fullmatch(name))


def is_repository_name(name: str) -> bool:
    """Whether a repository may be called so; never a name that means something on disk."""
    return (
        bool(_REPOSITORY.fullmatch(name))
        and name not in (".", "..")
        and not name.lower().endswith((".git", ".wiki"))
    )


def is_branch_name(name: str) -> bool:
    """Whether git takes it for a branch."""
    return (
        bool(name)
        and len(name.encode("utf-8", "replace")) <= 244
        and not _NOT_IN_BRANCHES.search(name)
        and not name.startswith(("-", "/"))
        and not name.endswith(("/", "."))
        and not any(part.startswith(".") or part.endswith(".lock") for part in name.split("/"))
        and name not in ("@", "HEAD")
    )


def split_full_name(full_name: str) -> tuple[str, str] | None:
    """Owner and name of ``owner/name``; None where it cannot be a repository's."""
    owner, _, name = full_name.partition("/")
    return (owner, name) if is_owner_name(owner) and is_repository_name(name) else None
