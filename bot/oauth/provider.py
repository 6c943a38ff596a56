"""OAuth 2 with PKCE, by which a forge says who somebody is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client

from bot.core.identity import Actor
from bot.core.sign_in_endpoints import SignInEndpoints
from bot.errors import Transient, UserError

TIMEOUT_S = 10.0

#: What a forge says where it is our settings that it does not like.
_OURS = frozenset(
    {
        "invalid_client",
        "incorrect_client_credentials",
        "redirect_uri_mismatch",
        "unauthorized_client",
    }
)


class OAuthProvider:
    """``SignInProvider`` over HTTP: one call for a code, one for the account, and no more."""

    def __init__(
        self,
        endpoints: SignInEndpoints,
        *,
        client_id: str,
        client_secret: str,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._endpoints = endpoints
        self._client_id = client_id
        self._client_secret = client_secret
        self._timeout_s = timeout_s

    @property
    def title(self) -> str:
        """As the port says."""
        return self._endpoints.title

    def address(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """As the port says."""
        url, _ = self._client(None, redirect_uri).create_authorization_url(
            self._endpoints.authorize_url, state=state, code_verifier=verifier
        )
        return str(url)

    def account(self, *, redirect_uri: str, code: str, verifier: str) -> Actor:
        """As the port says."""
        try:
            with self._http() as http:
                access = self._access(http, redirect_uri, code, verifier)
                return self._endpoints.read_account(self._answer(http, access))
        except AuthlibBaseError as exc:
            raise self._refused(str(exc.error or "")) from exc
        except httpx.HTTPStatusError as exc:
            raise self._failed(exc.response.status_code) from exc
        except httpx.HTTPError as exc:
            raise self._away() from exc
        except (ValueError, KeyError, RecursionError) as exc:
            raise self._unclear() from exc

    def _http(self) -> httpx.Client:
        return httpx.Client(
            timeout=self._timeout_s,
            # What is sent is for this address alone.
            follow_redirects=False,
            # A code is good once: no call may fail for a connection that was closed meanwhile.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def _client(self, http: httpx.Client | None, redirect_uri: str) -> OAuth2Client:
        # Authlib's own client for httpx is on its way to httpx2; this is what both stand on.
        return OAuth2Client(
            http,
            client_id=self._client_id,
            redirect_uri=redirect_uri,
            scope=self._endpoints.scope or None,
            code_challenge_method="S256",
        )

    def _access(self, http: httpx.Client, redirect_uri: str, code: str, verifier: str) -> str:
        token: Mapping[str, Any] = self._client(http, redirect_uri).fetch_token(
            self._endpoints.token_url,
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            client_id=self._client_id,
            client_secret=self._client_secret,
            auth=_as_it_is,
        )
        access = token["access_token"]
        if not isinstance(access, str) or not access.isascii() or not access.isprintable():
            raise ValueError("the access token is none")
        return access

    def _answer(self, http: httpx.Client, access: str) -> Mapping[str, object]:
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
        answer = http.get(self._endpoints.account_url, headers=headers)
        answer.raise_for_status()
        data = answer.json()
        if not isinstance(data, dict):
            raise ValueError("the answer is no object")
        return data

    def _failed(self, status: int) -> UserError | Transient:
        return self._away() if status == 429 or status >= 500 else self._unclear()

    def _refused(self, code: str) -> UserError:
        shown = code if code.isascii() and code.isidentifier() else "no reason"
        if shown in _OURS:
            return UserError(
                f"{self.title} does not accept this server's settings ({shown[:60]}).",
                reason="provider_settings",
                remedy="The operator compares client id, secret and callback address with those "
                f"that {self.title} knows.",
            )
        return UserError(
            f"{self.title} did not accept the sign-in ({shown[:60]}).",
            reason="sign_in_refused",
            remedy="Begin again: each sign-in can be ended once, within a few minutes.",
        )

    def _away(self) -> Transient:
        return Transient(
            f"{self.title} does not answer.",
            reason="provider_away",
            remedy="Nothing was changed. Try again in a minute.",
        )

    def _unclear(self) -> UserError:
        return UserError(
            f"{self.title} gave an answer that does not tell who you are.",
            reason="bad_answer",
            remedy="Begin again; if it stays so, tell the operator.",
        )


def _as_it_is(request: httpx.Request) -> httpx.Request:
    """Id and secret of the client stand in the form already, where both forges look for them."""
    return request
