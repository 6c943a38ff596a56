"""GitHub's side of an issue form: what it refuses, and the text that a filled-in one becomes.

https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_TOP = {"name", "description", "title", "labels", "assignees", "projects", "type", "body"}
_ATTRIBUTES = {
    "markdown": {"value"},
    "input": {"label", "description", "placeholder", "value"},
    "textarea": {"label", "description", "placeholder", "value", "render"},
    "dropdown": {"label", "description", "multiple", "options", "default"},
    "checkboxes": {"label", "description", "options"},
}
_FORBIDDEN = re.compile(r"password|passwd|secret|token|credential|api ?key", re.IGNORECASE)


def faults(text: str) -> list[str]:
    """What GitHub would refuse about a form."""
    form = yaml.safe_load(text)
    found = [f"{key} is not a permitted key" for key in form if key not in _TOP]
    for key in ("name", "description"):
        if not _is_text(form.get(key)):
            found.append(f"{key} must be a string")
    fields = form["body"]
    ids = [field["id"] for field in fields if "id" in field]
    labels = [_parameterized(field["attributes"]["label"]) for field in fields]
    if len(set(ids)) < len(ids):
        found.append("body must have unique ids")
    if len(set(labels)) < len(labels):
        found.append("labels are too similar")
    for field in fields:
        found += _field_faults(field)
    return found


def filled(text: str, answers: Mapping[str, str | list[str]]) -> str:
    """The opening text that GitHub makes; what is not answered keeps what the form puts in.

    Args:
        answers: By label; a list for what is chosen or ticked. An empty text clears a field.
    """
    form = yaml.safe_load(text)
    unknown = set(answers) - {field["attributes"]["label"] for field in form["body"]}
    assert not unknown, f"the form has no field {unknown}"
    return "\n\n".join(_filled(field, answers) for field in form["body"])


def prefilled(text: str) -> dict[str, Any]:
    """Each field by its label."""
    return {field["attributes"]["label"]: field for field in yaml.safe_load(text)["body"]}


def _filled(field: Mapping[str, Any], answers: Mapping[str, str | list[str]]) -> str:
    at = field["attributes"]
    given = answers.get(at["label"])
    if field["type"] == "checkboxes":
        boxes = [
            f"- [{'X' if box['label'] in (given or []) else ' '}] {box['label']}"
            for box in at["options"]
        ]
        return f"### {at['label']}\n\n" + "\n".join(boxes)
    if given is None:
        given = at.get("value", "")
        if "default" in at:
            given = at["options"][at["default"]]
    if isinstance(given, list):
        given = ", ".join(given)
    if field.get("validations", {}).get("required"):
        assert given, f"{at['label']} has to be answered"
    return f"### {at['label']}\n\n{given or '_No response_'}"


def _field_faults(field: Mapping[str, Any]) -> Iterator[str]:
    kind, at = field["type"], field["attributes"]
    if set(field) - {"type", "id", "attributes", "validations"}:
        yield f"{set(field)} are not all permitted keys"
    if kind not in _ATTRIBUTES:
        yield f"{kind} is not a valid input type"
        return
    if set(at) - _ATTRIBUTES[kind]:
        yield f"{kind}: {set(at) - _ATTRIBUTES[kind]} is not a permitted attribute"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", field.get("id", "x")):
        yield "id can only contain numbers, letters, -, _"
    for key in ("label", "description", "placeholder", "value"):
        if key in at and not _is_text(at[key]):
            yield f"{key} must be a string"
    if kind in ("input", "textarea") and _FORBIDDEN.search(at["label"]):
        yield "label contains forbidden word"
    if kind in ("dropdown", "checkboxes"):
        yield from _option_faults(kind, at)


def _option_faults(kind: str, at: Mapping[str, Any]) -> Iterator[str]:
    options = at["options"]
    shown = [box["label"] for box in options] if kind == "checkboxes" else options
    if not shown:
        yield "options must not be empty"
    if not all(_is_text(one) for one in shown):
        yield "options must be strings"
    if len(set(shown)) < len(shown):
        yield "options must be unique"
    if kind == "dropdown" and any(str(one).strip().lower() == "none" for one in shown):
        yield "options must not include the reserved word, none"
    default = at.get("default", 0)
    if isinstance(default, bool) or not isinstance(default, int) or not 0 <= default < len(shown):
        yield "default must be the position of an option"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _parameterized(label: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", label.lower()).strip("-")
