"""Pull requests and check runs."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from bot.core.git_values import Annotation, Change, Check, CheckState
from bot.core.identity import Repository
from bot.errors import UserError
from bot.forges.github.answers import read_change, read_id, read_list, read_object
from bot.forges.github.client import Client
from bot.forges.github.failures import Rejected
from bot.forges.github.publishing import publish_access
from bot.forges.github.routes import repository_route

# https://docs.github.com/rest/checks/runs
CHECK_TEXT_BYTES = 65_535
CHECK_TITLE_BYTES = 255
#: More would be read by nobody, and each request draws on what we may write.
MOST_ANNOTATIONS = 200
_ANNOTATIONS_A_REQUEST = 50
_ANNOTATION_BYTES = 4_000
_NEEDS = "pull_requests: write"


class Changes:
    """The rest of the port's `Publishing`. https://docs.github.com/rest/pulls/pulls"""

    def __init__(self, client: Client, web_url: str) -> None:
        self._client = client
        self._web_url = web_url

    def open(
        self,
        repository: Repository,
        *,
        branch: str,
        base: str,
        title: str,
        body: str,
        draft: bool,
    ) -> Change:
        asked = {"title": title, "head": branch, "base": base, "body": body, "draft": draft}
        try:
            return self._post(repository, asked)
        except Rejected as exc:
            if draft and exc.says("draft pull requests are not supported"):
                # Plans without drafts refuse; a plain one is another request, not a repeated one.
                return self.open(
                    repository, branch=branch, base=base, title=title, body=body, draft=False
                )
            raise _finer(exc, branch, base) from exc

    def find(self, repository: Repository, branch: str) -> Change | None:
        params = {
            "head": f"{repository.owner}:{branch}",
            "state": "open",
            "sort": "created",
            "direction": "desc",
        }
        where = repository_route(repository, "/pulls")
        answer = self._client.get(
            publish_access(repository), where, params, needs="pull_requests: read"
        )
        for item in read_list(answer):
            if _is_from(item, repository, branch):
                return read_change(item)
        return None

    def report_check(self, repository: Repository, commit_id: str, check: Check) -> str:
        first, *others = _batches(check.annotations[:MOST_ANNOTATIONS])
        body = _check_body(commit_id, check, first)
        made = read_id(self._write(repository, "POST", "/check-runs", body))
        # What a later request brings is added to what is there.
        # https://docs.github.com/en/rest/checks/runs#update-a-check-run
        for batch in others:
            body = {"output": _output(check, batch)}
            self._write(repository, "PATCH", f"/check-runs/{made}", body)
        return made

    def _write(
        self, repository: Repository, method: str, where: str, body: dict[str, object]
    ) -> object:
        route = repository_route(repository, where)
        access = publish_access(repository)
        return self._client.write(access, method, route, body, needs="checks: write")

    def difference_url(self, repository: Repository, *, base: str, head: str) -> str:
        page = repository.web_url or f"{self._web_url}/{repository.full_name}"
        return f"{page}/compare/{quote(base, safe='/')}...{quote(head, safe='/')}"

    def _post(self, repository: Repository, asked: dict[str, object]) -> Change:
        where = repository_route(repository, "/pulls")
        access = publish_access(repository)
        return read_change(self._client.write(access, "POST", where, asked, needs=_NEEDS))


def _finer(exc: Rejected, branch: str, base: str) -> UserError:
    if exc.says("a pull request already exists"):
        return UserError(f"A change from {branch} is open already.", reason="change_exists")
    if exc.says("no commits between"):
        return UserError(f"{branch} has no commits that {base} lacks.", reason="nothing_to_change")
    if exc.says("head invalid", "base invalid"):
        missing = branch if exc.says("head invalid") else base
        return UserError(f"There is no branch {missing!a}.", reason="branch_missing")
    return exc


def _is_from(item: object, repository: Repository, branch: str) -> bool:
    """Whether a change comes from that branch of this repository, and not of a fork."""
    head = read_object(item).get("head") or {}
    home = head.get("repo") or {}
    return head.get("ref") == branch and str(home.get("id")) == repository.id


def _check_body(
    commit_id: str, check: Check, annotations: Sequence[Annotation]
) -> dict[str, object]:
    body: dict[str, object] = {
        "name": check.name,
        "head_sha": commit_id,
        "status": "in_progress",
        "output": _output(check, annotations),
    }
    if check.state is not CheckState.RUNNING:
        body["status"] = "completed"
        body["conclusion"] = "success" if check.state is CheckState.PASSED else "failure"
    if check.url:
        body["details_url"] = check.url
    return body


def _output(check: Check, annotations: Sequence[Annotation]) -> dict[str, object]:
    output: dict[str, object] = {
        "title": _cut(check.title, CHECK_TITLE_BYTES),
        "summary": _cut(check.summary, CHECK_TEXT_BYTES),
    }
    if check.text:
        output["text"] = _cut(check.text, CHECK_TEXT_BYTES)
    if annotations:
        output["annotations"] = [
            {
                "path": one.path,
                "start_line": one.line,
                "end_line": one.line,
                "annotation_level": "failure",
                "message": _cut(one.message, _ANNOTATION_BYTES),
                "title": _cut(one.title or check.name, CHECK_TITLE_BYTES),
            }
            for one in annotations
        ]
    return output


def _batches(annotations: Sequence[Annotation]) -> list[Sequence[Annotation]]:
    """As many as a request may carry; one that is empty where there are none."""
    starts = range(0, len(annotations), _ANNOTATIONS_A_REQUEST)
    return [annotations[start : start + _ANNOTATIONS_A_REQUEST] for start in starts] or [()]


def _cut(text: str, most_bytes: int) -> str:
    encoded = text.encode("utf-8", "replace")
    return text if len(encoded) <= most_bytes else encoded[:most_bytes].decode("utf-8", "ignore")
