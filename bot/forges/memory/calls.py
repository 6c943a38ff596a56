"""What a forge in memory was asked, and where a test wants it to fail."""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Protocol, TypeVar


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the port, as it came."""

    method: str
    args: tuple[object, ...]
    kwargs: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What one call shall raise: before its effect, or with its answer lost after it."""

    error: Exception
    after: bool


class Calls:
    """All calls so far, and the failures that wait for the next ones."""

    def __init__(self) -> None:
        self.all: list[Call] = []
        self.lock = threading.RLock()
        self._failures: dict[str, deque[Failure]] = {}

    def of(self, *methods: str) -> Sequence[Call]:
        """The calls of these methods, in order."""
        return [call for call in self.all if call.method in methods]

    def fail_next(self, method: str, failure: Failure, times: int) -> None:
        """Queue a failure for that many calls of a method."""
        self._failures.setdefault(method, deque()).extend([failure] * times)

    def take_failure(self, method: str) -> Failure | None:
        """The failure that waits for this call, once."""
        waiting = self._failures.get(method)
        return waiting.popleft() if waiting else None


class HasCalls(Protocol):
    """Whatever `recorded` may decorate the methods of."""

    script: Calls


S = TypeVar("S", bound=HasCalls)
P = ParamSpec("P")
R = TypeVar("R")


def recorded(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """One call at a time: note it, and fail where the test asked for it."""

    @functools.wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        script = self.script
        with script.lock:
            script.all.append(Call(method=method.__name__, args=args, kwargs=kwargs))
            failure = script.take_failure(method.__name__)
            if failure is not None and not failure.after:
                raise failure.error
            result = method(self, *args, **kwargs)
            if failure is not None:
                raise failure.error
            return result

    return call
