"""The id of a commit, computed as git itself computes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def commit_id(
    *, tree_id: str, parents: Sequence[str], author: str, when_s: int, message: str
) -> str:
    """The id (40 hex digits) of a commit whose author also committed it.

    Args:
        author: ``Name <mail>``, as git writes it.
        when_s: Seconds since 1970; the commit says them in UTC.
        message: Whole, with its last line's end; git takes it as it is.
    """
    signature = f"{author} {when_s} +0000"
    headers = [f"tree {tree_id}", *(f"parent {parent}" for parent in parents)]
    headers += [f"author {signature}", f"committer {signature}"]
    body = ("\n".join(headers) + f"\n\n{message}").encode()
    # Git's own choice of hash; nothing here relies on it against forgery.
    return hashlib.sha1(b"commit %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
