"""Addresses of GitHub's API, made from names that cannot lead anywhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from bot.core.identity import Repository
from bot.errors import ConfigurationError

PUBLIC_API = "https://api.github.com"
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
# Wider than the rule for new accounts: managed users carry an underscore, old ones a hyphen at
# the end, and bots a suffix.
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?")


@dataclass(frozen=True)
class Route:
    """A path of the API, and the template it was made from, which is what errors show."""

    template: str
    path: str


def route(template: str, **parts: str | int) -> Route:
    """Fill in a template; each part is quoted, and only a part may hold a slash of its own.

    A path or branch, in which slashes stand for themselves, is written ``{+branch}``.
    """
    path = template
    for name, part in parts.items():
        path = path.replace("{" + name + "}", quote(str(part), safe=""))
        path = path.replace("{+" + name + "}", quote(str(part), safe="/"))
    return Route(template.replace("{+", "{"), path)


def repository_route(repository: Repository, rest: str = "", **parts: str | int) -> Route:
    """A route below a repository."""
    owner, name = repository.owner, repository.name
    return route("/repos/{owner}/{repo}" + rest, owner=owner, repo=name, **parts)


def is_login(text: str) -> bool:
    """Whether an account can be called that."""
    return bool(_LOGIN.fullmatch(text))


def is_git_path(text: str) -> bool:
    """Whether a path or branch can be put into an address without changing its meaning."""
    parts = text.split("/")
    return all(part not in ("", ".", "..") for part in parts) and text.isprintable()


def checked_api_url(address: str) -> str:
    """The API's address without a slash at its end.

    Raises:
        ConfigurationError: It is not https, and not on this machine either.
    """
    parts = urlsplit(address)
    plain_is_safe = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain_is_safe):
        raise ConfigurationError(
            "GITHUB_API_URL has to begin with https://.",
            remedy="For GitHub Enterprise Server it is https://HOST/api/v3.",
        )
    return address.rstrip("/")


def web_url_of(api_url: str) -> str:
    """Where people find the pages of the server whose API is there."""
    parts = urlsplit(api_url)
    if parts.path.rstrip("/") == "/api/v3":
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"
