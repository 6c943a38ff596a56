"""What commands typed in this process leave behind is put back."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs


@pytest.fixture(autouse=True)
def _logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command has its log written to the stderr of its own test, which is closed afterwards.

    Loggers would keep to it for ever: each remembers how things were when it was first used. A
    process has one command and one stderr, so that nothing is to be shown about this here.
    """
    configure = logs.configure

    def without_memory(log_format: str, *, level: int = logging.INFO) -> None:
        configure(log_format, level=level)
        structlog.configure(cache_logger_on_first_use=False)

    monkeypatch.setattr(logs, "configure", without_memory)
    root = logging.getLogger()
    handlers = list(root.handlers)
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
