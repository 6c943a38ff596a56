"""What `doctor` says of the local forge."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from bot.core.identity import Repository
from bot.errors import BotError
from bot.forges.local.place import Place
from bot.forges.local.reading import head
from bot.forges.port import Finding


def diagnose(place: Place, repository: Repository | None) -> Sequence[Finding]:
    """Findings on the whole forge for its operator; for people in a thread, on theirs alone."""
    if repository is not None:
        return list(_repository(place, repository))
    return [_folder(place), _database(place)]


def _folder(place: Place) -> Finding:
    if os.access(place.root, os.W_OK | os.X_OK):
        return Finding(name="local forge", ok=True, detail=str(place.root))
    return Finding(
        name="local forge",
        ok=False,
        detail=f"{place.root} cannot be written.",
        remedy="Give the account that runs firstcommit the right to write there.",
    )


def _database(place: Place) -> Finding:
    try:
        with place.database.reading() as connection:
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except BotError as exc:
        said = str(exc)
    return Finding(
        name="local forge's database",
        ok=said == "ok",
        detail=said,
        remedy="" if said == "ok" else "Restore forge.sqlite3 from a backup.",
    )


def _repository(place: Place, repository: Repository) -> Iterator[Finding]:
    try:
        found = head(place.git(repository), repository.default_branch)
    except BotError as exc:
        yield Finding(
            name=repository.full_name,
            ok=False,
            detail=str(exc),
            remedy="Look whether its folder is still there.",
        )
        return
    at = "has no commit yet" if found is None else f"stands at {found.id[:12]}"
    yield Finding(name=repository.full_name, ok=True, detail=f"{repository.default_branch} {at}.")
