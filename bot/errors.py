"""Everything that can go wrong, sorted by what happens next.

::

    BotError
    ├── DeliveryRefused      400, 401, 404, 413, 415 or 503 at the door; nothing stored
    ├── UserError            answered with its text; no retry, no alert
    ├── Transient            retried; carries retry_after_s
    │   └── StoreUnavailable the database did not answer
    ├── Waits                the run gives its worker back until somebody has answered
    ├── StepFailed           the run stops and names the step
    │   └── ApiFailed        a call of an API failed; carries its status and what it said
    ├── LeaseLost            somebody else owns the run now; this worker stops at once
    ├── Cancelled            somebody with the right asked the run to stop
    ├── NotSupported         this forge cannot; answered and logged
    └── ConfigurationError   the program does not start

Every class has a stable ``reason`` that logs, counters and replies carry. Errors of
SDKs and of HTTP are translated inside their adapter with ``raise ... from exc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class BotError(Exception):
    """Anything this program raises on purpose."""

    reason = "error"

    def __init__(self, message: str, *, reason: str | None = None, remedy: str = "") -> None:
        """Args:
        message: One sentence for the person who reads it; never a secret.
        reason: A stable snake_case code; the class's own where nothing finer is known.
        remedy: What to do about it, as one sentence; empty where there is nothing to do.
        """
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        if reason is not None:
            self.reason = reason


class DeliveryRefused(BotError):
    """A delivery that stops at the door with ``status``; nothing of it is stored."""

    reason = "delivery_refused"

    def __init__(self, status: int, message: str, *, reason: str | None = None) -> None:
        super().__init__(message, reason=reason)
        self.status = status


class UserError(BotError):
    """Something the person can mend; answered once with its text."""

    reason = "user_error"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        remedy: str = "",
        wrong: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Args:
        wrong: Each thing that is wrong, where there may be several: where, and what. What is
            wrong in a list below the message's first line stands here, too.
        """
        super().__init__(message, reason=reason, remedy=remedy)
        self.wrong = tuple(wrong)


class Transient(BotError):
    """Something that may work later: a forge that is busy, a network that is away."""

    reason = "transient"

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        reason: str | None = None,
        remedy: str = "",
    ) -> None:
        """Args:
        retry_after_s: Seconds that the other side asked us to wait; None if it said nothing.
        """
        super().__init__(message, reason=reason, remedy=remedy)
        self.retry_after_s = retry_after_s


class StoreUnavailable(Transient):
    """The database did not answer."""

    reason = "store_unavailable"


class Waits(BotError):
    """A step goes on when a person has answered; until then no worker is held."""

    reason = "waits"

    def __init__(
        self, message: str, *, until: datetime | None = None, reason: str | None = None
    ) -> None:
        """Args:
        until: When the step is to look again even if nobody has answered.
        """
        super().__init__(message, reason=reason)
        self.until = until


class StepFailed(BotError):
    """A step of a run cannot succeed; the run stops and names it."""

    reason = "step_failed"


class ApiFailed(StepFailed):
    """A call of an API that did not succeed, after whatever could be repeated was repeated."""

    reason = "api_failed"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        remedy: str = "",
        status: int | None = None,
        excerpt: str = "",
    ) -> None:
        """Args:
        status: The answer's; None where there was none, or nothing was sent.
        excerpt: The beginning of what it said, on one line, with secrets masked; empty where it
            said nothing. Others wrote it: data, to be shown as such.
        """
        super().__init__(message, reason=reason, remedy=remedy)
        self.status = status
        self.excerpt = excerpt


class LeaseLost(BotError):
    """Another worker owns this run by now; nothing more may be written under our number."""

    reason = "lease_lost"


class Cancelled(BotError):
    """The run was asked to stop by somebody who may."""

    reason = "cancelled"


class NotSupported(BotError):
    """This forge cannot do that."""

    reason = "not_supported"


class ConfigurationError(BotError):
    """The program cannot start as it is configured."""

    reason = "configuration"
