from pathlib import Path

import pytest
from pydantic import ValidationError

from {{ module }} import Settings

ROOT = Path(__file__).parent.parent


def test_defaults_hold_where_nothing_or_emptiness_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "")
    monkeypatch.setenv("PORT", "")
    assert Settings() == Settings.model_construct()


def test_what_is_set_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "5")
    monkeypatch.setenv("DOCS", "false")
    settings = Settings()
    assert (settings.max_body_bytes, settings.docs) == (5, False)


@pytest.mark.parametrize(
    ("key", "value"),
    [("LOG_LEVEL", "loud"), ("MAX_BODY_BYTES", "0"), ("PORT", "65536"), ("DOCS", "perhaps")],
)
def test_what_is_wrong_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert key.lower() in str(refused.value)
    assert "input_value" not in str(refused.value)


def test_settings_do_not_change_while_the_service_runs() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().log_level = "DEBUG"


def test_every_setting_is_documented_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        shown = str(field.default).lower() if isinstance(field.default, bool) else field.default
        assert f"{name.upper()}={shown}\n" in example
        assert f"| `{name.upper()}` | {f'`{shown}`' if shown else 'none'} |" in readme
