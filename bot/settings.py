"""Every setting, read once from the environment into a frozen value.

A secret may be given as a file through ``NAME_FILE``. Set but empty means unset. An unknown
``FIRSTCOMMIT_*`` key is an error, since it is mostly a known one with a slip in it.
``config/settings.example.env`` holds the same keys with the same words; a test compares them.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import embedded
from bot.core.model_calls import ModelName
from bot.core.origins import AllowedOrigin
from bot.errors import ConfigurationError
from bot.setting_keys import KEYS, Key, Secret, whole_number

_PLATFORM_KEY = re.compile(r"FIRSTCOMMIT_(SERVICE|PORT)_")
_PLATFORM_VALUE = re.compile(r"(tcp|udp)://")


_FILE_KEYS = {f"{key.key}_FILE": key for key in KEYS if key.secret}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings in force. Secrets do not show in its ``repr``."""

    data_dir: Path
    database_url: Secret | None = None
    redis_url: Secret | None = None
    name: str = "firstcommit"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    secret_key: Secret | None = None
    admin_token: Secret | None = None
    local_forge: bool | None = None
    max_file_bytes: int = 1_048_576
    max_files: int = 5_000
    max_project_bytes: int = 104_857_600
    policy_file: Path | None = None
    api_origins: tuple[AllowedOrigin, ...] = ()
    onboarding: bool = True

    template_hosts: tuple[AllowedOrigin, ...] = ()
    trusted_templates: tuple[str, ...] = ()
    unsandboxed: tuple[str, ...] = ()
    model: tuple[ModelName, ...] = ()
    openai_api_key: Secret | None = None
    openai_base_url: str | None = None
    anthropic_api_key: Secret | None = None
    anthropic_base_url: str | None = None
    prices_file: Path | None = None
    keep_texts: str = "masked"
    record_runs: bool = False
    log_format: str = "text"
    github_app_id: int | None = None
    github_private_key: Secret | None = None
    github_private_key_path: Path | None = None
    github_webhook_secrets: tuple[Secret, ...] = ()
    github_api_url: str = "https://api.github.com"
    github_web_url: str | None = None
    github_client_id: str | None = None
    github_client_secret: Secret | None = None
    gitlab_url: str = "https://gitlab.com"
    gitlab_client_id: str | None = None
    gitlab_client_secret: Secret | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check everything.

        Raises:
            ConfigurationError: For all that is wrong at once, each with its key.
        """
        values, problems = _read(environment)
        problems += _unknown(environment)
        if not problems:
            values.setdefault("data_dir", _default_data_dir(environment))
            settings = cls(**values)  # type: ignore[arg-type]  # read by KEYS, checked by a test
            problems += _contradictions(settings)
        if problems:
            raise ConfigurationError(
                "; ".join(problems),
                reason="bad_settings",
                remedy="See config/settings.example.env for every key.",
            )
        return settings

    @property
    def github_configured(self) -> bool:
        """Whether we can act on GitHub."""
        return self.github_app_id is not None

    @property
    def local_forge_on(self) -> bool:
        """Whether the forge on disk and its door are there."""
        if self.local_forge is None:
            return not (self.github_configured or self.github_webhook_secrets)
        return self.local_forge

    @property
    def effective_database_url(self) -> str:
        """The database in use: `database_url`, else SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'firstcommit.db'}"

    @property
    def effective_redis_url(self) -> str:
        """The Redis in use: `redis_url`, else the embedded one of the data folder."""
        return self.redis_url or embedded.redis_url(self.data_dir)

    @property
    def compiled_dir(self) -> Path:
        """Where compiled templates are kept from one process to the next."""
        return self.data_dir / "cache" / "packs"

    @property
    def toolchains_dir(self) -> Path:
        """Where the tools of packs' checks lie, each toolchain in a folder of its own."""
        return self.data_dir / "toolchains"

    def replace(self, **changes: object) -> Settings:
        """The same with some values changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]  # as in __init__


def ignored_platform_keys(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Keys that a container platform injected because a service of it bears our name."""
    return tuple(
        key
        for key, value in sorted(environment.items())
        if key.startswith("FIRSTCOMMIT_") and _is_injected(key, value)
    )


def _is_injected(key: str, value: str) -> bool:
    return bool(_PLATFORM_KEY.match(key) or _PLATFORM_VALUE.match(value))


def _read(environment: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
    values: dict[str, object] = {}
    problems: list[str] = []
    for key in KEYS:
        try:
            text = _given(key, environment)
            if text is not None:
                values[key.field] = key.read(text)
        except ValueError as exc:
            problems.append(f"{key.key} {exc}")
    if "port" not in values and environment.get("PORT", "").strip():
        try:
            values["port"] = whole_number(1, 65535)(environment["PORT"].strip())
        except ValueError as exc:
            problems.append(f"PORT {exc}")
    return values, problems


def _given(key: Key, environment: Mapping[str, str]) -> str | None:
    value = environment.get(key.key, "").strip()
    if _PLATFORM_VALUE.match(value) and key.key.startswith("FIRSTCOMMIT_"):
        value = ""
    file = environment.get(f"{key.key}_FILE", "").strip() if key.secret else ""
    if value and file:
        raise ValueError(f"is set twice: remove it or {key.key}_FILE")
    if file:
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise ValueError(f"cannot be read from {key.key}_FILE: {exc}") from exc
        if not value:
            raise ValueError(f"is empty in the file that {key.key}_FILE names")
    return value or None


def _unknown(environment: Mapping[str, str]) -> list[str]:
    known = {key.key for key in KEYS} | set(_FILE_KEYS)
    problems = []
    for key, value in sorted(environment.items()):
        if not key.startswith("FIRSTCOMMIT_") or key in known or _is_injected(key, value):
            continue
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        problems.append(f"{key} is not a setting of this version{hint}")
    return problems


def _contradictions(settings: Settings) -> list[str]:
    problems = []
    if settings.github_private_key and settings.github_private_key_path:
        problems.append("GITHUB_PRIVATE_KEY is set twice: remove it or GITHUB_PRIVATE_KEY_PATH")
    has_key = bool(settings.github_private_key or settings.github_private_key_path)
    if settings.github_configured and not has_key:
        problems.append("GITHUB_APP_ID needs GITHUB_PRIVATE_KEY or GITHUB_PRIVATE_KEY_PATH")
    if has_key and not settings.github_configured:
        problems.append("GITHUB_PRIVATE_KEY needs GITHUB_APP_ID")
    problems += _half_a_client("GITHUB", settings.github_client_id, settings.github_client_secret)
    problems += _half_a_client("GITLAB", settings.gitlab_client_id, settings.gitlab_client_secret)
    if settings.database_url and not settings.secret_key:
        problems.append(
            "DATABASE_URL needs FIRSTCOMMIT_SECRET_KEY, since web and workers must share it"
        )
    return problems


def _half_a_client(forge: str, client_id: str | None, secret: str | None) -> list[str]:
    names = [f"{forge}_CLIENT_ID", f"{forge}_CLIENT_SECRET"]
    if bool(client_id) == bool(secret):
        return []
    has, lacks = names if client_id else names[::-1]
    return [f"{has} needs {lacks}: people sign in by both"]


def _default_data_dir(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_DATA_HOME", "").strip()
    if base and Path(base).is_absolute():
        return Path(base) / "firstcommit"
    return Path("~/.local/share/firstcommit").expanduser()
