"""The words people read in threads: ``templates/replies``, rendered, capped and closed.

Templates hold the prose; this module sees to it that nothing a person wrote can break out of
where it is quoted, and that no comment is longer than a forge takes.
"""

from __future__ import annotations

import re
import shlex
from datetime import datetime
from functools import cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.core.amiss import amiss
from bot.core.budgets import tokens_text, usd_text
from bot.core.foreign_markdown import harmless
from bot.core.limits import shown_size

#: Comments of ours have at most 60,000 characters; the rest is room for their hidden last line.
LONGEST = 59_900
#: As much of a person's own line as is quoted back.
_LONGEST_QUOTED = 160

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_RUN_OF_BACKTICKS = re.compile(r"`+")
_CODE_SPAN = re.compile(r"(`[^`\n]+`)")
#: What Markdown acts on inside of a line; an underscore between letters is none of it.
_ACTIVE = re.compile(
    r"[\\`*\[\]<|~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)"
    # At the beginning of a line: lists, quotes, headings, rules. At its end: what closes headings.
    r"|^\s*(?:[-+>=#]|\d+(?=[.)](?:\s|$)))|(?<=\s)#+$"
)
#: What forges act on: mentions, and references to threads. An invisible space takes their power.
_CALLING = re.compile(r"[@#](?=\w)")
_INVISIBLE_SPACE = "\u200b"
_COMMAND = re.compile(r"^(\s*)/(?=\w)")


class TemplateReplies:
    """Replies from a folder of Jinja2 templates."""

    def __init__(self, folder: Path, *, name: str, public_url: str | None) -> None:
        """Args:
        name: What commands are addressed to.
        public_url: Where our pages are; None where comments carry no links to them.
        """
        self._folder = folder
        self._globals: dict[str, object] = {"name": name, "public_url": public_url}

    def render(self, template: str, /, **values: object) -> str:
        """The text of a template; undefined names are errors, long texts are cut."""
        text = self._environment.get_template(f"{template}.md.j2").render(**values)
        return fit(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", LONGEST)

    def prepare(self) -> None:
        """Compile every template now, for the processes that are forked from this one."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(  # noqa: S701 -- Markdown, not HTML; `code` quotes what is foreign
            loader=FileSystemLoader(self._folder),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        environment.globals.update(self._globals, pointed=pointed)
        environment.filters.update(
            code=code,
            fence=fence,
            plain=plain,
            words=words,
            markdown=markdown,
            cell=cell,
            short=short,
            shell=shlex.quote,
            size=shown_size,
            counted=_counted,
            moment=_moment,
            tokens=tokens_text,
            usd=usd_text,
            amiss=amiss,
        )
        return environment


def code(value: object) -> str:
    """A code span that holds the value whatever it contains, on one line."""
    text = " ".join(str(value).split()) or " "
    ticks = "`" * (_longest_run(text) + 1)
    padded = f" {text} " if text.startswith("`") or text.endswith("`") else text
    return f"{ticks}{padded}{ticks}"


def fence(value: object, info: str = "") -> str:
    """A fenced block that holds the value whatever it contains."""
    text = str(value).rstrip("\n")
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}{info}\n{text}\n{ticks}"


def plain(value: object) -> str:
    """Words of a person as words: on one line, with nothing that Markdown or a forge acts on."""
    return _inert(" ".join(str(value).split())).replace("://", f":{_INVISIBLE_SPACE}//")


def words(value: object) -> str:
    """A message of ours: its code spans, list items and addresses hold, and nothing else does.

    A message may quote a person, so it is no Markdown that could be trusted.
    """
    return "\n".join(_line(line) for line in str(value).splitlines())


def markdown(value: object, longest: int) -> str:
    """Markdown of somebody else: its formatting holds, and it calls nobody; cut where too long."""
    return fit(harmless(str(value)).strip("\n"), longest)


def _line(line: str) -> str:
    item, rest = ("- ", line[2:]) if line.startswith("- ") else ("", line)
    # What a forge takes for a command at the beginning of a line is none of ours.
    rest = _COMMAND.sub(rf"\1{_INVISIBLE_SPACE}/", rest)
    parts = _CODE_SPAN.split(rest)
    return item + "".join(part if place % 2 else _inert(part) for place, part in enumerate(parts))


def _inert(text: str) -> str:
    escaped = _ACTIVE.sub(lambda found: _escaped(found[0]), text)
    return _CALLING.sub(lambda found: found[0] + _INVISIBLE_SPACE, escaped)


def _escaped(found: str) -> str:
    # A number at the beginning of a line is harmless as soon as its dot is no longer one.
    return f"{found}{_INVISIBLE_SPACE}" if found.strip().isdigit() else f"\\{found.strip()}"


def cell(markdown: str) -> str:
    """A code span as a table's cell takes it: there, bars end cells even inside of code."""
    return markdown.replace("|", "\\|")


def pointed(source: str, column: int) -> str:
    """A line and a mark below its ``column`` (from 1), cut around it where the line is long."""
    start = max(0, column - 1 - _LONGEST_QUOTED // 2)
    shown = source[start : start + _LONGEST_QUOTED]
    before = "…" if start else ""
    after = "…" if len(source) > start + _LONGEST_QUOTED else ""
    mark = " " * (column - 1 - start + len(before)) + "^"
    return f"{before}{shown}{after}\n{mark}"


def short(value: object) -> str:
    """A line of a person, cut where it is long."""
    text = str(value)
    return text if len(text) <= _LONGEST_QUOTED else f"{text[:_LONGEST_QUOTED]}…"


def fit(text: str, longest: int) -> str:
    """The text, cut at a line's end to at most ``longest`` characters with open fences closed."""
    if len(text) <= longest:
        return text
    note = "\n\n*Cut here: this comment would have been too long.*\n"
    kept = text[: longest - len(note) - 100]
    kept = kept[: kept.rfind("\n") + 1] or kept
    open_fence, open_details = _open_fence(kept), kept.count("<details") - kept.count("</details>")
    if open_fence:
        kept = f"{kept.rstrip()}\n{open_fence}"
    return kept.rstrip() + "\n\n</details>" * max(0, open_details) + note


def _open_fence(text: str) -> str:
    """The marks that close the fence in which the text ends; empty outside of any."""
    marks = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if found is None:
            continue
        if not marks:
            marks = found[1]
        elif found[1].startswith(marks) and not found[2].strip():
            marks = ""
    return marks


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUN_OF_BACKTICKS.findall(text)), default=0)


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M UTC")


def _counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
