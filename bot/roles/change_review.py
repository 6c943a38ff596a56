"""``change_review``: somebody's change is read, and what is wrong said of its lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bot.core.model_calls import TaskLimits
from bot.core.reviews import numbered_lines
from bot.core.secrets_scan import scan_text
from bot.roles.names import CHANGE_REVIEW as NAME
from bot.roles.review import Severity
from bot.roles.role import Accepted, Answer, Role, Setting, refuse

MOST_FINDINGS = 30
_LONGEST = 2_000
_MOST_SUGGESTED_LINES = 30
#: Of all differences together, in characters; of one file at most a third of it.
_MOST_SHOWN = 150_000


class LineFinding(Answer):
    """Something that should be otherwise."""

    severity: Severity = Field(
        description="blocking: it breaks something or does harm; major: it will hurt whoever "
        "keeps it; minor: a matter of taste"
    )
    path: str = Field(description="of a file that the change touches")
    line: int = Field(default=0, description="of the new side, as numbered; 0: the file as a whole")
    message: str = Field(description="what is wrong, and why that matters")
    suggestion: str = Field(
        default="", description="what should stand in place of exactly that line, and nothing else"
    )


class ChangeReview(Answer):
    """What came of it."""

    summary: str = Field(description="what the change does and whether it is right, in short")
    findings: list[LineFinding] = Field(default_factory=list)


def _shown(setting: Setting) -> Mapping[str, object]:
    left, shown, unseen = _MOST_SHOWN, [], []
    for file in setting.listed("changed"):
        patch = str(file["patch"])
        if patch and len(patch) <= min(left, _MOST_SHOWN // 3):
            left -= len(patch)
            shown.append({**file, "numbered": numbered(patch)})
        else:
            unseen.append(f"{file['path']} ({file['status']})")
    return {"changed": shown, "unseen": unseen, "most": MOST_FINDINGS}


def numbered(patch: str) -> str:
    """A difference with the number of each line of its new side before it."""
    numbers = iter(numbered_lines(patch))
    lines = []
    for line in patch.splitlines():
        is_new = not line.startswith(("@@", "-", "\\"))
        number = next(numbers, None) if is_new else None
        lines.append(f"{number[0] if number else '':>6} {line}")
    return "\n".join(lines)


def _accept(setting: Setting, review: ChangeReview) -> Accepted:
    problems = []
    if not review.summary.strip() or len(review.summary) > _LONGEST:
        problems.append(f"`summary` is empty, or longer than {_LONGEST:,} characters.")
    if len(review.findings) > MOST_FINDINGS:
        problems.append(f"There are {len(review.findings)} findings; {MOST_FINDINGS} are the most.")
    if scan_text("summary", review.summary):
        problems.append("`summary` holds what looks like a secret; do not repeat it.")
    files = {str(one["path"]): one for one in setting.listed("changed")}
    for at, finding in enumerate(review.findings[:MOST_FINDINGS]):
        problems += _problems(files, finding, f"findings[{at}]")
    refuse(problems)
    return Accepted(answer=review.model_dump(), text=review.summary)


def _problems(files: Mapping[str, Mapping[str, Any]], one: LineFinding, place: str) -> list[str]:
    file = files.get(one.path)
    if file is None:
        return [f"`{place}.path` names {one.path[:120]!a}, which the change does not touch."]
    problems = []
    if not one.message.strip() or max(map(len, (one.message, one.suggestion))) > _LONGEST:
        problems.append(f"`{place}`: a text is empty, or longer than {_LONGEST:,} characters.")
    if one.line < 0:
        problems.append(f"`{place}.line` is {one.line}; lines are numbered from 1.")
    if one.suggestion:
        problems += _suggestion_problems(str(file["patch"]), one, place)
    if scan_text(one.path, f"{one.message}\n{one.suggestion}"):
        problems.append(f"`{place}` holds what looks like a secret; do not repeat it.")
    return problems


def _suggestion_problems(patch: str, one: LineFinding, place: str) -> list[str]:
    shown = dict(numbered_lines(patch))
    if one.line not in shown:
        return [f"`{place}.suggestion` is for a line that the change does not show; leave it out."]
    if shown[one.line] == one.suggestion.rstrip("\n"):
        return [f"`{place}.suggestion` is what stands there already."]
    if len(one.suggestion.splitlines()) > _MOST_SUGGESTED_LINES:
        return [f"`{place}.suggestion` has more than {_MOST_SUGGESTED_LINES} lines."]
    return []


CHANGE_REVIEW = Role(
    name=NAME,
    answer=ChangeReview,
    accept=_accept,
    shown=_shown,
    limits=TaskLimits(calls=4, output_tokens=8_000, time_s=300.0),
)
