"""The keys of all settings: how each is written, read and explained."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.core.model_calls import ModelName
from bot.core.origins import AllowedOrigin, read_allowed, read_url
from bot.core.pack_addresses import trusted_address
from bot.errors import UserError

_NAME = re.compile(r"[a-z][a-z0-9-]{1,38}")
_PROVIDERS = ("openai", "anthropic", "scripted")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}")


class Secret(str):
    """Text that never shows itself: its ``repr`` is masked, so logs and tracebacks hold nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def _text(value: str) -> str:
    return value


def _secret(value: str) -> Secret:
    return Secret(value)


def _key(value: str) -> Secret:
    if len(value) < 16:
        raise ValueError("must have at least 16 characters")
    return Secret(value)


def _secrets(value: str) -> tuple[Secret, ...]:
    parts = [part.strip() for part in value.split(",")]
    if not all(parts):
        raise ValueError("has an empty entry in its list")
    return tuple(Secret(part) for part in parts)


def _path(value: str) -> Path:
    return Path(value).expanduser().absolute()


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return read


def _switch(value: str) -> bool:
    lowered = value.lower()
    if lowered in ("on", "true", "yes", "1"):
        return True
    if lowered in ("off", "false", "no", "0"):
        return False
    raise ValueError("must be on or off")


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address that begins with https:// or http://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must hold no credentials, query or fragment")
    return value.rstrip("/")


def _origins(value: str) -> tuple[AllowedOrigin, ...]:
    allowed = []
    for entry in map(str.strip, value.split(",")):
        try:
            allowed.append(read_allowed(entry))
        except ValueError as exc:
            shown = re.sub("//.*@", "//***@", entry)
            raise ValueError(f"has the entry {shown!r}, which {exc}") from None
    return tuple(allowed)


def _hosts(value: str) -> tuple[AllowedOrigin, ...]:
    allowed = []
    for entry in map(str.strip, value.split(",")):
        private = entry.startswith("private:")
        host = entry.removeprefix("private:").removeprefix("https://")
        try:
            found = read_allowed(f"{'private:' if private else ''}https://{host}")
        except ValueError as exc:
            shown = re.sub(".*@", "***@", entry)
            raise ValueError(f"has the entry {shown!r}, which {exc}") from None
        allowed.append(found)
    return tuple(allowed)


def _templates(value: str) -> tuple[str, ...]:
    trusted = []
    for entry in map(str.strip, value.split(",")):
        try:
            trusted.append(trusted_address(entry))
        except UserError as exc:
            raise ValueError(f"has the entry {entry[:100]!r}: {exc.message}") from None
    return tuple(trusted)


def _unsandboxed(value: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in value.split(","))
    if not set(parts) <= {"packs", "models"}:
        raise ValueError("may hold packs and models, with a comma between them")
    return parts


def _models(value: str) -> tuple[ModelName, ...]:
    names = []
    for entry in map(str.strip, value.split(",")):
        provider, separator, name = entry.partition(":")
        if provider not in _PROVIDERS or not separator or not _MODEL.fullmatch(name):
            raise ValueError(
                f"has the entry {entry[:100]!r}; each is openai:NAME, anthropic:NAME or "
                "scripted:NAME"
            )
        names.append(ModelName(provider=provider, name=name))
    return tuple(names)


def _model_address(value: str) -> str:
    address = _address(value)
    try:
        read_url(address)
    except UserError as exc:
        raise ValueError(f"cannot be used: {exc.message}") from None
    return address


def _keep_texts(value: str) -> str:
    if value not in ("none", "masked", "all"):
        raise ValueError("must be none, masked or all")
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("must be 2 to 39 lower-case letters, digits and hyphens")
    return value


def _database(value: str) -> Secret:
    scheme, separator, rest = value.partition("://")
    if scheme == "postgres":
        scheme = "postgresql"
    if not separator or scheme.split("+")[0] not in ("postgresql", "sqlite"):
        raise ValueError("must begin with postgresql:// or sqlite:///")
    return Secret(f"{scheme}://{rest}")


def _redis(value: str) -> Secret:
    if value.partition("://")[0] not in ("redis", "rediss", "unix"):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return Secret(value)


def _log(value: str) -> str:
    if value not in ("text", "json"):
        raise ValueError("must be text or json")
    return value


@dataclass(frozen=True)
class Key:
    """A setting as people write it: its key, how it is read, and one line of doc."""

    key: str
    field: str
    read: Callable[[str], object]
    doc: str
    example: str = ""
    secret: bool = False


