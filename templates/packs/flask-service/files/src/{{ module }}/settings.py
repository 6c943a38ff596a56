"""Settings from the environment, read and checked once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(Exception):
    """Settings that cannot be used. The message names each of them, without its value."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be set; each field is the environment variable of the same name in capitals."""

    log_level: str = "INFO"
    max_body_bytes: int = 1024 * 1024
    proxy_count: int = 0

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return the settings of an environment. Set but empty means not set.

        Raises:
            SettingsError: naming everything that is wrong at once.
        """
        reader = _Reader(os.environ if environ is None else environ)
        settings = cls(
            log_level=reader.choice("LOG_LEVEL", cls.log_level, LOG_LEVELS),
            max_body_bytes=reader.number("MAX_BODY_BYTES", cls.max_body_bytes, at_least=1),
            proxy_count=reader.number("PROXY_COUNT", cls.proxy_count, at_least=0),
        )
        if reader.problems:
            raise SettingsError("; ".join(reader.problems))
        return settings


class _Reader:
    """Reads one value after the other and collects what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        value = self._environ.get(key, "").strip().upper() or default
        if value not in choices:
            self.problems.append(f"{key} has to be one of {', '.join(choices)}")
            return default
        return value

    def number(self, key: str, default: int, *, at_least: int) -> int:
        text = self._environ.get(key, "").strip() or str(default)
        try:
            value = int(text)
        except ValueError:
            value = at_least - 1
        if value < at_least:
            self.problems.append(f"{key} has to be a whole number of at least {at_least}")
            return default
        return value
