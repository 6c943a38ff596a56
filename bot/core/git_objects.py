"""Git's object ids, computed from values as git itself computes them.

They prove what landed: the root tree of a new repository, or each blob of a change, read
back from a forge must carry the ids computed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

TREE_MODE = 0o040000

Entry = tuple[str, int, str]
"""(name or path, mode as git's number, object id as 40 hex digits)."""


def blob_id(content: bytes) -> str:
    """The id of a file's content, 40 hex digits."""
    return _object_id(b"blob", content)


def tree_id(entries: Iterable[Entry]) -> str:
    """The id of one tree from its direct entries, files and folders, given in any order."""
    lines = [
        b"%o %s\0%s" % (mode, name.encode(), bytes.fromhex(object_id))
        for name, mode, object_id in sorted(entries, key=_git_order)
    ]
    return _object_id(b"tree", b"".join(lines))


def root_tree_id(files: Iterable[Entry]) -> str:
    """The id of the tree that holds exactly these files, as (path, mode, blob id).

    Raises:
        ValueError: A path is there twice, or is both a file and a folder.
    """
    root: _Folder = {}
    for path, mode, object_id in files:
        *folders, name = path.split("/")
        here = root
        for folder in folders:
            inner = here.setdefault(folder, {})
            if not isinstance(inner, dict):
                raise ValueError(f"{path} needs a folder where a file is")
            here = inner
        if name in here:
            raise ValueError(f"{path} is there twice")
        here[name] = (mode, object_id)
    return _folder_id(root)


_Folder = dict[str, "tuple[int, str] | _Folder"]


def _folder_id(folder: _Folder) -> str:
    return tree_id(
        (name, TREE_MODE, _folder_id(inner)) if isinstance(inner, dict) else (name, *inner)
        for name, inner in folder.items()
    )


def _git_order(entry: Entry) -> bytes:
    name, mode, _ = entry
    # Git sorts by bytes and sees a folder's name as if a slash stood at its end.
    return name.encode() + (b"/" if mode == TREE_MODE else b"")


def _object_id(kind: bytes, body: bytes) -> str:
    # Git's own choice of hash; nothing here relies on it against forgery.
    digest = hashlib.sha1(b"%s %d\0" % (kind, len(body)), usedforsecurity=False)
    digest.update(body)
    return digest.hexdigest()
