"""The page of one thread, and the form that opens one, with all that they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, request

from bot.core.identity import Thread, ThreadKind
from bot.core.pages import ThreadSummary
from bot.core.plans import SHOWN_DIGITS
from bot.errors import UserError
from bot.services import People
from bot.web.repository_view import RepositoryView, repository_view
from bot.web.run_view import Result, RunView, run_view, thread_address
from bot.web.site import IDLE_MS, LIVE_MS, Site
from bot.web.thread_view import expects_answer, post_views

FIRST_REPOSITORY = "demo/ideas"
NAMES = ("orders", "invoices", "parcels", "tickets", "meters", "recipes", "signals", "ledgers")


def thread_page(
    site: Site,
    summary: ThreadSummary,
    *,
    status: int = 200,
    problem: UserError | None = None,
    text: str = "",
) -> Response:
    """One thread: the conversation, its runs, and what the newest that made something has made."""
    now, people = site.services.clock(), site.local_people()
    posts = people.timeline(summary.thread)
    runs = _runs(site, summary.thread)
    busy = expects_answer(posts, runs, now)
    return site.page(
        "thread.html",
        status,
        summary=summary,
        address=thread_address(summary.thread),
        posts=post_views(posts),
        runs=runs,
        run=runs[0] if runs else None,
        made=_made(people, runs) or _proposed(people, summary.thread),
        busy=busy,
        every_ms=LIVE_MS if busy else IDLE_MS,
        suggestions=(*_answers_to_plan(site, summary.thread), *suggestions(site, people)),
        problem=problem,
        text=text,
        undelivered=_undelivered(request.args),
    )


def new_thread(
    site: Site,
    *,
    status: int = 200,
    problem: UserError | None = None,
    repository: str = "",
    title: str = "",
    text: str = "",
) -> Response:
    """The form that opens a thread, filled in so that sending it does something useful."""
    people = site.local_people()
    newest = people.threads(limit=1)
    place = newest[0].thread.repository.full_name if newest else FIRST_REPOSITORY
    offered = suggestions(site, people)
    return site.page(
        "new_thread.html",
        status,
        is_first=not newest,
        repository=repository or place,
        title=title,
        text=text or ("" if problem else offered[0]),
        suggestions=offered,
        problem=problem,
    )


def suggestions(site: Site, people: People) -> tuple[str, ...]:
    """Commands that would work as they stand."""
    taken = {repository.name for repository in people.list_repositories()}
    free = [name for name in NAMES if name not in taken]
    name = free[0] if free else f"project-{len(taken) + 1}"
    ours = site.services.settings.name
    return (
        f"/generate python-package name={name} into=demo/{name}",
        f"@{ours} templates",
        f"@{ours} help",
    )


def _answers_to_plan(site: Site, thread: Thread) -> tuple[str, ...]:
    """What can be said to the plan that waits in a thread, if one does."""
    plan = site.services.store.plans.pending(thread)
    if plan is None:
        return ()
    return (f"/approve {plan.digest[:SHOWN_DIGITS]}", "/reject -- ")


def _runs(site: Site, thread: Thread) -> list[RunView]:
    now, kept = site.services.clock(), site.services.store.runs
    return [
        run_view(run, now, () if run.status.is_final else kept.events(run.id))
        for run in kept.in_thread(thread)
    ]


def _made(people: People, runs: Sequence[RunView]) -> tuple[Result, RepositoryView | None] | None:
    for run in runs:
        if run.result is not None:
            result = run.result
            view = (
                repository_view(people, result.repository, ref=result.branch)
                if result.is_local
                else None
            )
            return result, view
    return None


def _proposed(people: People, thread: Thread) -> tuple[Result, RepositoryView | None] | None:
    """What a change holds, in its own thread."""
    if thread.kind is not ThreadKind.CHANGE:
        return None
    repository = thread.repository
    for change in people.changes(repository):
        if change.number == thread.number:
            result = Result(repository=repository, branch=change.branch)
            return result, repository_view(people, repository, ref=change.branch)
    return None


def _undelivered(query: Mapping[str, str]) -> str:
    given = query.get("undelivered", "")
    return given if given == "opening" or given.isdecimal() else ""
