"""How people sign in with GitHub.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.identity import Actor
from bot.core.sign_in_endpoints import SignInEndpoints, account_in, checked_base
from bot.forges.github.routes import checked_api_url, web_url_of


def sign_in_endpoints(api_url: str, web_url: str = "") -> SignInEndpoints:
    """The endpoints of github.com or of an Enterprise server.

    Args:
        web_url: Where people find its pages; guessed from ``api_url`` where empty.

    Raises:
        ConfigurationError: One of them is not https, and not on this machine either.
    """
    api = checked_api_url(api_url)
    web = checked_base("GITHUB_WEB_URL", web_url or web_url_of(api))
    return SignInEndpoints(
        title="GitHub",
        authorize_url=f"{web}/login/oauth/authorize",
        token_url=f"{web}/login/oauth/access_token",
        account_url=f"{api}/user",
        # Everybody's id and login are public.
        scope="",
        read_account=_account,
    )


def _account(data: Mapping[str, object]) -> Actor:
    return account_in("github", data, "login")
