"""A text that a form was filled in to: headings of the third level, each with its answer below.

::

    ### Command

    /generate python-package

    ### Name

    orders

That is what GitHub makes of an issue form
(https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms),
and how descriptions that begin as a template of GitLab look. Which heading asks which question is
not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.text_leaves import Fence, Heading, Leaf, Verbatim
from bot.core.text_lines import Line, split_lines
from bot.core.text_structure import read_leaves

COMMAND = "command"
"""The key of the heading whose field holds the command."""
LEFT_EMPTY = "_No response_"
"""What GitHub writes for a field that was left empty."""

_HEADING = re.compile(r"### *+(\S.*)")
_CLOSING_MARKS = re.compile(r"[ \t]+#+[ \t]*\Z")
_NAMED = re.compile(r"[(`]([a-z][a-z0-9_]*)[)`]\Z")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True)
class FormSection:
    """A heading and what stands below it, up to the next one.

    ``source`` is both as they were written, and ``body`` the part below the heading.
    """

    heading: str
    line_number: int
    source: str
    body: str

    @property
    def names(self) -> tuple[str, ...]:
        """What the heading may stand for: what it names in brackets, else its own words."""
        return heading_names(self.heading)

    @property
    def answer(self) -> str:
        """What was answered; empty where nothing was."""
        return answer_in(self.body)


@dataclass(frozen=True, kw_only=True)
class FormText:
    """A filled-in form: the sections below the command's, in order.

    ``command_lines`` are the numbers of the lines on which commands count. ``hidden`` are headings
    that an unclosed code fence or HTML comment has swallowed.
    """

    command: FormSection
    command_lines: frozenset[int]
    sections: tuple[FormSection, ...]
    hidden: tuple[str, ...] = ()

    @property
    def may_be_ours(self) -> bool:
        """Whether the command's field is empty, or begins as commands do."""
        said = self.command.answer
        return not said or said[0] in "/@"


def read_form(text: str) -> FormText | None:
    """The form in an opening text; None where it is none. Never raises."""
    lines = split_lines(text)
    leaves = read_leaves(text, lines)
    sections = tuple(_sections(text, lines, _headings(text, lines, leaves)))
    at = next((at for at, one in enumerate(sections) if COMMAND in one.names), None)
    if at is None:
        return None
    return FormText(
        command=sections[at],
        command_lines=frozenset(
            number
            for one, after in zip(sections, (*sections[1:], None), strict=True)
            if COMMAND in one.names
            for number in range(one.line_number, after.line_number if after else len(lines) + 1)
        ),
        sections=sections[at + 1 :],
        hidden=tuple(_hidden(text, lines, leaves)),
    )


def heading_key(words: str) -> str:
    """A heading or label as it is compared: case, punctuation and Markdown make no difference."""
    return _BETWEEN_WORDS.sub("_", words.casefold()).strip("_")


def heading_names(heading: str) -> tuple[str, ...]:
    """What a heading may stand for, the surest first.

    A name in brackets at its end makes a translated heading known: ``Lizenz (licence)``.
    """
    named = _NAMED.search(heading.rstrip(" :*"))
    return (named[1], heading_key(heading)) if named else (heading_key(heading),)


def answer_in(body: str) -> str:
    """An answer without what no reader sees: comments round it, and empty lines."""
    said = body.strip()
    while said.startswith("<!--") and "-->" in said:
        said = said[said.index("-->") + 3 :].lstrip()
    while said.endswith("-->") and "<!--" in said:
        said = said[: said.rindex("<!--")].rstrip()
    return "" if said == LEFT_EMPTY else said


def _headings(
    text: str, lines: Sequence[Line], leaves: Sequence[Leaf]
) -> Iterator[tuple[int, str]]:
    """The lines that are such headings for whoever reads the text, by their numbers."""
    for leaf in leaves:
        is_heading = isinstance(leaf, Heading) and not leaf.quoted
        if is_heading and (words := _words(text, lines[leaf.first - 1])):
            yield leaf.first, words


def _words(text: str, line: Line) -> str:
    found = _HEADING.match(text[line.start : line.end])
    return _CLOSING_MARKS.sub("", found[1]).rstrip() if found else ""


def _sections(
    text: str, lines: Sequence[Line], headings: Iterator[tuple[int, str]]
) -> Iterator[FormSection]:
    found = list(headings)
    for (number, words), after in zip(found, [*found[1:], None], strict=False):
        end = lines[after[0] - 1].start if after else len(text)
        yield FormSection(
            heading=words,
            line_number=number,
            source=text[lines[number - 1].start : end],
            body=text[lines[number - 1].end : end],
        )


def _hidden(text: str, lines: Sequence[Line], leaves: Sequence[Leaf]) -> Iterator[str]:
    last = leaves[-1] if leaves else None
    if isinstance(last, Fence | Verbatim) and last.open:
        for line in lines[last.first : last.last]:
            if words := _words(text, line):
                yield words
