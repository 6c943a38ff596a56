"""APIs called for an agent or a step: our own in the asking person's name, others as listed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

from bot.agents.agent_documents import Documents
from bot.agents.call_failures import failed, refused
from bot.agents.patient_sender import PatientSender, Sent
from bot.core.api_values import METHODS, MOST_BYTES, ApiAnswer
from bot.core.endpoints import check_path, check_target, query_pairs
from bot.core.openapi import KEY, ApiDocument, ApiOperation
from bot.core.operation_calls import call_of
from bot.core.origins import read_url, with_query
from bot.errors import ApiFailed, UserError

_USUAL_S = 10.0
_JSON = "application/json"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class AgentAPICaller:
    """``AgentApi`` for one step of one run."""

    sender: PatientSender
    documents: Documents
    #: Opens issues and milestones as the run's own; None where this step has no place for them.
    tracker: Callable[[str, Mapping[str, object]], Mapping[str, object]] | None = None
    _asked: Counter[str] = field(default_factory=Counter)

    def call(
        self,
        method: str,
        endpoint: str,
        data: object = None,
        params: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = _USUAL_S,
    ) -> ApiAnswer:
        """As the port says."""
        try:
            sent = self._sent(
                method, endpoint, data, params, headers=headers or {}, timeout_s=timeout_s
            )
        except UserError as exc:
            raise refused(exc) from exc
        answer = self.sender.send(sent)
        if not 200 <= answer.status < 300:
            raise failed(sent, answer)
        return answer

    def document(self, address: str) -> ApiDocument:
        """As the port says."""
        return self.documents.read(address, self._get)

    def carry_out(self, operation: ApiOperation, arguments: Mapping[str, object]) -> ApiAnswer:
        """As the port says."""
        try:
            made = call_of(operation, arguments)
        except UserError as exc:
            raise refused(exc) from exc
        query: dict[str, list[str]] = {}
        for name, value in made.query:
            query.setdefault(name, []).append(value)
        kind = {"Content-Type": made.sends} if isinstance(made.data, bytes) else {}
        return self.call(
            made.method, made.endpoint, made.data, query, headers={**made.headers, **kind}
        )

    # What agents do most.

    def start_generation(
        self,
        pack: str,
        answers: Mapping[str, object],
        *,
        into: str | None = None,
        workflow: str | None = None,
        plan: bool = False,
    ) -> Mapping[str, object]:
        """As the port says."""
        # Runs make no repositories for others: what they may reach is there, and gets a change.
        place = None if into is None else {"repository": into, "existing": True}
        said = {"pack": pack, "answers": dict(answers), "into": place, "workflow": workflow}
        body = {name: value for name, value in said.items() if value is not None}
        return _object(self.call("POST", "/projects", {**body, "plan": plan}))

    def project_files(self, project_id: str) -> list[Mapping[str, object]]:
        """As the port says."""
        found: list[Mapping[str, object]] = []
        after: str | None = None
        while True:
            params = {"limit": 1000, "after": after}
            page = _object(self.call("GET", f"/projects/{_part(project_id)}/files", None, params))
            items, following = page.get("items"), page.get("next")
            found += [each for each in _list(items) if isinstance(each, Mapping)]
            if not isinstance(following, str):
                return found
            after = following

    def read_file(self, project_id: str, path: str) -> bytes:
        """As the port says."""
        where = "/".join(map(_part, path.split("/")))
        return self.call("GET", f"/projects/{_part(project_id)}/files/{where}").body

    def request_export(
        self, project_id: str, kind: str, config: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        """As the port says."""
        body = {"type": kind, **({"config": dict(config)} if config else {})}
        return _object(self.call("POST", f"/projects/{_part(project_id)}/exports", body))

    def track_story(
        self,
        title: str,
        body: str = "",
        *,
        labels: tuple[str, ...] = (),
        milestone: str | None = None,
    ) -> Mapping[str, object]:
        """As the port says."""
        story = {"title": title, "body": body, "labels": list(labels), "milestone": milestone}
        return self._tracked("story", story)

    def track_milestone(self, title: str) -> Mapping[str, object]:
        """As the port says."""
        return self._tracked("milestone", {"title": title})

    def _tracked(self, what: str, said: Mapping[str, object]) -> Mapping[str, object]:
        if self.tracker is None:
            raise ApiFailed(
                "This step has no repository whose issues it may open.",
                reason="not_available",
                remedy="Give the step `into`, a destination of the run.",
            )
        return self.tracker(what, said)

    def _get(self, endpoint: str, params: Mapping[str, object] | None) -> ApiAnswer:
        most = self.documents.most_bytes
        try:
            sent = self._sent("GET", endpoint, None, params, most_bytes=most)
        except UserError as exc:
            raise refused(exc) from exc
        answer = self.sender.send(sent)
        if answer.status != 200:
            raise failed(sent, answer)
        return answer

    def _sent(
        self,
        method: str,
        endpoint: str,
        data: object,
        params: Mapping[str, object] | None,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        timeout_s: float = _USUAL_S,
        most_bytes: int = MOST_BYTES,
    ) -> Sent:
        if method not in METHODS:
            raise UserError(f"{method[:20]!r} is no method.", reason="bad_method")
        body, kind = _packed(method, data)
        given = {**({"Content-Type": kind} if kind else {}), **headers}
        query = query_pairs(params)
        if endpoint.startswith("/"):
            check_path(endpoint)
            sent = Sent(method=method, path=endpoint, query=query)
        else:
            url = with_query(read_url(endpoint), list(query))
            check_target(url.target)
            sent = Sent(method=method, url=url)
        if method not in ("GET", "HEAD") and KEY.lower() not in map(str.lower, given):
            given[KEY] = self._key(sent, body)
        return sent.with_more(given, body, timeout_s, most_bytes)

    def _key(self, sent: Sent, body: bytes | None) -> str:
        """The same for the same call in the same attempt of a step, wherever that is done again.

        Where a step means the same call twice, the second is another.
        """
        digest = sent.digest(self.sender.asker, body)
        self._asked[digest] += 1
        return f"{digest}-{self._asked[digest]}"


def _packed(method: str, data: object) -> tuple[bytes | None, str]:
    if data is None:
        return None, ""
    if method in ("GET", "HEAD"):
        raise UserError(f"Nothing can be sent with {method}.", reason="bad_body")
    if isinstance(data, bytes):
        packed, kind = data, "application/octet-stream"
    else:
        try:
            packed, kind = json.dumps(data, allow_nan=False).encode(), _JSON
        except (TypeError, ValueError, RecursionError) as exc:
            raise UserError("What is to be sent is no JSON.", reason="bad_body") from exc
    if len(packed) > MOST_BYTES:
        raise UserError(f"The body has more than {MOST_BYTES:,} bytes.", reason="bad_body")
    return packed, kind


def _part(text: str) -> str:
    return quote(text, safe="")


def _object(answer: ApiAnswer) -> Mapping[str, object]:
    found = json.loads(answer.body)
    return found if isinstance(found, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
