import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from {{ module }} import Settings, create_app

# The tests' own client writes a line a request, too, which is no line of the service.
logging.getLogger("httpx2").setLevel(logging.WARNING)


{% include "_shared/python/service/logging-fixture.py" %}

@pytest.fixture
def client() -> Iterator[TestClient]:
    """A client of the running service, with settings of the tests' own."""
    with TestClient(create_app(Settings(max_body_bytes=1000))) as client:
        yield client
