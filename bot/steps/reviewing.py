"""A review of a change, said once for a run and a commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.changes import open_change, review_key
from bot.core.reviews import ChangeDetails, Remark, lines_in_patch
from bot.errors import StepFailed, UserError
from bot.remarks import marker
from bot.steps.spec import Done, StepContext
from bot.store.port import Effect

_MOST_FILES = 300

Finding = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What is said at lines, and what of the whole."""

    remarks: tuple[Remark, ...]
    elsewhere: tuple[Finding, ...]


def say_review(
    context: StepContext, number: int, *, head: str, message: str, findings: Sequence[Finding]
) -> Mapping[str, object]:
    """Write what was found as a review: at its line where the change shows it, else in the text.

    Raises:
        UserError: As `open_change`.
        StepFailed: ``change_moved`` where the lines are not those that were read.
    """
    repository = context.run.repository
    if repository is None:
        raise StepFailed("This run belongs to no repository.", reason="no_thread")
    forge = context.services.forge(repository.forge)
    details = open_change(context.services, repository, number)
    read = replace(details, head=head)

    def look(effect: Effect) -> Done | None:
        found = forge.find_review(repository, number, _mark(effect))
        return Done(id=found, result={}) if found else None

    def do(effect: Effect) -> Done:
        files = forge.changed_files(repository, read, most=_MOST_FILES)
        shown = {file.path: lines_in_patch(file.patch) for file in files}
        said = _sorted(context, findings, shown)
        context.log(f"a review of #{number} with {len(said.remarks)} remarks")
        body = context.services.replies.render(
            "review",
            run=context.run,
            summary=message,
            findings=findings,
            elsewhere=said.elsewhere,
            head=head,
            moved=details.head != head,
        )
        text = f"{body}\n{_mark(effect)}\n"
        return Done(id=forge.review(repository, read, body=text, remarks=said.remarks), result={})

    key = review_key(repository.id, number, head)
    try:
        done = context.once(key, kind="review", look=look, do=do, lag_s=forge.lag_s)
    except UserError as exc:
        raise _moved(details, exc) from exc
    return {"comment": done.id, "url": details.url}


def _sorted(
    context: StepContext,
    findings: Sequence[Finding],
    shown: Mapping[str, frozenset[int]],
) -> _Said:
    remarks: list[Remark] = []
    elsewhere: list[Finding] = []
    for one in findings:
        path, line = str(one.get("path")), one.get("line")
        if isinstance(line, int) and line in shown.get(path, ()):
            body = context.services.replies.render("remark", finding=one)
            remarks.append(Remark(path=path, line=line, body=body))
        else:
            elsewhere.append(one)
    return _Said(remarks=tuple(remarks), elsewhere=tuple(elsewhere))


def _moved(details: ChangeDetails, problem: UserError) -> UserError | StepFailed:
    if problem.reason not in ("bad_remark", "branch_missing"):
        return problem
    return StepFailed(
        f"#{details.number} is not what was read any more; nothing was said of it.",
        reason="change_moved",
        remedy="Write the command again.",
    )


def _mark(effect: Effect) -> str:
    return marker(f"review:{effect.id}")
