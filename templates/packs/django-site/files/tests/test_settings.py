"""What the environment may say, and what the site is without it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from {{ module }} import environment, settings

ROOT = Path(__file__).parent.parent
PACKAGE = Path(settings.__file__).parent
NEEDED = {"SECRET_KEY": "x", "DATABASE_URL": "sqlite://:memory:"}


def shown(names: str, **environ: str) -> str:
    """What settings are in a process that has nothing but the environment that is given."""
    code = f"from {PACKAGE.name}.settings import *; print({names})"
    python_path = os.pathsep.join([str(PACKAGE.parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": python_path, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_without_an_environment_it_does_not_start() -> None:
    assert shown("DEBUG").endswith("SECRET_KEY has to be set")
    assert shown("DEBUG", SECRET_KEY="x").endswith("DATABASE_URL has to be set")


def test_with_what_it_needs_it_is_closed() -> None:
    names = "DEBUG, ALLOWED_HOSTS, SECURE_SSL_REDIRECT, SESSION_COOKIE_SECURE"
    assert shown(names, **NEEDED) == "False [] True True"


def test_while_debugging_it_needs_nothing() -> None:
    assert shown("DEBUG, SECURE_SSL_REDIRECT, SECURE_HSTS_SECONDS", DEBUG="on") == "True False 0"


def test_a_proxy_is_believed_where_there_is_one() -> None:
    assert "https" in shown("SECURE_PROXY_SSL_HEADER", BEHIND_PROXY="on", **NEEDED)


@pytest.mark.parametrize(
    ("read", "value"), [("flag", "perhaps"), ("number", "-1"), ("number", "many")]
)
def test_what_is_wrong_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, read: str, value: str
) -> None:
    monkeypatch.setenv("KEY", value)
    with pytest.raises(ImproperlyConfigured, match="KEY has to be") as refused:
        getattr(environment, read)("KEY", default=0)
    assert value not in str(refused.value)


def test_what_is_set_but_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", " ")
    assert environment.number("KEY", default=7) == 7
    assert environment.items("KEY") == []
    monkeypatch.setenv("KEY", "a, b,")
    assert environment.items("KEY") == ["a", "b"]


def test_every_setting_is_documented() -> None:
    code = (PACKAGE / "settings.py").read_text(encoding="utf-8")
    keys = re.findall(r'environment\.\w+\(\s*"(\w+)"', code)
    assert len(keys) > 5
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for key in keys:
        assert f"\n{key}=" in example
        assert f"| `{key}` |" in readme
