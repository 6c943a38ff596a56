"""The commands in a text.

::

    line   := prefix verb arg*      any line outside code, quotes, HTML comments and links
    prefix := "/" | "/NAME " | "@NAME "
    arg    := key=value | --flag | --key value | positional     quoted as in a shell
    text   := everything after "--" on the line, or the ```prompt block below it
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.arguments import FLAGS, Arguments, OptionValue, read_arguments
from bot.core.mentions import Address, ascii_lower, may_be_addressed, read_address
from bot.core.shell_words import Unreadable
from bot.core.shown_text import shown
from bot.core.text_blocks import OpenLine, OpenText, open_text
from bot.core.unseen import without_unseen
from bot.core.verbs import BARE_VERBS, VERBS, nearest

__all__ = ["CommandLine", "SyntaxProblem", "find_commands"]

# No database and no forge takes these; CommonMark too puts U+FFFD in the place of NUL.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ASKS_FOR_HELP = frozenset({"", "-h", "--help", "—help", "–help"})
_LONGEST_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """A command as somebody wrote it, before anybody asks whether it makes sense."""

    verb: str
    """One of `VERBS`."""
    bare: bool
    """Whether the verb came without our name."""
    positional: tuple[str, ...] = ()
    options: tuple[tuple[str, OptionValue], ...] = ()
    """Each key once, in lower case with ``_`` for ``-``; True where a flag had no value."""
    text: str | None = None
    """What stands after ``--`` and in the prompt block, trimmed; None where neither is."""
    line_number: int
    column: int
    """Both counted from 1, in characters."""
    source: str
    """The line as written, without blanks at its end; ``column`` counts in it."""

    def option(self, key: str) -> OptionValue | None:
        """The value of an option; None if it was not given."""
        return dict(self.options).get(key)


@dataclass(frozen=True, kw_only=True)
class SyntaxProblem:
    """A line that is addressed to us and cannot be read.

    ``reason`` is ``unknown_verb``, ``missing_verb``, ``unclosed_quote``, ``trailing_backslash``,
    ``bad_key`` or ``duplicate_key``. ``verb`` is what was asked for, if that much is clear;
    ``nearest`` the verb that an unknown one was probably meant to be.
    """

    reason: str
    message: str
    bare: bool
    verb: str | None = None
    nearest: str | None = None
    line_number: int
    column: int
    """Both counted from 1, in characters; the column points at the culprit."""
    source: str
    """The line as written, without blanks at its end; ``column`` counts in it."""


def find_commands(
    text: str,
    *,
    name: str = "firstcommit",
    forge_quick_actions: frozenset[str] = frozenset(),
    flags: frozenset[str] = FLAGS,
) -> tuple[CommandLine | SyntaxProblem, ...]:
    """Every command of ``text`` in order of appearance; never raises.

    Args:
        text: A comment, or the opening text of a thread, in Markdown.
        name: Our name: ASCII, not empty.
        forge_quick_actions: Bare verbs that mean something else on this forge.
        flags: Options that take no value.
    """
    clean = _UNSTORABLE.sub("\ufffd", text)
    if not may_be_addressed(clean):
        return ()
    opened = open_text(clean)
    bare_verbs = frozenset(BARE_VERBS) - forge_quick_actions
    found = []
    for line in opened.lines:
        if address := read_address(line.shown, name.lower(), bare_verbs):
            found.append(_read_command(opened, line, address, flags))
    return tuple(found)


def _read_command(
    opened: OpenText, line: OpenLine, address: Address, flags: frozenset[str]
) -> CommandLine | SyntaxProblem:
    word = ascii_lower(address.word)
    verb = "help" if word in _ASKS_FOR_HELP else word
    if verb not in VERBS:
        return _no_verb(line, address)
    try:
        arguments = read_arguments(line.shown, address.word_end, flags)
    except Unreadable as problem:
        return SyntaxProblem(
            reason=problem.reason,
            message=problem.message,
            bare=address.bare,
            verb=verb,
            line_number=line.number,
            column=problem.at + 1,
            source=line.text.rstrip(),
        )
    return CommandLine(
        verb=verb,
        bare=address.bare,
        positional=arguments.positional,
        options=arguments.options,
        text=_whole_text(opened, line, arguments),
        line_number=line.number,
        column=address.start + 1,
        source=line.text.rstrip(),
    )


def _no_verb(line: OpenLine, address: Address) -> SyntaxProblem:
    shown = address.word[:_LONGEST_SHOWN].replace("`", "'")
    if address.word[0] in "-—–" or "=" in address.word:
        reason, near = "missing_verb", None
        message = f"A verb is missing before `{shown}`."
    else:
        reason, near = "unknown_verb", nearest(address.word, VERBS)
        message = f"There is no command `{shown}`."
    return SyntaxProblem(
        reason=reason,
        message=message,
        bare=address.bare,
        nearest=near,
        line_number=line.number,
        column=address.word_start + 1,
        source=line.text.rstrip(),
    )


def _whole_text(opened: OpenText, line: OpenLine, arguments: Arguments) -> str | None:
    """The text on the line and that of the prompt block; both if both are there.

    It is what a page shows of it: nobody asks for what nobody can read there.
    """
    on_line = None if arguments.text is None else shown(arguments.text)
    below = opened.fence_below(line.number)
    if below is None or below.info.lower().split()[:1] != ["prompt"]:
        return on_line
    parts = (on_line or "", without_unseen(below.content).strip())
    return "\n\n".join(part for part in parts if part)
