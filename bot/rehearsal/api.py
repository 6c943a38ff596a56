"""API calls that are checked, but not made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.api_headers import check_headers
from bot.core.api_values import METHODS, ApiAnswer, ApiRequest
from bot.core.openapi import OURS, ApiDocument, ApiOperation
from bot.core.operation_calls import call_of
from bot.core.origins import AllowedOrigin, read_url
from bot.core.passes import Asker
from bot.errors import ApiFailed, UserError
from bot.forges.recording import Note
from bot.services import AgentApi, AgentApis, Tracker

#: By this header an answer can be told from one that somebody gave.
INVENTED = "x-firstcommit-invented"


class RecordingApi:
    """The port `ApiCalls`: what would be refused is refused, all else is answered with ``{}``."""

    def __init__(self, allowed: Iterable[AllowedOrigin], note: Note) -> None:
        self._allowed = {entry.origin for entry in allowed}
        self._note = note

    def send(self, request: ApiRequest, *, poll: Callable[[], object] | None = None) -> ApiAnswer:
        """An invented answer, of a status that the caller takes for a success."""
        if request.method not in METHODS:
            raise UserError(f"{request.method[:20]!r} is no method.", reason="bad_method")
        check_headers(request.headers)
        url = read_url(request.url)
        if url.origin not in self._allowed:
            raise UserError(
                f"{url.origin} may not be called from here.",
                reason="origin_not_allowed",
                remedy="The operator lists the origins that may be reached in "
                "FIRSTCOMMIT_API_ORIGINS.",
            )
        # What stands in the query may be a secret.
        path = url.target.partition("?")[0]
        summary = f"call {request.method} {url.origin}{path} (its answer here is invented)"
        self._note("send", where="", summary=summary)
        good = min(request.wanted, default=200)
        return ApiAnswer(
            status=200 if 200 in request.wanted else good,
            headers={"content-type": "application/json", INVENTED: "yes"},
            body=b"" if request.method == "HEAD" else b"{}",
        )


class RecordingAgentApis:
    """The port ``AgentApis``: our own description is read, and every call is only noted."""

    def __init__(self, real: AgentApis, note: Note) -> None:
        self._real = real
        self._note = note

    def of_step(
        self,
        asker: Asker,
        *,
        tracker: Tracker | None = None,
        poll: Callable[[], object] | None = None,
    ) -> AgentApi:
        """As the port says; a tracker is one of the rehearsal's, too, and so may be asked."""
        real = self._real.of_step(asker, poll=poll)
        return RecordingAgentApi(real=real, note=self._note, tracker=tracker)


@dataclass(frozen=True, kw_only=True)
class RecordingAgentApi:
    """The port ``AgentApi`` for one step; answers are invented."""

    real: AgentApi
    note: Note
    tracker: Tracker | None

    def call(
        self,
        method: str,
        endpoint: str,
        data: object = None,
        params: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
    ) -> ApiAnswer:
        """An invented answer."""
        path = endpoint.partition("?")[0]
        self.note("call", where="", summary=f"call {method} {path} (its answer here is invented)")
        headers = {"content-type": "application/json", INVENTED: "yes"}
        return ApiAnswer(status=200, headers=headers, body=b"{}")

    def document(self, address: str) -> ApiDocument:
        """Our own; nobody else is asked for theirs."""
        if address != OURS:
            raise ApiFailed("Descriptions are not fetched in a dry run.", reason="not_available")
        return self.real.document(address)

    def carry_out(self, operation: ApiOperation, arguments: Mapping[str, object]) -> ApiAnswer:
        """An invented answer, where the arguments fit."""
        try:
            made = call_of(operation, arguments)
        except UserError as exc:
            raise ApiFailed(exc.message, reason=exc.reason, remedy=exc.remedy) from exc
        return self.call(made.method, made.endpoint)

    def start_generation(
        self,
        pack: str,
        answers: Mapping[str, object],
        *,
        into: str | None = None,
        workflow: str | None = None,
        plan: bool = False,
    ) -> Mapping[str, object]:
        """Nothing is begun."""
        self.call("POST", "/projects")
        return {}

    def project_files(self, project_id: str) -> Sequence[Mapping[str, object]]:
        """None."""
        self.call("GET", f"/projects/{project_id}/files")
        return ()

    def read_file(self, project_id: str, path: str) -> bytes:
        """An empty one."""
        self.call("GET", f"/projects/{project_id}/files/{path}")
        return b""

    def request_export(
        self, project_id: str, kind: str, config: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        """Nothing is exported."""
        self.call("POST", f"/projects/{project_id}/exports")
        return {}

    def track_story(
        self,
        title: str,
        body: str = "",
        *,
        labels: tuple[str, ...] = (),
        milestone: str | None = None,
    ) -> Mapping[str, object]:
        """As the rehearsal's forge notes it."""
        story = {"title": title, "body": body, "labels": list(labels), "milestone": milestone}
        return self.tracker("story", story) if self.tracker else {}

    def track_milestone(self, title: str) -> Mapping[str, object]:
        """As the rehearsal's forge notes it."""
        return self.tracker("milestone", {"title": title}) if self.tracker else {}
