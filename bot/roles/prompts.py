"""The words that agents are told: ``templates/prompts``, a file a role with two blocks.

The block *instructions* is ours alone. The block *prompt* holds what others wrote, each piece
between tags of its own which nothing inside of it can close, and without characters that nobody
sees. Strangers' words lie between lines that they cannot have guessed, with the rule beside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.core.unseen import without_unseen
from bot.resources import templates_dir
from bot.roles.role import Role, Setting

_BLANKS = re.compile(r"\n{3,}")


def written(role: Role, setting: Setting) -> tuple[str, str]:
    """The instructions and the prompt of a role; a name that is not there is an error."""
    values = {"setting": setting, **role.shown(setting)}
    return _block(role.name, "instructions", values), _block(role.name, "prompt", values)


def data(value: object, label: str, **attributes: object) -> str:
    """A piece of data between tags: a text as it is, anything else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    # Whatever it is, nobody agreed to what nobody can see.
    text = without_unseen(text)
    closing = re.compile(rf"<(?=/{re.escape(label)}\b)", re.IGNORECASE)
    named = "".join(
        f" {name}={json.dumps(without_unseen(str(given)))}" for name, given in attributes.items()
    )
    inside = closing.sub("<\\\\", text).strip("\n")
    return f"<{label}{named}>\n{inside}\n</{label}>"


def _block(role: str, name: str, values: Mapping[str, object]) -> str:
    template = _environment().get_template(f"{role}.md.j2")
    text = "".join(template.blocks[name](template.new_context(dict(values))))
    return _BLANKS.sub("\n\n", text).strip() + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 -- Markdown for a model; `data` encloses what is foreign
        loader=FileSystemLoader(templates_dir() / "prompts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data"] = data
    return environment
