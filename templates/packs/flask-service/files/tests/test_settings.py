from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from {{ module }} import Settings, settings

ROOT = Path(__file__).parent.parent


def test_defaults_hold_where_nothing_or_emptiness_is_set() -> None:
    assert Settings.from_env({}) == Settings()
    assert Settings.from_env({"LOG_LEVEL": "", "PROXY_COUNT": " "}) == Settings()


def test_every_setting_is_read() -> None:
    environ = {"LOG_LEVEL": "debug", "MAX_BODY_BYTES": "5", "PROXY_COUNT": "2"}
    expected = Settings(log_level="DEBUG", max_body_bytes=5, proxy_count=2)
    assert Settings.from_env(environ) == expected


def test_everything_wrong_is_named_at_once_and_no_value_is_shown() -> None:
    environ = {"LOG_LEVEL": "loud", "MAX_BODY_BYTES": "0", "PROXY_COUNT": "many"}
    with pytest.raises(settings.SettingsError) as refused:
        Settings.from_env(environ)
    message = str(refused.value)
    assert all(key in message for key in environ)
    assert "loud" not in message
    assert "many" not in message


def test_settings_do_not_change_while_the_service_runs() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().log_level = "DEBUG"  # type: ignore[misc]


def test_every_setting_is_documented_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text()
    readme = (ROOT / "README.md").read_text()
    for field in fields(Settings):
        assert f"{field.name.upper()}={field.default}" in example
        assert f"| `{field.name.upper()}` | `{field.default}` |" in readme
