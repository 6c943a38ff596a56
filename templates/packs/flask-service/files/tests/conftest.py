import logging
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from {{ module }} import Settings, create_app


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """An app sets the logging of the whole process; the next test starts without it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def client() -> FlaskClient:
    """A client of the service with settings of the tests' own."""
    return create_app(Settings(max_body_bytes=1000)).test_client()
