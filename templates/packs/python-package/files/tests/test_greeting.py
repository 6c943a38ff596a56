import pytest

from {{ module }} import greet


@pytest.mark.parametrize("name", ["Ada", " Ada ", "\tAda\n"])
def test_greets_by_name_without_the_spaces_around_it(name: str) -> None:
    assert greet(name) == "Hello, Ada!"


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_refuses_a_name_of_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="at least one character"):
        greet(name)
