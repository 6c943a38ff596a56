"""``review``: somebody else reads the files, against a rubric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from bot.core.model_calls import TaskLimits
from bot.core.secrets_scan import scan_text
from bot.roles.checking import text_problems
from bot.roles.role import Accepted, Answer, Role, SeenFile, Setting, refuse
from bot.roles.writing import outline, texts

MOST_FINDINGS = 30
_LONGEST = 2_000
_MOST_SHOWN = 300_000

Severity = Literal["blocking", "major", "minor"]


class Finding(Answer):
    """Something that should be otherwise."""

    severity: Severity = Field(
        description="blocking: it does not do what is asked, or does harm; major: it will hurt "
        "whoever keeps it; minor: a matter of taste"
    )
    path: str
    line: int = Field(default=1, description="from 1")
    message: str = Field(description="what is wrong, and why that matters")
    suggestion: str = Field(default="", description="what should stand there, or be done")


class Review(Answer):
    """What came of it."""

    summary: str = Field(description="whether it does what is asked, in a sentence or two")
    findings: list[Finding] = Field(default_factory=list)


def written_by_agents(setting: Setting) -> list[SeenFile]:
    """What is to be read: whatever no pack has made, the largest last."""
    own = [file for file in setting.files.values() if not file.is_of_pack]
    return sorted(own, key=lambda file: len(file.text or ""))


def _shown(setting: Setting) -> Mapping[str, object]:
    paths = [file.path for file in written_by_agents(setting)]
    seen = texts(setting, paths, _MOST_SHOWN)
    return {
        "design": outline(setting),
        "sources": seen,
        "unseen": sorted(set(paths) - {file.path for file in seen}),
        "most": MOST_FINDINGS,
    }


def _accept(setting: Setting, review: Review) -> Accepted:
    problems = text_problems("summary", review.summary)
    if not review.summary.strip() or len(review.summary) > _LONGEST:
        problems.append(f"`summary` is empty, or longer than {_LONGEST:,} characters.")
    if len(review.findings) > MOST_FINDINGS:
        problems.append(f"There are {len(review.findings)} findings; {MOST_FINDINGS} are the most.")
    for at, finding in enumerate(review.findings[:MOST_FINDINGS]):
        problems += _problems(setting, finding, f"findings[{at}]")
    refuse(problems)
    return Accepted(answer=review.model_dump(), text=review.summary)


def _problems(setting: Setting, finding: Finding, place: str) -> list[str]:
    file = setting.files.get(finding.path)
    if file is None:
        return [f"`{place}.path` names {finding.path[:120]!a}, which is no file of the project."]
    lines = len((file.text or "").splitlines())
    problems = []
    if not 1 <= finding.line <= max(1, lines):
        problems.append(f"`{place}.line` is {finding.line}; {finding.path} has {lines} lines.")
    if (
        not finding.message.strip()
        or max(map(len, (finding.message, finding.suggestion))) > _LONGEST
    ):
        problems.append(f"`{place}`: a text is empty, or longer than {_LONGEST:,} characters.")
    if scan_text(finding.path, f"{finding.message}\n{finding.suggestion}"):
        problems.append(f"`{place}` holds what looks like a secret; do not repeat it.")
    return problems


REVIEW = Role(
    name="review",
    answer=Review,
    accept=_accept,
    shown=_shown,
    limits=TaskLimits(calls=4, output_tokens=8_000, time_s=300.0),
)
