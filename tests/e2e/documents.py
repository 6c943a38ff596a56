"""What is mended wherever it appears: dates, accounts, repositories, marks of the App."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.exchange import DOCUMENTATION
from tests.e2e.site import Site

DATE = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{3}Z$")
DATED = re.compile(r"(_at|^date|_on)$")
#: What GitHub gives for organisations too, but the emulator only for people.
ACCOUNT_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "received_events_url": "/received_events",
}


def mend(site: Site, value: Any) -> Any:
    """A document as GitHub would have written it, parts included."""
    if isinstance(value, list):
        return [mend(site, each) for each in value]
    if not isinstance(value, dict):
        return value
    document = {key: _field(site, key, each) for key, each in value.items()}
    if document.get("type") == "Organization" and "login" in document:
        _complete_account(site, document)
    if "forks_count" in document and "full_name" in document:
        document.setdefault("subscribers_count", 0)
        document.setdefault("network_count", 0)
    if "reactions" in document and isinstance(document["reactions"], dict):
        document["reactions"] = _counted(site, document["reactions"])
    _mark_as_ours(site, document)
    if document.get("sha") in site.signed:
        _sign(document)
    return document


def _field(site: Site, key: str, value: Any) -> Any:
    if key == "documentation_url":
        return DOCUMENTATION
    if isinstance(value, str) and DATED.search(key):
        return DATE.sub(r"\1Z", value)
    return mend(site, value)


def _complete_account(site: Site, account: dict[str, Any]) -> None:
    address = f"{site.address}/users/{account['login']}"
    account.setdefault("gravatar_id", "")
    for name, rest in ACCOUNT_LINKS.items():
        account.setdefault(name, address + rest)


def _counted(site: Site, shown: dict[str, Any]) -> dict[str, Any]:
    path = urlsplit(str(shown.get("url", ""))).path.removesuffix("/reactions")
    contents = [each["content"] for each in site.reactions.get(path, [])]
    kinds = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    counts = {kind: contents.count(kind) for kind in kinds}
    return {"url": shown.get("url"), "total_count": len(contents), **counts}


def _mark_as_ours(site: Site, document: dict[str, Any]) -> None:
    author = document.get("user") or {}
    if "performed_via_github_app" in document and author.get("login") == site.world.app.bot:
        document["performed_via_github_app"] = site.app
    # Only an App makes check runs, and there is one.
    if "check_suite" in document and "head_sha" in document:
        document["app"] = site.app
        document.get("output", {}).setdefault("annotations_url", f"{document['url']}/annotations")


def _sign(document: dict[str, Any]) -> None:
    signature = {
        "verified": True,
        "reason": "valid",
        "signature": "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----",
        "payload": None,
        "verified_at": None,
    }
    for holder in (document, document.get("commit")):
        if isinstance(holder, dict) and "verification" in holder:
            holder["verification"] = signature
