"""Where a forge answers those who sign in, as its adapter describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.core.identity import Actor
from bot.errors import ConfigurationError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class SignInEndpoints:
    """The three addresses of OAuth on a forge, and how its answer tells whose account it is."""

    title: str
    authorize_url: str
    token_url: str
    account_url: str
    #: What is asked for; empty where nothing needs to be.
    scope: str
    #: Reads the answer of ``account_url``; raises ``ValueError`` where it tells of no account.
    read_account: Callable[[Mapping[str, object]], Actor]


def checked_base(key: str, address: str) -> str:
    """The address of a forge without a slash at its end.

    Raises:
        ConfigurationError: It is not https, and not on this machine either: a client secret
            and everybody's codes would go there for all to read.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ConfigurationError(
            f"{key} has to begin with https:// for people to sign in there.",
            reason="bad_settings",
        )
    return address.rstrip("/")


def account_in(forge: str, data: Mapping[str, object], login_key: str) -> Actor:
    """The account that an answer tells of.

    Raises:
        ValueError: It tells of none.
    """
    number, login = data.get("id"), data.get(login_key)
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise ValueError("the answer holds no account's id")
    if not isinstance(login, str) or not login:
        raise ValueError("the answer holds no login")
    return Actor(forge=forge, account_id=str(number), login=login)
