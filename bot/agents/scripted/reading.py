"""What a prompt holds: pieces between tags, some of them JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any


class Missing(Exception):
    """Something that the answer has to be made of is not in the prompt."""


class Prompt:
    """A prompt of ``templates/prompts``."""

    def __init__(self, text: str) -> None:
        self.text = text

    def piece(self, label: str) -> str | None:
        """What stands between the first tags of that name; None where there are none."""
        return next(iter(self._found(label)), (None, None))[1]

    def needed(self, label: str) -> str:
        """The same; ``Missing`` where there is none, or nothing in it."""
        found = self.piece(label)
        if found is None or not found.strip():
            raise Missing(f"There is no <{label}> in the prompt.")
        return found

    def data(self, label: str) -> Mapping[str, Any]:
        """A mapping between such tags; ``Missing`` where there is none, or an empty one."""
        try:
            found = json.loads(self.needed(label))
        except ValueError as exc:
            raise Missing(f"What <{label}> holds is no JSON.") from exc
        if not isinstance(found, dict) or not found:
            raise Missing(f"There is nothing in <{label}>.")
        return found

    def all(self, label: str, key: str) -> Mapping[str, str]:
        """Every piece of that name, by one of its attributes."""
        return {attributes.get(key, ""): text for attributes, text in self._found(label)}

    def _found(self, label: str) -> list[tuple[dict[str, str], str]]:
        pattern = rf"^(?:.*? )?<{label}((?: \w+=\"[^\n]*?\")*)>\n(.*?)\n</{label}>$"
        return [
            (dict(re.findall(r"(\w+)=\"([^\n]*?)\"(?= |$)", attributes)), text)
            for attributes, text in re.findall(pattern, self.text, re.MULTILINE | re.DOTALL)
        ]
