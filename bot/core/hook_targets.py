"""Where a hook may be: everywhere that is public, and where the operator lets it be private."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.addresses import Reach, reach
from bot.core.origins import AllowedOrigin, ApiUrl, Origin, read_url
from bot.errors import UserError


def target_of(origin: Origin, listed: Iterable[AllowedOrigin]) -> AllowedOrigin:
    """How far a call of an origin may reach.

    Args:
        listed: The operator's list; only what it says of private origins counts here.
    """
    private = any(entry.private and entry.origin == origin for entry in listed)
    return AllowedOrigin(origin=origin, private=private)


def check_target(text: str, listed: Iterable[AllowedOrigin]) -> ApiUrl:
    """The address of a hook, read in the one way.

    What its name leads to is checked whenever something is sent there; here it is only told at
    once where that cannot work.

    Raises:
        UserError: ``bad_url`` or ``private_address``.
    """
    url = read_url(text)
    found = _reach(url.origin.host)
    if found is Reach.NEVER:
        raise UserError(
            f"{url.origin.host} is an address that nothing is ever sent to.",
            reason="private_address",
            remedy="Choose another; no setting lets this one be.",
        )
    if found is Reach.PRIVATE and not target_of(url.origin, listed).private:
        raise UserError(
            f"{url.origin.host} is not an address for everybody.",
            reason="private_address",
            remedy=f"If that is meant, the operator writes private:{url.origin} in "
            "FIRSTCOMMIT_API_ORIGINS.",
        )
    return url


def _reach(host: str) -> Reach:
    """How far it reaches, as far as it can be told without looking its name up."""
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.PRIVATE
    is_address = ":" in host or host.rpartition(".")[2].isdigit()
    return reach(host) if is_address else Reach.PUBLIC
