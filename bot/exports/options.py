"""What somebody may ask of an archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import UserError
from bot.exports.folders import check_folder

#: The keys of an export's ``config``, for docs and the description of the API.
OPTIONS: Mapping[str, str] = {
    "folder": "what the one folder in the archive is called; else as the project is",
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What an archive is to be like."""

    folder: str | None = None

    def as_config(self) -> dict[str, object]:
        """What was asked for, as the record of the export keeps it."""
        return {} if self.folder is None else {"folder": self.folder}


def read_options(config: Mapping[str, object]) -> Options:
    """The options of an export's ``config``; a null is as good as nothing.

    Raises:
        UserError: ``bad_config`` for a key that is not known or a value of another type, and
            ``bad_path`` for a folder that cannot be called so.
    """
    for key in config:
        if key not in OPTIONS:
            raise _bad(f"has the unknown key {str(key)[:40]!a}")
    folder = config.get("folder")
    if folder is None:
        return Options()
    if not isinstance(folder, str):
        raise _bad("names a folder that is no text")
    return Options(folder=check_folder(folder))


def _bad(problem: str) -> UserError:
    return UserError(
        f"The config of the export {problem}.",
        reason="bad_config",
        remedy=f"Its keys are {', '.join(f'`{key}`' for key in OPTIONS)}.",
    )
