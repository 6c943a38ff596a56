"""The stories that issues are made from: plain data of a workflow, checked before any is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.secrets_scan import scan_text
from bot.errors import StepFailed

MOST_STORIES = 50
MOST_LABELS = 10
#: What every forge takes as a title, and as a label.
LONGEST_TITLE = 250
LONGEST_LABEL = 50
LONGEST_BODY = 50_000

_KEYS = ("title", "body", "labels")


@dataclass(frozen=True, kw_only=True)
class Story:
    """What one issue is to say. ``body`` is Markdown."""

    title: str
    body: str = ""
    labels: tuple[str, ...] = ()


def read_stories(value: object) -> tuple[Story, ...]:
    """The stories of a step.

    Raises:
        StepFailed: ``bad_stories``, naming the one that is wrong and what is wrong with it.
    """
    if not isinstance(value, list | tuple):
        raise _bad("stories", "is not a list")
    if len(value) > MOST_STORIES:
        raise _bad("stories", f"has {len(value)} entries; {MOST_STORIES} are the most")
    return tuple(_story(entry, f"stories[{at}]") for at, entry in enumerate(value))


def read_title(value: object, place: str) -> str:
    """A title: one line that is not empty, with its white space put in order."""
    if not isinstance(value, str) or not value.strip():
        raise _bad(place, "is not a text, or an empty one")
    title = value.strip()
    if not title.isprintable():
        raise _bad(place, "is not one line of printable text")
    if len(title) > LONGEST_TITLE:
        raise _bad(place, f"has {len(title)} characters; {LONGEST_TITLE} are the most")
    return title


def refuse_secrets(stories: Sequence[Story], milestone: str | None) -> None:
    """Raises StepFailed ``secret_found`` where a text that would be published holds a secret."""
    texts = {
        f"stories[{at}]": "\n".join((story.title, story.body, *story.labels))
        for at, story in enumerate(stories)
    }
    for place, text in {**texts, "milestone": milestone or ""}.items():
        for finding in scan_text(place, text):
            raise StepFailed(
                f"The step's {place} holds {finding.kind}.",
                reason="secret_found",
                remedy="Take it out of the text; no issue was opened.",
            )


def _story(entry: object, place: str) -> Story:
    if not isinstance(entry, Mapping):
        raise _bad(place, "is not a mapping with a title")
    for key in entry:
        if key not in _KEYS:
            raise _bad(place, f"has the unknown key {str(key)[:40]!a}")
    return Story(
        title=read_title(entry.get("title"), f"{place}.title"),
        body=_body(entry.get("body"), f"{place}.body"),
        labels=_labels(entry.get("labels"), f"{place}.labels"),
    )


def _body(value: object, place: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _bad(place, "is not a text")
    if len(value) > LONGEST_BODY:
        raise _bad(place, f"has {len(value):,} characters; {LONGEST_BODY:,} are the most")
    return value


def _labels(value: object, place: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _bad(place, "is not a list")
    if len(value) > MOST_LABELS:
        raise _bad(place, f"has {len(value)} entries; {MOST_LABELS} are the most")
    labels = (_label(label, f"{place}[{at}]") for at, label in enumerate(value))
    return tuple(dict.fromkeys(labels))


def _label(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _bad(place, "is not one line of text")
    label = value.strip()
    # Some forges take labels as one text, with commas between them.
    if "," in label or len(label) > LONGEST_LABEL:
        raise _bad(place, f"has a comma, or more than {LONGEST_LABEL} characters")
    return label


def _bad(place: str, problem: str) -> StepFailed:
    return StepFailed(
        f"The step's {place} {problem}.",
        reason="bad_stories",
        remedy="Each story is a mapping `{title, body, labels}`; only the title is needed.",
    )
