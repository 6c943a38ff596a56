"""Settings from the environment, read and checked once."""

from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set; each field is the environment variable of the same name in capitals.

    Set but empty means not set. What is wrong is told without its value, which may be a secret.
    """

    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, hide_input_in_errors=True, extra="ignore"
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    max_body_bytes: Annotated[int, Field(ge=1)] = 1024 * 1024
    proxy_addresses: str = ""
    docs: bool = True


def problems(error: ValidationError) -> list[str]:
    """Everything that is wrong with an environment, a line each."""
    return [f"{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors()]