KEYS: tuple[Key, ...] = (
    Key(
        "DATABASE_URL",
        "database_url",
        _database,
        "PostgreSQL (postgresql://user:password@host/name). Unset: SQLite in the data folder.",
        "postgresql://firstcommit@localhost/firstcommit",
        secret=True,
    ),
    Key(
        "REDIS_URL",
        "redis_url",
        _redis,
        "Redis or Valkey for the queues. Unset: an embedded Valkey beside `serve`.",
        "redis://localhost:6379/0",
        secret=True,
    ),
    Key(
        "FIRSTCOMMIT_DATA_DIR",
        "data_dir",
        _path,
        "Where data lies. Unset: $XDG_DATA_HOME/firstcommit, else ~/.local/share/firstcommit.",
        "/var/lib/firstcommit",
    ),
    Key(
        "FIRSTCOMMIT_NAME",
        "name",
        _name,
        "The name that commands are addressed to: @NAME, /NAME.",
        "firstcommit",
    ),
    Key(
        "FIRSTCOMMIT_HOST",
        "host",
        _text,
        "The address to listen on.",
        "127.0.0.1",
    ),
    Key(
        "FIRSTCOMMIT_PORT",
        "port",
        whole_number(1, 65535),
        "The port to listen on. Unset: PORT, else 8000.",
        "8000",
    ),
    Key(
        "FIRSTCOMMIT_PUBLIC_URL",
        "public_url",
        _address,
        "How people reach the pages. Unset: comments carry no links to pages.",
        "https://firstcommit.example.com",
    ),
    Key(
        "FIRSTCOMMIT_SECRET_KEY",
        "secret_key",
        _key,
        "Signs cookies and seals secrets, which no other key opens again. Unset: made once in the "
        "data folder; required with DATABASE_URL, since web and workers must share it.",
        "(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')",
        secret=True,
    ),
    Key(
        "FIRSTCOMMIT_ADMIN_TOKEN",
        "admin_token",
        _secret,
        "The operator's token, for signing in and for /metrics. Unset: made at first start in the "
        "data folder.",
        "(a long random text)",
        secret=True,
    ),
    Key(
        "FIRSTCOMMIT_LOCAL_FORGE",
        "local_forge",
        _switch,
        "The forge on this machine's disk, and its door. Unset: on as long as no other forge is "
        "configured.",
        "on",
    ),
    Key(
        "FIRSTCOMMIT_MAX_FILE_BYTES",
        "max_file_bytes",
        whole_number(1, 104_857_600),
        "The most bytes one generated file may have, whatever its pack says.",
        "1048576",
    ),
    Key(
        "FIRSTCOMMIT_MAX_FILES",
        "max_files",
        whole_number(1, 100_000),
        "The most files one project may have, whatever its pack says.",
        "5000",
    ),
    Key(
        "FIRSTCOMMIT_MAX_PROJECT_BYTES",
        "max_project_bytes",
        whole_number(1, 1_073_741_824),
        "The most bytes one project may have, whatever its pack says.",
        "104857600",
    ),
    Key(
        "FIRSTCOMMIT_POLICY_FILE",
        "policy_file",
        _path,
        "A policy that holds for the whole server (docs/policy.md). Unset: the defaults.",
        "/etc/firstcommit/policy.yml",
    ),
    Key(
        "FIRSTCOMMIT_API_ORIGINS",
        "api_origins",
        _origins,
        "The origins that workflows may call, comma-separated. Unset: none. One that lies in a "
        "private network has private: in front of it (private:https://intranet.example); hooks "
        "may then be there, too.",
        "https://api.example.com,https://hooks.example.com:8443",
    ),
    Key(
        "FIRSTCOMMIT_ONBOARDING",
        "onboarding",
        _switch,
        "Whether an account that installs the App gets a change that adds a policy file and forms "
        "(docs/forms.md). Unset: on.",
        "off",
    ),
    Key(
        "FIRSTCOMMIT_TEMPLATE_HOSTS",
        "template_hosts",
        _hosts,
        "The hosts that template packs may be fetched from with git over HTTPS, comma-separated. "
        "Unset: none. One that lies in a private network has private: in front of it.",
        "github.com,private:git.intranet.example:8443",
    ),
    Key(
        "FIRSTCOMMIT_TRUSTED_TEMPLATES",
        "trusted_templates",
        _templates,
        "The templates whose hooks, tasks and Jinja extensions may run, comma-separated, each as "
        "it is asked for but without its tag. Unset: none.",
        "github:acme/service-template,git+https://github.com/acme/other",
    ),
    Key(
        "FIRSTCOMMIT_UNSANDBOXED",
        "unsandboxed",
        _unsandboxed,
        "What may run without a sandbox where none can be had: packs (those that are not ours), "
        "models (the process that speaks to a model, and reads what strangers wrote). Unset: "
        "neither; it is refused.",
        "packs,models",
    ),
    Key(
        "FIRSTCOMMIT_MODEL",
        "model",
        _models,
        "The language model that is asked: openai:NAME (also of any server that speaks OpenAI's "
        "protocol) or anthropic:NAME; several, comma-separated, are asked in this order where one "
        "does not answer (docs/agents.md). Unset: none.",
        "openai:gpt-5,anthropic:claude-sonnet-4-5",
    ),
    Key(
        "OPENAI_API_KEY",
        "openai_api_key",
        _secret,
        "The key for models of openai.",
        "(a key of the provider)",
        secret=True,
    ),
    Key(
        "OPENAI_BASE_URL",
        "openai_base_url",
        _model_address,
        "Where models of openai are asked; it may be a server of your own. Unset: OpenAI.",
        "http://localhost:11434/v1",
    ),
    Key(
        "ANTHROPIC_API_KEY",
        "anthropic_api_key",
        _secret,
        "The key for models of anthropic.",
        "(a key of the provider)",
        secret=True,
    ),
    Key(
        "ANTHROPIC_BASE_URL",
        "anthropic_base_url",
        _model_address,
        "Where models of anthropic are asked. Unset: Anthropic.",
        "https://gateway.example.com",
    ),
    Key(
        "FIRSTCOMMIT_PRICES",
        "prices_file",
        _path,
        "A file with what models cost (docs/budgets.md). Unset: list prices of known models; of "
        "others it is unknown, and only tokens are held to a cap.",
        "/etc/firstcommit/prices.yml",
    ),
    Key(
        "FIRSTCOMMIT_KEEP_TEXTS",
        "keep_texts",
        _keep_texts,
        "What is kept for 30 days of what models are told and answer: none, masked (likely secrets "
        "are taken out) or all.",
        "masked",
    ),
    Key(
        "FIRSTCOMMIT_RECORD_RUNS",
        "record_runs",
        _switch,
        "Whether what models, forges and sandboxes of each run were asked and have answered is "
        "kept for 30 days in the data folder of its worker, with secrets masked, for "
        "`firstcommit runs replay` (docs/safety.md).",
        "off",
    ),
    Key(
        "FIRSTCOMMIT_LOG",
        "log_format",
        _log,
        "How log lines are written: text or json.",
        "text",
    ),
    Key(
        "GITHUB_APP_ID",
        "github_app_id",
        whole_number(1, 2**63 - 1),
        "The id of the GitHub App.",
        "123456",
    ),
    Key(
        "GITHUB_PRIVATE_KEY",
        "github_private_key",
        _secret,
        "The App's private key (PEM; line ends may be written as \\n).",
        "(text of the .pem file)",
        secret=True,
    ),
    Key(
        "GITHUB_PRIVATE_KEY_PATH",
        "github_private_key_path",
        _path,
        "A file that holds the App's private key, instead of GITHUB_PRIVATE_KEY.",
        "/etc/firstcommit/app.pem",
    ),
    Key(
        "GITHUB_WEBHOOK_SECRET",
        "github_webhook_secrets",
        _secrets,
        "The App's webhook secret; several, comma-separated, while rotating. Unset: no door for "
        "GitHub.",
        "(a long random text)",
        secret=True,
    ),
    Key(
        "GITHUB_API_URL",
        "github_api_url",
        _address,
        "The API of GitHub Enterprise Server: https://HOST/api/v3.",
        "https://api.github.com",
    ),
    Key(
        "GITHUB_WEB_URL",
        "github_web_url",
        _address,
        "Where people see GitHub. Unset: taken from GITHUB_API_URL.",
        "https://github.com",
    ),
    Key(
        "GITHUB_CLIENT_ID",
        "github_client_id",
        _text,
        "The client id of the GitHub App, with which people sign in (docs/identity.md).",
        "Iv23liExample",
    ),
    Key(
        "GITHUB_CLIENT_SECRET",
        "github_client_secret",
        _secret,
        "The client secret that belongs to GITHUB_CLIENT_ID.",
        "(a client secret of the App)",
        secret=True,
    ),
    Key(
        "GITLAB_URL",
        "gitlab_url",
        _address,
        "Where GitLab is.",
        "https://gitlab.com",
    ),
    Key(
        "GITLAB_CLIENT_ID",
        "gitlab_client_id",
        _text,
        "The id of the GitLab application with which people sign in (docs/identity.md).",
        "(the Application ID)",
    ),
    Key(
        "GITLAB_CLIENT_SECRET",
        "gitlab_client_secret",
        _secret,
        "The secret that belongs to GITLAB_CLIENT_ID.",
        "(the Secret of the application)",
        secret=True,
    ),
)
