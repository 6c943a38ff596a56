"""What an account granted us, and the tokens we take out under that grant.

A token reaches one repository and holds only the permissions of its purpose, as far as they
were granted: asking for more is refused whole. It lives an hour at GitHub; we let go of it
earlier, and share it between workers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.forges.github import failures
from bot.forges.github.answers import Installation, read_installation, read_token
from bot.forges.github.cache import Cache
from bot.forges.github.routes import route
from bot.forges.github.wire import Request, Wire

GRANT_KEPT_S = 300.0
#: A token is not used in the last minutes of its life, since a run may be slow.
TOKEN_MARGIN_S = 300.0

_LEVELS = ("read", "write", "admin")


class Purpose(StrEnum):
    """One kind of work."""

    TALK = "talk"
    LOOK = "look"
    PUBLISH = "publish"
    PUBLISH_WORKFLOWS = "publish workflows"
    CREATE = "create"
    READ_LOGS = "read logs"


#: The permissions that each kind of work needs.
NEEDED: Mapping[Purpose, Mapping[str, str]] = {
    Purpose.TALK: {"issues": "write", "pull_requests": "write", "metadata": "read"},
    Purpose.LOOK: {"metadata": "read", "members": "read"},
    Purpose.PUBLISH: {
        "contents": "write",
        "pull_requests": "write",
        "checks": "write",
        "metadata": "read",
    },
    Purpose.PUBLISH_WORKFLOWS: {"contents": "write", "workflows": "write", "metadata": "read"},
    Purpose.READ_LOGS: {"actions": "read", "checks": "read", "metadata": "read"},
    Purpose.CREATE: {"administration": "write", "metadata": "read"},
}


@dataclass(frozen=True, kw_only=True)
class Access:
    """Under which installation, for what, and on which repository (empty: on all of them)."""

    installation: str
    purpose: Purpose
    repository_id: str = ""


class Grants:
    """Installations as GitHub describes them, and tokens for them."""

    def __init__(self, wire: Wire, cache: Cache, clock: Callable[[], datetime]) -> None:
        self._wire = wire
        self._cache = cache
        self._clock = clock

    def installation(self, installation: str, *, fresh: bool = False) -> Installation:
        """An installation with what it was granted; some minutes old unless ``fresh``."""
        if not installation:
            raise failures.OutOfReach("The GitHub App is not installed for this account.")
        kept = None if fresh else self._kept_installation(installation)
        if kept is not None:
            return kept
        found = read_installation(self._as_app("GET", "/app/installations/{id}", installation))
        self.keep(found)
        return found

    def keep(self, installation: Installation) -> None:
        """Remember an installation as GitHub just described it."""
        text = json.dumps(installation.to_answer())
        self._cache.put(_grant_key(installation.id), text, GRANT_KEPT_S)

    def authorization(self, access: Access) -> str:
        """The header for a request under that access.

        Raises:
            UserError: ``no_access`` where we are not installed (any more), ``suspended``.
        """
        try:
            return self._authorization(access)
        except failures.Rejected as exc:
            # Either less is granted by now than we remember, or the repository is not ours.
            remembered = self._permissions(access)
            self.installation(access.installation, fresh=True)
            if self._permissions(access) != remembered:
                return self._authorization(access)
            raise failures.OutOfReach("The GitHub App cannot reach that repository.") from exc

    def _authorization(self, access: Access) -> str:
        permissions = self._permissions(access)
        key = _token_key(access, permissions)
        token = self._cache.get(key)
        if token is None:
            token, lives_s = self._new_token(access, permissions)
            if lives_s > TOKEN_MARGIN_S:
                self._cache.put(key, token, lives_s - TOKEN_MARGIN_S)
        return f"token {token}"

    def _permissions(self, access: Access) -> Mapping[str, str]:
        granted = self.installation(access.installation).permissions
        return granted_part(NEEDED[access.purpose], granted)

    def forget(self, access: Access) -> None:
        """Let go of what was kept for an access that GitHub refused."""
        kept = self._kept_installation(access.installation)
        if kept is not None:
            permissions = granted_part(NEEDED[access.purpose], kept.permissions)
            self._cache.forget(_token_key(access, permissions))
        self._cache.forget(_grant_key(access.installation))

    def _kept_installation(self, installation: str) -> Installation | None:
        kept = self._cache.get(_grant_key(installation))
        return None if kept is None else read_installation(json.loads(kept))

    def _new_token(self, access: Access, permissions: Mapping[str, str]) -> tuple[str, float]:
        body: dict[str, object] = {"permissions": dict(permissions)}
        if access.repository_id:
            body["repository_ids"] = [int(access.repository_id)]
        template = "/app/installations/{id}/access_tokens"
        answer = self._as_app("POST", template, access.installation, body)
        token, expires_at = read_token(answer)
        return token, (expires_at - self._clock()).total_seconds()

    def _as_app(
        self, method: str, template: str, installation: str, body: dict[str, object] | None = None
    ) -> object:
        request = Request(method=method, route=route(template, id=installation), body=body)
        try:
            return self._wire.send(request, self._wire.app_authorization())
        except failures.NotFound as exc:
            raise failures.OutOfReach(
                "The GitHub App is not installed for this account any more."
            ) from exc


def granted_part(wanted: Mapping[str, str], granted: Mapping[str, str]) -> dict[str, str]:
    """As much of the wanted permissions as was granted."""
    part = {}
    for name, level in wanted.items():
        has = granted.get(name)
        if has in _LEVELS:
            part[name] = min(level, has, key=_LEVELS.index)
    return part


def _grant_key(installation: str) -> str:
    return f"installation:{installation}"


def _token_key(access: Access, permissions: Mapping[str, str]) -> str:
    scope = ",".join(f"{name}={level}" for name, level in sorted(permissions.items()))
    return f"token:{access.installation}:{access.repository_id or '*'}:{scope}"
