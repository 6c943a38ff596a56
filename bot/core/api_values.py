"""A call of somebody else's API, as a workflow asks for it, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: What can be asked for.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: Asking these twice comes to the same as asking once (RFC 9110, section 9.2.2).
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
#: The most bytes of an answer, unpacked.
MOST_BYTES = 1_048_576


@dataclass(frozen=True, kw_only=True)
class ApiRequest:
    """One call. Headers and body may hold opened secrets, and so do not show themselves.

    ``timeout_s`` is for everything together, from looking up the name to the last byte.
    ``wanted`` are statuses that are an answer even where they would lead elsewhere or mean
    *later*.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_s: float = 10.0
    wanted: frozenset[int] = frozenset()
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, kw_only=True)
class ApiAnswer:
    """What the other side said. Names of headers are in small letters; the body is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
