"""What has failed on a change of ours, as whoever mends it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.changes import amendment_key, refuse_rounds, rounds_at
from bot.core.reviews import FailedCheck
from bot.errors import StepFailed
from bot.steps.spec import StepContext
from bot.steps.values import destination, optional_mapping, text

#: Of one log, and of all of them together, so many characters from the end.
_MOST_OF_ONE = 20_000
_MOST_OF_ALL = 60_000
_MOST_CHECKS = 10
_MOST_ANNOTATIONS = 20


def with_failed_checks(
    context: StepContext, given: Mapping[str, object]
) -> tuple[Mapping[str, object], bool]:
    """A step's arguments with what has failed among `given`, where a change is named.

    Also whether strangers may have written some of it: a log says what programs print, and those
    print whatever they are given.

    Raises:
        StepFailed: ``nothing_failed``.
        UserError: ``too_many_rounds`` where repairs have led nowhere.
    """
    if given.get("change") is None:
        return given, False
    into, commit = destination(given, "change"), text(given, "commit")
    forge = context.services.forge(into.forge)
    repository = forge.repository(into.repository)
    if repository is None or repository.id != into.id:
        raise StepFailed(f"{into.repository} is not there any more.", reason="repository_gone")
    ledger = context.services.store.ledger
    refuse_rounds(rounds_at(ledger.confirmed(amendment_key(into.id, into.branch)), commit))
    failed = meant(
        forge.failed_checks(repository, commit, most_characters=_MOST_OF_ONE),
        str(given.get("check") or ""),
    )
    if not failed:
        raise StepFailed(
            f"No check of {commit[:7]} has failed (any more); there is nothing to mend.",
            reason="nothing_failed",
            remedy="Nothing was changed. Checks that are still running may be waited for.",
        )
    context.log(f"{len(failed)} checks have failed on {commit[:7]}")
    told = {**optional_mapping(given, "given"), "checks": _told(failed), "of_change": True}
    return {**given, "given": told}, True


def meant(failed: Sequence[FailedCheck], name: str) -> Sequence[FailedCheck]:
    """Those of the checks that somebody means who wrote a name, or none."""
    wanted = name.casefold()
    return [check for check in failed if not wanted or check.name.casefold() == wanted]


def _told(failed: Sequence[FailedCheck]) -> list[Mapping[str, object]]:
    told: list[Mapping[str, object]] = []
    left = _MOST_OF_ALL
    for check in failed[:_MOST_CHECKS]:
        notes = [
            f"{one.path}:{one.line}: {one.title} {one.message}".strip()
            for one in check.annotations[:_MOST_ANNOTATIONS]
        ]
        output = "\n".join([*notes, check.log])[-left:] if left else ""
        left -= len(output)
        told.append(
            {
                "name": check.name,
                "command": "",
                "exit_code": "",
                "result": "failed",
                "output": output,
            }
        )
    return told
