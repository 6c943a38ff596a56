"""Values of rows are the ones that their constructors make."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from enum import StrEnum

import pytest

from bot.store.values import maker, word


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Thing:
    name: str
    colour: Colour
    size: int = 0


def test_rows_become_values_like_any_others() -> None:
    make = maker(Thing, ("colour", "name", "size"), colour=word(Colour))
    made, other = make([("red", "red"), ("a", "b"), (3, 4), ("more", "more")])
    assert make([]) == []
    assert other == Thing(name="b", colour=Colour.RED, size=4)
    assert made == Thing(name="a", colour=Colour.RED, size=3)
    assert made.colour is Colour.RED
    assert hash(made) == hash(Thing(name="a", colour=Colour.RED, size=3))
    with pytest.raises(FrozenInstanceError):
        made.size = 4  # type: ignore[misc]


def test_a_field_that_no_column_gives_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="Thing is not made of name, colour"):
        maker(Thing, ("name", "colour"))
