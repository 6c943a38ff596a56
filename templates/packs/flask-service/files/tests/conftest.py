import logging
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from {{ module }} import Settings, create_app


{% include "_shared/python/service/logging-fixture.py" %}

@pytest.fixture
def client() -> FlaskClient:
    """A client of the service with settings of the tests' own."""
    return create_app(Settings(max_body_bytes=1000)).test_client()
