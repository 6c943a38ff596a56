"""What a change changes, as whoever reviews it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.changes import is_by_stranger, open_change, refuse_strangers
from bot.core.policy import Strangers
from bot.core.shown_text import shown
from bot.errors import StepFailed
from bot.plans import policy_now
from bot.steps.spec import StepContext

_MOST_FILES = 300
_LONGEST_TEXT = 10_000


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What a reviewer sees of a change, at which commit, and whether strangers wrote it."""

    given: Mapping[str, object]
    head: str
    strangers: bool


def changed_in(context: StepContext, number: object) -> Changed:
    """What is to be read of the change of that number in the thread's repository.

    Raises:
        StepFailed: ``bad_input``.
        UserError: As `open_change`; ``strangers`` where policy keeps models from reading it.
    """
    repository = context.run.repository
    if repository is None or not isinstance(number, int) or isinstance(number, bool):
        raise StepFailed("The step's change is no number of a change here.", reason="bad_input")
    details = open_change(context.services, repository, number)
    theirs = is_by_stranger(context.services, repository, details)
    omits = policy_now(context.services, context.run).strangers is Strangers.OMIT
    refuse_strangers(details, theirs=theirs, omits=omits)
    forge = context.services.forge(repository.forge)
    files = forge.changed_files(repository, details, most=_MOST_FILES)
    words = {} if theirs and omits else {"title": details.title, "text": details.text}
    context.log(f"{len(files)} files of #{number} at {details.head[:7]}")
    return Changed(
        given={
            **{name: shown(said)[:_LONGEST_TEXT] for name, said in words.items()},
            "changed": [
                {"path": file.path, "status": file.status.value, "patch": file.patch}
                for file in files
            ],
        },
        head=details.head,
        # Whoever may write to a fork has written what it changes.
        strangers=details.is_foreign or theirs,
    )
