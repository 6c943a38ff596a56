"""A pack's form as the file that a forge takes it from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.core.verbs import nearest
from bot.errors import NotSupported
from bot.forms.fields import FormField, form_fields
from bot.generation.pack_format import Pack, QuestionType
from bot.resources import templates_dir

_NOTHING: Mapping[str, object] = MappingProxyType({})
#: Where each forge looks for forms, and the template they are made from. The local forge has
#: no forms of its own, but reads those that GitHub makes.
_KINDS: Mapping[str, tuple[str, str]] = {
    "github": (".github/ISSUE_TEMPLATE/{pack}.yml", "github.yml.j2"),
    "gitlab": (".gitlab/issue_templates/{pack}.md", "gitlab.md.j2"),
}
FORGES = tuple(_KINDS)
# What YAML takes for a line's end, or for nothing that may be printed.
_ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True)
class FormFile:
    """A form, and where it lies in a repository."""

    path: str
    text: str


def form_file(pack: Pack, forge: str, *, suggested: Mapping[str, object] = _NOTHING) -> FormFile:
    """The form of a pack for a forge.

    Args:
        suggested: What is assumed there where a question is not answered.

    Raises:
        NotSupported: ``no_forms``: there are none on such a forge.
        UserError: ``no_form``: the pack cannot be used without telling a secret.
    """
    if forge not in _KINDS:
        near = nearest(forge, FORGES)
        raise NotSupported(
            f"There are no forms for {forge[:40]!a}." + (f" Did you mean {near}?" if near else ""),
            reason="no_forms",
            remedy=f"There are forms for {' and '.join(FORGES)}.",
        )
    path, template = _KINDS[forge]
    text = (
        _environment().get_template(template).render(pack=pack, fields=form_fields(pack, suggested))
    )
    return FormFile(path=path.format(pack=pack.name), text=text)


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - YAML and Markdown; each value is quoted by a filter
        loader=FileSystemLoader(templates_dir() / "forms"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(quoted=_quoted, told=_told, comment=_comment, kind=_kind)
    return environment


def _quoted(text: str) -> str:
    """A text as YAML reads it back, whatever is in it."""
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _told(text: str) -> str:
    """Words as a sentence: with a capital, on one line, and a stop at their end."""
    words = " ".join(text.split())
    if not words:
        return ""
    # A name at the beginning, such as `ruff`, is no word to write with a capital.
    begun = words if "." in words.split()[0] else words[0].upper() + words[1:]
    return begun if begun.endswith((".", "!", "?", ")", ":")) else f"{begun}."


def _comment(text: str) -> str:
    """Words that cannot end the comment they stand in."""
    return text.replace("--", "- -").replace(">", "\u203a")


def _kind(field: FormField) -> str:
    """The type of field that GitHub is asked for."""
    if field.is_ticked:
        return "checkboxes"
    if field.options:
        return "dropdown"
    return "textarea" if field.question.type is QuestionType.TEXT else "input"
