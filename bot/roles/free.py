"""``free``: whatever a workflow of one's own asks, answered as text or by a schema of its own."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from bot.core.secrets_scan import scan_text
from bot.roles.checking import LONGEST_FILE
from bot.roles.role import Accepted, Answer, Role, Setting, refuse
from bot.roles.schemas import misfits
from bot.roles.writing import texts


class Text(Answer):
    """A text."""

    text: str = Field(description="the answer, as Markdown or whatever was asked for")


def _shown(setting: Setting) -> Mapping[str, object]:
    return {"sources": texts(setting, sorted(setting.files))}


def _accept(setting: Setting, answer: Text | Mapping[str, object]) -> Accepted:
    if isinstance(answer, Text):
        refuse(_problems(answer.text))
        return Accepted(answer={"text": answer.text}, text=answer.text)
    refuse(misfits(setting.schema or {}, answer))
    refuse(_secrets(str(answer)))
    return Accepted(answer=dict(answer), text=str(answer.get("text") or ""))


def _problems(text: str) -> list[str]:
    if not text.strip():
        return ["The text is empty."]
    if len(text) > LONGEST_FILE:
        return [f"The text has {len(text):,} characters; {LONGEST_FILE:,} are the most."]
    return _secrets(text)


def _secrets(text: str) -> list[str]:
    return [f"It holds what looks like a {found.kind}." for found in scan_text("answer.txt", text)]


FREE = Role(name="free", answer=Text, accept=_accept, shown=_shown)
