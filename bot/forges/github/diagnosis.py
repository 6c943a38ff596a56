"""What `doctor` tells of GitHub: who we are there, what was granted, and what arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.core.identity import Repository
from bot.errors import BotError
from bot.forges.github.answers import Installation, read_list, read_object
from bot.forges.github.client import Client
from bot.forges.github.routes import route
from bot.forges.port import Finding

MAX_SKEW_S = 30.0
DELIVERIES = 100

NEEDED_PERMISSIONS: Mapping[str, str] = {
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "members": "read",
}
#: What is lost without them, as the end of a sentence.
OPTIONAL_PERMISSIONS: Mapping[str, str] = {
    "administration": "no new repositories can be made",
    "workflows": "files under .github/workflows are left out",
}
NEEDED_EVENTS = ("issue_comment", "issues", "pull_request", "repository")

_LEVELS = ("", "read", "write", "admin")
_APP_SETTINGS = "On GitHub, open the App's settings"
_AS_IN_FILE = "config/github-app.yaml lists all of them."


class Diagnosis:
    """Looks at everything once, and turns whatever fails into a finding."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def of_app(self) -> Sequence[Finding]:
        """For whoever runs the server."""
        identity = _tried("GitHub App", self._identity)
        if not identity[0].ok:
            return [*identity, *self._clock()]
        return [
            *identity,
            *self._clock(),
            *_tried("GitHub installations", self._installations),
            *_tried("GitHub webhook", self._webhook),
            *_tried("GitHub deliveries", self._deliveries),
        ]

    def of_repository(self, repository: Repository) -> Sequence[Finding]:
        """For people in a thread: only what is theirs."""
        return _tried("GitHub installation", lambda: self._installation_of(repository))

    def _identity(self) -> Sequence[Finding]:
        app = read_object(self._client.as_app(route("/app")))
        detail = f"{app.get('name')} ({app.get('slug')}, id {app.get('id')})"
        missing = [event for event in NEEDED_EVENTS if event not in (app.get("events") or ())]
        return [
            Finding(name="GitHub App", ok=True, detail=detail),
            Finding(
                name="GitHub events",
                ok=not missing,
                detail=f"not sent: {', '.join(missing)}" if missing else "all needed ones are sent",
                remedy=f"{_APP_SETTINGS}, Permissions & events, and subscribe to them."
                if missing
                else "",
            ),
        ]

    def _clock(self) -> Sequence[Finding]:
        skew_s = self._client.wire.clock_skew_s
        if skew_s is None:
            return []
        ok = abs(skew_s) <= MAX_SKEW_S
        way = "behind" if skew_s > 0 else "ahead of"
        return [
            Finding(
                name="Clock",
                ok=ok,
                detail="agrees with GitHub's" if ok else f"{abs(skew_s):.0f} s {way} GitHub's",
                remedy="" if ok else "Set this machine's clock, for example by NTP.",
            )
        ]

    def _installations(self) -> Sequence[Finding]:
        found = list(self._client.installations())
        if not found:
            return [
                Finding(
                    name="GitHub installations",
                    ok=False,
                    detail="the App is installed nowhere",
                    remedy=f"{_APP_SETTINGS}, Install App, and choose an organisation.",
                )
            ]
        return [finding for one in found for finding in _of_installation(one)]

    def _installation_of(self, repository: Repository) -> Sequence[Finding]:
        return _of_installation(
            self._client.grants.installation(repository.installation, fresh=True)
        )

    def _webhook(self) -> Sequence[Finding]:
        """https://docs.github.com/rest/apps/webhooks"""
        config = read_object(self._client.as_app(route("/app/hook/config")))
        problem, remedy = _webhook_problem(config)
        address = config.get("url") or "no address"
        return [
            Finding(
                name="GitHub webhook",
                ok=not problem,
                detail=f"{address}: {problem}" if problem else str(address),
                remedy=remedy,
            )
        ]

    def _deliveries(self) -> Sequence[Finding]:
        where = route("/app/hook/deliveries")
        rows = [
            read_object(row)
            for row in read_list(self._client.as_app(where, {"per_page": DELIVERIES}))
        ]
        failed = [row for row in rows if not 200 <= int(row.get("status_code") or 0) < 300]
        if not failed:
            last = rows[0].get("delivered_at") if rows else "none yet"
            detail = f"the last {len(rows)} arrived (newest: {last})"
            return [Finding(name="GitHub deliveries", ok=True, detail=detail)]
        newest = failed[0]
        return [
            Finding(
                name="GitHub deliveries",
                ok=False,
                detail=f"{len(failed)} of the last {len(rows)} failed; the newest of them with "
                f"status {newest.get('status_code')} at {newest.get('delivered_at')}",
                remedy=f"{_APP_SETTINGS}, Advanced, look at the answer, mend its cause and "
                "redeliver.",
            )
        ]


def _tried(name: str, look: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    try:
        return look()
    except BotError as exc:
        remedy = exc.remedy or "Check the network, GITHUB_API_URL, GITHUB_APP_ID and the key."
        return [Finding(name=name, ok=False, detail=exc.message, remedy=remedy)]


def _of_installation(installation: Installation) -> Sequence[Finding]:
    name = f"GitHub: {installation.login}"
    if installation.suspended:
        return [
            Finding(
                name=name,
                ok=False,
                detail="the App is suspended there",
                remedy=f"An owner can unsuspend it: {installation.web_url}",
            )
        ]
    return [_needed(name, installation), *_optional(name, installation)]


def _needed(name: str, installation: Installation) -> Finding:
    missing = [
        f"{permission}: {level}"
        for permission, level in NEEDED_PERMISSIONS.items()
        if not _has(installation, permission, level)
        # A person's account has no members to ask for.
        and not (permission == "members" and installation.is_person)
    ]
    if not missing:
        return Finding(name=name, ok=True, detail="all needed permissions are granted")
    return Finding(
        name=name,
        ok=False,
        detail=f"not granted: {', '.join(missing)}",
        remedy=f"{_APP_SETTINGS}, ask for them under Permissions & events; an owner then accepts "
        f"them at {installation.web_url}. {_AS_IN_FILE}",
    )


def _optional(name: str, installation: Installation) -> Sequence[Finding]:
    return [
        Finding(
            name=name,
            ok=True,
            detail=f"{permission}: write is not granted, so {loss}",
            remedy=f"Where that is wanted, ask for it in the App's settings. {_AS_IN_FILE}",
        )
        for permission, loss in OPTIONAL_PERMISSIONS.items()
        if not _has(installation, permission, "write")
    ]


def _has(installation: Installation, permission: str, level: str) -> bool:
    granted = installation.permissions.get(permission, "")
    return granted in _LEVELS and _LEVELS.index(granted) >= _LEVELS.index(level)


def _webhook_problem(config: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with the webhook, and the way to mend it; empty where it is well."""
    edit = f"{_APP_SETTINGS}, Webhook, and"
    if not config.get("url"):
        return "events have nowhere to go", f"{edit} enter https://HOST/webhooks/github."
    if not config.get("secret"):
        return "it has no secret", f"{edit} enter the value of GITHUB_WEBHOOK_SECRET."
    if config.get("content_type") not in (None, "json"):
        return "it sends forms", f"{edit} choose the content type application/json."
    if str(config.get("insecure_ssl", "0")) != "0":
        return "certificates are not checked", f"{edit} enable SSL verification."
    return "", ""
