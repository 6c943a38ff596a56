"""What tests make go wrong between the product and GitHub, and what the product asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Calls that publish; conversation is not counted. Reading is not either.
PUBLISHING = re.compile(
    r"^(POST /(orgs/[^/]+|user)/repos"
    r"|(POST|PATCH) /repos/[^/]+/[^/]+/git/(blobs|trees|commits|refs)(/.*)?"
    r"|PUT /repos/[^/]+/[^/]+/contents/.*"
    r"|POST /repos/[^/]+/[^/]+/pulls)$"
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is done to a request; with ``after`` it is carried out first and the answer is lost."""

    method: str
    path: re.Pattern[str]
    status: int = 502
    body: bytes = b'{"message": "Server Error"}'
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    #: The connection is closed without an answer.
    drop: bool = False
    #: Only this is done, and then the request is answered as ever.
    delay_s: float = 0.0

    def fits(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and self.path.search(path) is not None


@dataclass(kw_only=True)
class Faults:
    """Faults that wait for their request. They meet the product's requests only."""

    _armed: list[tuple[Fault, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _hidden_times: int = 0

    def fail_next(
        self,
        method: str,
        path_regex: str,
        *,
        status: int = 502,
        headers: Mapping[str, str] | None = None,
        body: bytes = b'{"message": "Server Error"}',
        times: int = 1,
        after: bool = False,
        drop: bool = False,
    ) -> None:
        """Make the next ``times`` requests that fit fail.

        Args:
            method: ``*`` fits every method.
            path_regex: Searched in the path, which is without the query.
            after: GitHub carries the request out, and only its answer is lost.
            drop: The connection is closed; ``status``, ``headers`` and ``body`` do not matter.
        """
        fault = Fault(
            method=method,
            path=re.compile(path_regex),
            status=status,
            headers=headers or {},
            body=body,
            after=after,
            drop=drop,
        )
        self._arm(fault, times)

    def delay_next(self, method: str, path_regex: str, *, delay_s: float, times: int = 1) -> None:
        """Make the next ``times`` requests that fit slow."""
        fault = Fault(method=method, path=re.compile(path_regex), delay_s=delay_s)
        self._arm(fault, times)

    def hide_new_repositories(self, *, times: int) -> None:
        """From now on a new repository answers 404 to its first ``times`` requests."""
        self._hidden_times = times

    def repository_made(self, full_name: str) -> None:
        """Tell that a repository was made just now."""
        if self._hidden_times:
            pattern = f"^/repos/{re.escape(full_name)}(/|$)"
            gone = b'{"message": "Not Found"}'
            fault = Fault(method="*", path=re.compile(pattern, re.I), status=404, body=gone)
            self._arm(fault, self._hidden_times)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for a request, if one waits for it; it is used up by that."""
        with self._lock:
            for index, (fault, left) in enumerate(self._armed):
                if fault.fits(method, path):
                    self._armed[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None

    @property
    def waiting(self) -> int:
        """How many faults have not met their request yet."""
        with self._lock:
            return sum(left for _, left in self._armed)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()
        self._hidden_times = 0

    def _arm(self, fault: Fault, times: int) -> None:
        with self._lock:
            self._armed.append((fault, times))


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that came through the proxy.

    ``who`` is a login for a person, ``installation ID`` or ``app`` for the product, and
    ``nobody`` without a known token. ``status`` is 0 where the connection was dropped.
    """

    who: str
    method: str
    path: str
    query: str
    body: bytes
    status: int
    started_at: float
    duration_s: float

    @property
    def is_publishing(self) -> bool:
        return PUBLISHING.match(f"{self.method} {self.path}") is not None


@dataclass(kw_only=True)
class Calls:
    """Every request, in the order in which they were answered."""

    people: frozenset[str]
    all: list[Call] = field(default_factory=list)

    @property
    def of_product(self) -> list[Call]:
        """All but those that people in the tests made."""
        return [call for call in self.all if call.who not in self.people]

    @property
    def publishing(self) -> list[Call]:
        """The product's calls for repository, trees, blobs, commit, ref and change."""
        return [call for call in self.of_product if call.is_publishing]

    def matching(self, method: str, path_regex: str) -> list[Call]:
        """The product's calls with a method (``*``: any) and a path that fits."""
        return [
            call
            for call in self.of_product
            if method in ("*", call.method) and re.search(path_regex, call.path)
        ]

    def clear(self) -> None:
        self.all.clear()
