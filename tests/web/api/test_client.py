"""``static/api.js`` has every operation as it is described; what it does is seen in
``tests/e2e/test_client.py``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.web.api.client import camel, client, function_of, written
from bot.web.api.groups import OPERATIONS
from bot.web.api.problem import refusal_of
from bot.web.api.reference import entries
from bot.web.api.tables import as_markdown
from tests.parts import ROOT


def test_the_file_is_what_the_operations_say() -> None:
    written_down = (ROOT / "bot" / "web" / "static" / "api.js").read_text("utf-8")
    assert written_down == client(), "bot/web/static/api.js is stale; `make client` writes it anew"


def test_every_operation_has_its_function_and_its_words() -> None:
    text = client()
    for operation in OPERATIONS:
        before, found, after = text.partition(f"\n    {camel(operation.name)}: (options) =>")
        assert found, operation.name
        comment = " ".join(before.rpartition("/**")[2].replace("\n     * ", " ").split())
        assert f"{operation.summary}." in comment
        assert f"Scope: `{operation.scope}`." in comment
        assert after.lstrip().startswith(f'call("{operation.method} ')


def test_no_line_is_longer_than_the_others() -> None:
    assert [line for line in client().splitlines() if len(line) > 100] == []


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "integer"}, "number"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Run"}}, "Run[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a" | "b")[]'),
        ({"type": "object", "additionalProperties": True}, "Record<string, unknown>"),
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}, "b": {}}},
            "{a: 1, b?: unknown}",
        ),
    ],
)
def test_types_are_said_as_jsdoc_says_them(schema: dict[str, object], said: str) -> None:
    assert written(schema) == said


def test_an_option_that_would_hide_another_is_refused() -> None:
    (entry,) = entries([each for each in OPERATIONS if each.name == "list_files"])
    twice = {**entry.described["parameters"][0], "in": "query"}
    described = {**entry.described, "parameters": [*entry.described["parameters"], twice]}
    with pytest.raises(ValueError, match="list_files takes more than one id"):
        function_of(replace(entry, described=described))


def test_the_tables_of_the_documentation_are_what_the_operations_say() -> None:
    page = (ROOT / "docs" / "api-reference.md").read_text("utf-8")
    assert page == as_markdown(), "docs/api-reference.md is stale: `make client`"
    for operation in OPERATIONS:
        assert f"\n| `{operation.name}`" in page


@pytest.mark.parametrize(
    ("exc", "status"),
    [
        (UserError("No.", reason="being_done"), 409),
        (UserError("No.", reason="no_write"), 403),
        (UserError("No.", reason="precondition_failed"), 412),
        (UserError("No.", reason="no_destination"), 404),
    ],
)
def test_the_tables_tell_the_status_that_a_refusal_has(exc: UserError, status: int) -> None:
    refused = refusal_of(exc)
    assert refused is not None
    assert refused.status == status
    assert f"\n| `{exc.reason}` | {status} |\n" in as_markdown()


def test_a_reason_with_two_statuses_tells_both() -> None:
    assert "\n| `too_long` | 414, 431 |\n" in as_markdown()
