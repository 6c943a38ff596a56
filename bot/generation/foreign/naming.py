"""Which question of somebody else's template asks what the project is to be called."""

from __future__ import annotations

from collections.abc import Sequence

#: The first of these that is asked; those that make a folder's name come first.
_USUAL = (
    "name project_slug repo_name repository_name project_name package_name app_name "
    "application_name library_name module_name project plugin_name slug"
)


def naming_question(names: Sequence[str]) -> str:
    """The question whose answer names the project; empty where none does."""
    return next((name for name in _USUAL.split() if name in names), "")
