"""How people sign in with GitLab.

https://docs.gitlab.com/api/oauth2/#authorization-code-with-proof-key-for-code-exchange-pkce
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.identity import Actor
from bot.core.sign_in_endpoints import SignInEndpoints, account_in, checked_base


def sign_in_endpoints(url: str) -> SignInEndpoints:
    """The endpoints of gitlab.com or of a server of one's own.

    Raises:
        ConfigurationError: It is not https, and not on this machine either.
    """
    base = checked_base("GITLAB_URL", url)
    return SignInEndpoints(
        title="GitLab",
        authorize_url=f"{base}/oauth/authorize",
        token_url=f"{base}/oauth/token",
        account_url=f"{base}/api/v4/user",
        scope="read_user",
        read_account=_account,
    )


def _account(data: Mapping[str, object]) -> Actor:
    # https://docs.gitlab.com/api/users/#get-the-current-user
    if data.get("state", "active") != "active":
        raise ValueError("the account is not active")
    return account_in("gitlab", data, "username")
