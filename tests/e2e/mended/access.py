"""The App, its installations and their tokens.

https://docs.github.com/rest/apps/apps
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from datetime import UTC, datetime
from typing import Any

from tests.e2e.exchange import NOT_FOUND, Answer, Request, answer, refusal
from tests.e2e.site import Grant, Site, route

#: An App's JWT may be valid for at most ten minutes.
LONGEST_JWT_S = 600
SUSPENDED = refusal(403, "This installation has been suspended")


def jwt_refusal(request: Request) -> Answer | None:
    """Why GitHub would not take a JWT; None where its claims are in order.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
    """
    try:
        part = request.token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        expires, issued = int(claims["exp"]), int(claims["iat"])
    except (LookupError, ValueError, TypeError, binascii.Error):
        return refusal(401, "A JSON web token could not be decoded")
    now = time.time()
    if expires > now + LONGEST_JWT_S:
        return refusal(401, "'Expiration time' claim ('exp') is too far in the future")
    if issued > now + 1:
        return refusal(401, "'Issued at' claim ('iat') must be an Integer representing the past")
    return None


def show_app(site: Site, request: Request) -> Answer:
    """The App with its owner, which the emulator leaves out."""
    got = site.forward(request)
    if not got.ok:
        return got
    first = site.world.installations[0].account
    owner = site.get(f"/orgs/{first}", as_owner_of=first) or site.user(first)
    return got.with_document({**got.document, **_public(site), "owner": owner})


def list_installations(site: Site, request: Request) -> Answer:
    got = site.forward(request)
    if not got.ok:
        return got
    present = [each for each in got.document if each["id"] not in site.uninstalled]
    return got.with_document([_installation(site, each) for each in present])


def show_installation(site: Site, request: Request, **_where: str) -> Answer:
    got = site.forward(request)
    if not got.ok:
        return got
    if got.document["id"] in site.uninstalled:
        return NOT_FOUND
    return got.with_document(_installation(site, got.document))


def make_token(site: Site, request: Request, installation: str) -> Answer:
    """A token, with whole repositories in place of the emulator's stubs."""
    number = int(installation)
    if number in site.uninstalled:
        return NOT_FOUND
    if number in site.suspended:
        return SUSPENDED
    got = site.forward(request)
    if not got.ok:
        return got
    document = got.document
    account = _account(site, number)
    stubs = document.pop("repositories", None)
    if stubs is not None:
        document["repositories"] = [
            site.get(f"/repositories/{stub['id']}", as_owner_of=account) for stub in stubs
        ]
    # Every installation token may read metadata, asked for or not.
    document["permissions"] = {**document["permissions"], "metadata": "read"}
    grant = Grant(
        installation_id=number,
        account=account,
        permissions=document["permissions"],
        repository_ids=None if stubs is None else frozenset(stub["id"] for stub in stubs),
    )
    with site.lock:
        site.grants[document["token"]] = grant
    return got.with_document(document)


def suspend(site: Site, request: Request, installation: str) -> Answer:
    with site.lock:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        site.suspended.setdefault(int(installation), now)
    return answer(204)


def unsuspend(site: Site, request: Request, installation: str) -> Answer:
    with site.lock:
        site.suspended.pop(int(installation), None)
    return answer(204)


def uninstall(site: Site, request: Request, installation: str) -> Answer:
    with site.lock:
        site.uninstalled.add(int(installation))
    return answer(204)


def _account(site: Site, number: int) -> str:
    return next(each.account for each in site.world.installations if each.installation_id == number)


def _installation(site: Site, document: dict[str, Any]) -> dict[str, Any]:
    account = document["account"]["login"]
    whole = site.get(f"/orgs/{account}", as_owner_of=account) or site.user(account)
    suspended_at = site.suspended.get(document["id"])
    return {
        **document,
        "account": whole,
        "target_id": document["account"]["id"],
        "client_id": site.world.app.client_id,
        "suspended_at": suspended_at,
        "suspended_by": site.user(site.world.owner_of(account)) if suspended_at else None,
    }


def _public(site: Site) -> dict[str, Any]:
    return {"client_id": site.world.app.client_id, "description": "The App of the tests"}


ROUTES = (
    route("GET", "/app", show_app),
    route("GET", "/app/installations", list_installations),
    route("GET", "/app/installations/{installation#}", show_installation),
    route("DELETE", "/app/installations/{installation#}", uninstall),
    route("POST", "/app/installations/{installation#}/access_tokens", make_token),
    route("PUT", "/app/installations/{installation#}/suspended", suspend),
    route("DELETE", "/app/installations/{installation#}/suspended", unsuspend),
    route("GET", "/repos/{owner}/{name}/installation", show_installation),
    route("GET", "/orgs/{owner}/installation", show_installation),
    route("GET", "/users/{owner}/installation", show_installation),
)
