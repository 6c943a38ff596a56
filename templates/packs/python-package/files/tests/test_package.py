"""What the package promises to those who install it."""

import re
from importlib.resources import files

import {{ module }} as package


def test_every_exported_name_is_there() -> None:
    assert all(hasattr(package, name) for name in package.__all__)


def test_version_is_made_of_three_numbers() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", package.__version__)


def test_type_checkers_are_told_that_it_is_typed() -> None:
    assert files(package).joinpath("py.typed").is_file()
