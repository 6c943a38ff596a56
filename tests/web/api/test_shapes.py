"""What the API takes and gives, as a whole."""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from bot.web.api.groups import OPERATIONS
from tests.web.api.server import Server


def models(annotation: object, seen: set[object]) -> Iterator[type[BaseModel]]:
    """Every model in an annotation, and in its fields."""
    for part in typing.get_args(annotation):
        yield from models(part, seen)
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return
    if annotation in seen:
        return
    seen.add(annotation)
    yield annotation
    for field in annotation.model_fields.values():
        yield from models(field.annotation, seen)


def test_no_two_shapes_are_called_alike_or_the_description_would_mix_them_up() -> None:
    seen: set[object] = set()
    by_name: dict[str, set[str]] = defaultdict(set)
    for operation in OPERATIONS:
        for shape in (*operation.gives.values(), operation.body):
            for model in models(shape, seen):
                by_name[model.__name__].add(model.__module__)
    assert {name: places for name, places in by_name.items() if len(places) > 1} == {}
    assert len(by_name) > 50


@pytest.mark.parametrize(("thread", "status"), [("7", 404), ("7.0", 404), ("7.5", 422)])
def test_a_whole_number_may_be_written_with_a_fraction_of_nothing(
    server: Server, thread: str, status: int
) -> None:
    body = f'{{"text": "/generate x", "repository": "github:acme/none", "thread": {thread}}}'
    sent = server.call("POST", "/commands", data=body, content_type="application/json")
    assert sent.status_code == status
