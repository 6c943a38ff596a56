"""What a place suggests as answers to a pack's questions."""

from __future__ import annotations

from collections.abc import Mapping


def pack_defaults(forge: str, *, nested: bool = False) -> Mapping[str, object]:
    """What a pack's questions default to because of where the project goes.

    Args:
        nested: Whether it goes into a folder, where no forge looks for CI files.
    """
    if nested:
        return {"ci": "none"}
    return {"ci": "gitlab" if forge == "gitlab" else "github"}
