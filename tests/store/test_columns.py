"""What the columns make of odd values, read back through the store."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest

from bot.store.columns import to_json
from bot.store.port import DeliveryStatus, Store
from tests.store.making import claim, running


@pytest.mark.parametrize(
    "note, kept",
    [
        ("plain", "plain"),
        ("Ümläut 🙂", "Ümläut 🙂"),
        ("a\0b", "a\ufffdb"),
        ("a\ud800b", "a?b"),
        ("", ""),
    ],
)
def test_text_comes_back_with_what_no_database_holds_replaced(
    store: Store, note: str, kept: str
) -> None:
    made = claim(store)
    store.deliveries.settle(made.id, DeliveryStatus.FAILED, note)
    found = store.deliveries.get(made.id)
    assert found is not None
    assert found.note == kept


def test_data_comes_back_as_it_was(store: Store) -> None:
    run = running(store)
    data = {"text": "\0 \ud800 é", "list": [1, 2.5, None, True], "empty": {}}
    store.runs.step_completed(run.id, 1, "files", MappingProxyType(data))
    found = store.runs.get(run.id)
    assert found is not None
    assert found.step("files").outputs == data


def test_times_come_back_in_utc(store: Store) -> None:
    found = store.deliveries.get(claim(store).id)
    assert found is not None
    assert found.received_at.tzname() == "UTC"


def test_mappings_are_objects_and_anything_else_is_refused() -> None:
    assert json.loads(to_json({"a": MappingProxyType({"b": (1, 2)})})) == {"a": {"b": [1, 2]}}
    with pytest.raises(TypeError, match="set"):
        to_json({"a": {1}})
