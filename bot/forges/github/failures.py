"""GitHub's refusals, translated by what has to happen next.

Messages hold the status, the route and GitHub's own sentence, and nothing else of an answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import BotError, NotSupported, Transient, UserError

MESSAGE_CHARS = 200
# "If your request fails due to a secondary rate limit and there is no header, wait at least one
# minute": https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
UNSAID_WAIT_S = 60.0

_REQUEST_TIMEOUT = 408
_NOT_IMPLEMENTED = 501


class NotFound(UserError):
    """404 or 410: not there, or not to be seen by us."""

    reason = "no_access"


class BadCredentials(UserError):
    """401: a token or key that GitHub does not know (any more). What was asked was not done."""

    reason = "no_access"


class OutOfReach(UserError):
    """No token can be had for that account or repository: not installed, removed, not selected."""

    reason = "no_access"

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            remedy="An owner of the account can change that in its settings, under GitHub Apps.",
        )


class Rejected(UserError):
    """400, 409, 413, 422: understood and refused; ``details`` is all that GitHub said."""

    reason = "rejected"

    def __init__(self, message: str, *, status: int, details: str, reason: str | None = None):
        super().__init__(message, reason=reason)
        self.status = status
        self.details = details

    def says(self, *words: str) -> bool:
        """Whether one of these stands in what GitHub said, in any case of letters."""
        return any(word in self.details.lower() for word in words)


def translate(
    status: int,
    headers: Mapping[str, str],
    body: object,
    *,
    where: str,
    needs: str,
    retry_after_s: float | None,
) -> BotError:
    """The error for an answer of 400 or above.

    Args:
        status: The HTTP status.
        headers: The answer's headers.
        body: The answer's JSON, or None.
        where: Method and route template, for the message.
        needs: The permission that the route needs, as ``contents: write``; may be empty.
        retry_after_s: What rate limit headers asked for; None where there were none.
    """
    said = _said(body)
    text = f"GitHub answered {status} to {where}" + (f": {said}" if said else ".")
    if status == 429 or (status == 403 and _is_rate_limit(said, retry_after_s)):
        return rate_limited(retry_after_s)
    if status >= 500 or status == _REQUEST_TIMEOUT:
        return _server_error(status, text)
    if status == 401:
        remedy = "Whoever runs this server can see why with `firstcommit doctor`."
        return BadCredentials(text, remedy=remedy)
    if status in (403, 451):
        return _no_access(text, said, headers.get("x-accepted-github-permissions") or needs)
    if status in (404, 410):
        return NotFound(text)
    reason = "repository_empty" if "repository is empty" in said.lower() else None
    return Rejected(text, status=status, details=said, reason=reason)


def rate_limited(retry_after_s: float | None) -> Transient:
    """GitHub asked us to be quiet for a while."""
    wait_s = UNSAID_WAIT_S if retry_after_s is None else max(retry_after_s, 1.0)
    return Transient("GitHub's rate limit is reached.", reason="rate_limited", retry_after_s=wait_s)


def unreadable(where: str) -> Transient:
    """An answer that is not what the documentation promises, as from a proxy in between."""
    return Transient(f"GitHub's answer to {where} cannot be read.", reason="forge_unavailable")


def _server_error(status: int, text: str) -> BotError:
    if status == _NOT_IMPLEMENTED:
        return NotSupported(text)
    return Transient(text, reason="forge_unavailable")


def _no_access(text: str, said: str, wanted: str) -> UserError:
    if "suspended" in said.lower():
        return UserError(
            "The GitHub App is suspended for this account.",
            reason="suspended",
            remedy="An owner of the account can unsuspend it in its settings, under GitHub Apps.",
        )
    # GitHub's own header writes it as `contents=write,workflows=write`.
    named = wanted.replace("=", ": ").replace(",", ", ")
    remedy = f"The GitHub App probably lacks the permission {named}." if named else ""
    return UserError(text, reason="no_access", remedy=remedy)


def _is_rate_limit(said: str, retry_after_s: float | None) -> bool:
    lowered = said.lower()
    texts = ("secondary rate limit", "rate limit exceeded", "abuse detection")
    return retry_after_s is not None or any(text in lowered for text in texts)


def _said(body: object) -> str:
    """GitHub's message and the messages of its errors, on one line, cut."""
    if not isinstance(body, Mapping):
        return ""
    parts = [body.get("message")]
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else [errors]:
        if isinstance(error, Mapping):
            plain = f"{error.get('field', '')} {error.get('code', '')}"
            parts.append(error.get("message") or plain)
        else:
            parts.append(error)
    text = "; ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
    return " ".join(text.split())[:MESSAGE_CHARS]
