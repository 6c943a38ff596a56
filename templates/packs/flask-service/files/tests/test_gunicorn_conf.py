"""How the service is served; gunicorn itself is not needed to read that."""

import runpy
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

FILE = Path(__file__).parent.parent / "gunicorn.conf.py"


def configuration() -> dict[str, Any]:
    return runpy.run_path(str(FILE))


def test_it_serves_the_app() -> None:
    module, _, call = configuration()["wsgi_app"].partition(":")
    assert isinstance(getattr(import_module(module), call.removesuffix("()"))(), Flask)


def test_it_listens_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert configuration()["bind"] == "0.0.0.0:8000"
    monkeypatch.setenv("PORT", "9001")
    assert configuration()["bind"] == "0.0.0.0:9001"


def test_its_own_logs_look_like_those_of_the_service() -> None:
    formatter = configuration()["logconfig_dict"]["formatters"]["json"]["()"]
    module, _, name = formatter.rpartition(".")
    assert hasattr(import_module(module), name)
