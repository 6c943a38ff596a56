"""Pull requests as whoever reviews or mends them sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from bot.core.git_values import Annotation
from bot.core.identity import Repository
from bot.core.reviews import ChangeDetails, ChangedFile, FailedCheck, Remark, end_of_log
from bot.errors import UserError
from bot.forges.github.answers import (
    read_actor,
    read_change_details,
    read_changed_file,
    read_id,
    read_list,
    read_object,
)
from bot.forges.github.client import Client, Params
from bot.forges.github.failures import NotFound, Rejected
from bot.forges.github.grants import Access, Purpose
from bot.forges.github.identity import Identity
from bot.forges.github.publishing import publish_access
from bot.forges.github.routes import repository_route

# "The conclusion of the check": https://docs.github.com/rest/checks/runs
_FAILED = frozenset({"failure", "timed_out", "startup_failure"})
#: Checks whose logs are read: whoever mends a change reads no more anyhow.
_MOST_CHECKS = 10
_MOST_ANNOTATIONS = 50
#: Of what lists show; the rest of a long list is what nobody looks at.
_MOST_PAGES_OF_CHECKS = 5
_PAGE = 100


class Reviewing:
    """The port's `Reviewing`, but for the commit.

    https://docs.github.com/rest/pulls/pulls, https://docs.github.com/rest/pulls/reviews
    """

    def __init__(self, client: Client, identity: Identity) -> None:
        self._client = client
        self._identity = identity

    def change(self, repository: Repository, number: int) -> ChangeDetails | None:
        where = repository_route(repository, "/pulls/{number}", number=number)
        access = publish_access(repository)
        try:
            answer = self._client.get(access, where, needs="pull_requests: read")
        except NotFound:
            return None
        return read_change_details(answer)

    def changed_files(
        self, repository: Repository, change: ChangeDetails, *, most: int
    ) -> Sequence[ChangedFile]:
        where = repository_route(repository, "/pulls/{number}/files", number=change.number)
        pages = self._client.pages(publish_access(repository), where, needs="pull_requests: read")
        return sorted(map(read_changed_file, islice(pages, most)), key=lambda file: file.path)

    def failed_checks(
        self, repository: Repository, commit_id: str, *, most_characters: int
    ) -> Sequence[FailedCheck]:
        access = Access(
            installation=repository.installation,
            purpose=Purpose.READ_LOGS,
            repository_id=repository.id,
        )
        failed = [
            run
            for run in self._check_runs(access, repository, commit_id)
            if run.get("conclusion") in _FAILED
        ]
        failed.sort(key=lambda run: str(run.get("name")))
        if not most_characters:
            return [FailedCheck(name=str(run.get("name") or ""), log="") for run in failed]
        return [
            self._failed(access, repository, run, most_characters) for run in failed[:_MOST_CHECKS]
        ]

    def find_review(self, repository: Repository, number: int, marker: str) -> str | None:
        where = repository_route(repository, "/pulls/{number}/reviews", number=number)
        access = publish_access(repository)
        for item in self._client.pages(access, where, needs="pull_requests: read"):
            review = read_object(item)
            is_ours = read_actor(review.get("user")).is_same_as(self._identity.me())
            if is_ours and marker in (review.get("body") or ""):
                return read_id(review)
        return None

    def review(
        self,
        repository: Repository,
        change: ChangeDetails,
        *,
        body: str,
        remarks: Sequence[Remark],
    ) -> str:
        where = repository_route(repository, "/pulls/{number}/reviews", number=change.number)
        asked: dict[str, object] = {
            "commit_id": change.head,
            "event": "COMMENT",
            "body": body,
            "comments": [
                {"path": one.path, "line": one.line, "side": "RIGHT", "body": one.body}
                for one in remarks
            ],
        }
        try:
            answer = self._client.write(
                publish_access(repository), "POST", where, asked, needs="pull_requests: write"
            )
        except Rejected as exc:
            if exc.says(
                "line must be part of the diff", "path is invalid", "could not be resolved"
            ):
                raise UserError(
                    "The change does not show one of the lines any more.", reason="bad_remark"
                ) from exc
            raise
        return read_id(answer)

    def _check_runs(
        self, access: Access, repository: Repository, commit_id: str
    ) -> Iterator[Mapping[str, Any]]:
        """The newest of each name. Their list lies inside an object."""
        where = repository_route(repository, "/commits/{sha}/check-runs", sha=commit_id)
        for page in range(1, _MOST_PAGES_OF_CHECKS + 1):
            params: Params = {"filter": "latest", "per_page": _PAGE, "page": page}
            answer = read_object(self._client.get(access, where, params, needs="checks: read"))
            runs = read_list(answer.get("check_runs"))
            yield from map(read_object, runs)
            if len(runs) < _PAGE:
                return

    def _failed(
        self, access: Access, repository: Repository, run: Mapping[str, Any], most_characters: int
    ) -> FailedCheck:
        output = read_object(run.get("output") or {})
        said = [str(output[part]) for part in ("title", "summary", "text") if output.get(part)]
        log = self._log(access, repository, run) or "\n\n".join(said)
        return FailedCheck(
            name=str(run.get("name") or ""),
            log=end_of_log(log, most_characters),
            url=str(run.get("html_url") or ""),
            annotations=self._annotations(access, repository, run, output),
        )

    def _log(self, access: Access, repository: Repository, run: Mapping[str, Any]) -> str:
        """What a job of Actions printed; nothing where it is none, or we may not read it.

        A job goes by the id of its check run:
        https://docs.github.com/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
        """
        if read_object(run.get("app") or {}).get("slug") != "github-actions":
            return ""
        where = repository_route(repository, "/actions/jobs/{job}/logs", job=read_id(run))
        try:
            return self._client.text(access, where, needs="actions: read")
        except UserError:
            # Logs are deleted after a while, and reading them is a permission of its own.
            return ""

    def _annotations(
        self,
        access: Access,
        repository: Repository,
        run: Mapping[str, Any],
        output: Mapping[str, Any],
    ) -> tuple[Annotation, ...]:
        if not output.get("annotations_count"):
            return ()
        where = repository_route(repository, "/check-runs/{id}/annotations", id=read_id(run))
        pages = self._client.pages(access, where, needs="checks: read")
        return tuple(
            Annotation(
                path=str(one.get("path") or ""),
                line=int(one.get("start_line") or 1),
                message=str(one.get("message") or ""),
                title=str(one.get("title") or ""),
            )
            for one in map(read_object, islice(pages, _MOST_ANNOTATIONS))
        )
