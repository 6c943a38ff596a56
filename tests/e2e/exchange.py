"""One request and one answer of HTTP, as values, and what GitHub's refusals look like."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came; ``path`` is without the query and still percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def token(self) -> str:
        """The bare token or JWT; empty where there is none."""
        value = self.headers.get("authorization", "")
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            return base64.b64decode(rest).decode().partition(":")[2]
        return rest.strip()

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object of the body; empty where there is none."""
        try:
            document = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer; header names are in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def document(self) -> Any:
        """The parsed body; None where there is none."""
        if "json" not in self.headers.get("content-type", ""):
            return None
        return json.loads(self.body) if self.body else None

    def with_document(self, document: object) -> Answer:
        """The same answer with another body."""
        return answer(self.status, document, headers=self.headers)


def answer(
    status: int, document: object = None, *, headers: Mapping[str, str] | None = None
) -> Answer:
    """An answer of our own; without a document it is empty."""
    if document is None:
        return Answer(status=status, headers=headers or {})
    body = json.dumps(document).encode()
    kind = {"content-type": "application/json; charset=utf-8"}
    return Answer(status=status, body=body, headers={**(headers or {}), **kind})


def refusal(status: int, message: str, errors: Sequence[Mapping[str, str]] = ()) -> Answer:
    """A refusal in GitHub's form."""
    document: dict[str, object] = {"message": message}
    if errors:
        document["errors"] = list(errors)
    document |= {"documentation_url": DOCUMENTATION, "status": str(status)}
    return answer(status, document)


def invalid(resource: str, field_name: str, code: str, message: str = "") -> Answer:
    """422 in GitHub's form."""
    error = {"resource": resource, "code": code, "field": field_name}
    if message:
        error["message"] = message
    return refusal(422, "Validation Failed", [error])


NOT_FOUND = refusal(404, "Not Found")
BAD_CREDENTIALS = refusal(401, "Bad credentials")
NO_ACCESS = refusal(403, "Resource not accessible by integration")
EMPTY = refusal(409, "Git Repository is empty.")
