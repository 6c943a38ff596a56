"""Sends calls: kept answers first, no faster than is fair, and again where that is safe."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.agents.answer_cache import AnswerCache, Whose
from bot.agents.call_rate import CallRate
from bot.agents.own_api import OwnApi
from bot.agents.waiting import retry_after_s
from bot.core.api_values import MOST_BYTES, REPEATABLE, ApiAnswer, ApiRequest
from bot.core.backoff import delay_s
from bot.core.origins import ApiUrl
from bot.core.passes import Asker
from bot.errors import ApiFailed, Transient, UserError

MOST_ATTEMPTS = 3
#: Longer than that a step does not stand still; whoever runs it is told instead.
LONGEST_WAIT_S = 30.0
_SLICE_S = 0.2
_LATER = frozenset({429, 502, 503, 504})
#: Failures of which it is known that nothing was carried out.
_NOT_DONE = frozenset({"unreachable", "rate_limited"})
OWN_HOST = "firstcommit"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A call that is ready: of our own API, by its ``path``, or of an address."""

    method: str
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    url: ApiUrl | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_s: float = 10.0
    most_bytes: int = MOST_BYTES

    def with_more(
        self, headers: Mapping[str, str], body: bytes | None, timeout_s: float, most_bytes: int
    ) -> Sent:
        """The same with all that is sent."""
        return replace(self, headers=headers, body=body, timeout_s=timeout_s, most_bytes=most_bytes)

    @property
    def is_ours(self) -> bool:
        """Whether it is of our own API."""
        return self.url is None

    @property
    def host(self) -> str:
        """Whose it is."""
        return OWN_HOST if self.url is None else str(self.url.origin)

    @property
    def address(self) -> str:
        """What is asked for, whole."""
        return str(self.url) if self.url else f"{self.path}?{json.dumps(self.query)}"

    @property
    def shown(self) -> str:
        """The call for people, without its query, which may be long or personal."""
        path = self.path if self.url is None else str(self.url).partition("?")[0]
        return f"`{self.method} {path.replace('`', '%60')[:300]}`"

    @property
    def secrets(self) -> Iterable[str]:
        """What it carries that no error may show again."""
        return [value for name, value in self.headers.items() if name.lower() not in _PLAIN]

    def digest(self, asker: Asker, body: bytes | None) -> str:
        """What tells this call of this step from all others."""
        parts = [asker.run_id, asker.step_id, asker.call, self.method, self.address]
        packed = json.dumps(parts).encode() + b"\n" + (body or b"")
        return hashlib.sha256(packed).hexdigest()[:40]


_PLAIN = frozenset({"accept", "content-type", "if-match", "if-none-match", "idempotency-key"})


@dataclass(frozen=True, kw_only=True)
class PatientSender:
    """For one step of one run.

    ``sleep`` waits so many seconds; ``poll`` is called a few times a second meanwhile, and what
    it raises ends the call.
    """

    asker: Asker
    own: OwnApi
    others: Callable[..., ApiAnswer]
    cache: AnswerCache
    rate: CallRate
    sleep: Callable[[float], None]
    poll: Callable[[], object] | None = None

    def send(self, sent: Sent) -> ApiAnswer:
        """The answer, whatever its status.

        Raises:
            ApiFailed: Where there is none, and no more use in asking.
        """
        if sent.method != "GET":
            answer = self._again_and_again(sent)
            if sent.method != "HEAD":
                self.cache.forget(self._whose(sent))
            return answer
        return self._kept_or_asked(sent)

    def _kept_or_asked(self, sent: Sent) -> ApiAnswer:
        whose, address = self._whose(sent), sent.address
        # An answer to other headers is another answer.
        known = None if sent.headers else self.cache.find(whose, address)
        if known is not None and self.cache.is_fresh(known):
            return known.answer
        if known is not None and known.etag:
            sent = replace(sent, headers={"If-None-Match": known.etag})
        answer = self._again_and_again(sent)
        if answer.status == 304 and known is not None:
            headers = {**known.answer.headers, **answer.headers}
            answer = replace(known.answer, headers=headers)
        if known is not None or not sent.headers:
            self.cache.keep(whose, address, answer)
        return answer

    def _again_and_again(self, sent: Sent) -> ApiAnswer:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                return self._once(sent)
            except Transient as exc:
                wait_s = delay_s(attempt, asked_s=exc.retry_after_s)
                last = attempt == MOST_ATTEMPTS or not self._repeats(sent, exc.reason)
                if last or wait_s > LONGEST_WAIT_S:
                    raise _given_up(sent, exc) from exc
                self._wait(wait_s)
            except UserError as exc:
                raise ApiFailed(exc.message, reason=exc.reason, remedy=exc.remedy) from exc
        raise AssertionError("the last attempt ends the loop")

    def _once(self, sent: Sent) -> ApiAnswer:
        self._take_turn(sent)
        if sent.url is not None:
            return self.others(
                ApiRequest(
                    method=sent.method,
                    url=str(sent.url),
                    headers=sent.headers,
                    body=sent.body,
                    timeout_s=sent.timeout_s,
                    most_bytes=sent.most_bytes,
                ),
                poll=self.poll,
            )
        answer = self.own.send(
            self.asker,
            sent.method,
            sent.path,
            query=sent.query,
            headers=sent.headers,
            body=sent.body,
        )
        if answer.status in _LATER:
            raise Transient(
                f"{sent.shown} answered {answer.status}.",
                retry_after_s=retry_after_s(answer.headers),
                reason="rate_limited" if answer.status == 429 else "api_unavailable",
            )
        return answer

    def _take_turn(self, sent: Sent) -> None:
        while (wait_s := self.rate.take(self.asker.run_id, sent.host)) > 0:
            if wait_s > LONGEST_WAIT_S:
                raise ApiFailed(
                    f"This run has called {sent.host} too often in the last minute.",
                    reason="too_many_calls",
                    remedy="Ask for more at a time, or for less.",
                )
            self._wait(wait_s)

    def _repeats(self, sent: Sent, reason: str) -> bool:
        """Whether it may be sent again: it comes to the same, was not done, or is known again by
        its key; others promise nothing of that."""
        return sent.method in REPEATABLE or reason in _NOT_DONE or sent.is_ours

    def _wait(self, seconds: float) -> None:
        left_s = seconds
        while left_s > 0:
            if self.poll is not None:
                self.poll()
            self.sleep(min(_SLICE_S, left_s))
            left_s -= _SLICE_S

    def _whose(self, sent: Sent) -> Whose:
        actor = self.asker.actor
        person = f"{actor.forge}:{actor.account_id}"
        return Whose(run_id=self.asker.run_id, person=person, host=sent.host)


def _given_up(sent: Sent, problem: Transient) -> ApiFailed:
    waits = problem.retry_after_s
    asked = f" It asks to wait {waits:.0f} s." if waits else ""
    status = 429 if problem.reason == "rate_limited" else None
    return ApiFailed(
        f"{sent.shown}: {problem.message}{asked}",
        reason=problem.reason,
        remedy=problem.remedy or "Try again later.",
        status=status,
    )
