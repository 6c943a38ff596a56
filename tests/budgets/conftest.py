"""The stores of both databases, for whoever asks for ``store``."""

from tests.store.conftest import (  # noqa: F401 - fixtures
    _migrated_file,
    _migrated_server,
    advance,
    clock,
    sqlite_url,
    store,
    url,
)
