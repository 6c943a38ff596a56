"""The conversations of the local forge: reading them, and writing the next command."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from bot.core.identity import Thread
from bot.core.pages import ThreadSummary
from bot.errors import UserError
from bot.web import answers
from bot.web.composing import Composer
from bot.web.run_view import thread_address
from bot.web.site import Site
from bot.web.thread_page import new_thread, thread_page
from bot.web.thread_view import thread_links

#: What a database still takes for a number.
MOST = 2_147_483_647
FIELDS = ("repository", "title", "text")


def blueprint(site: Site) -> Blueprint:
    """``/threads`` and what lies below it; all of it is absent where the local forge is off."""
    views = _Views(site)
    pages = site.blueprint("threads")
    pages.get("/threads")(views.list)
    pages.post("/threads")(views.open)
    pages.get("/threads/new")(views.new)
    pages.get(f"/threads/<owner>/<name>/<int(max={MOST}):number>")(views.show)
    pages.post(f"/threads/<owner>/<name>/<int(max={MOST}):number>")(views.say)
    pages.post(f"/threads/<owner>/<name>/<int(max={MOST}):number>/deliveries")(views.deliver)
    return pages


class _Views:
    def __init__(self, site: Site) -> None:
        self._site = site

    def list(self) -> Response:
        threads = self._site.local_people().threads(limit=200)
        links = thread_links(threads, self._site.services.store.runs)
        return self._site.page("threads.html", threads=links)

    def new(self) -> Response:
        return new_thread(self._site, text=request.args.get("text", ""))

    def open(self) -> Response:
        composer = self._composer()
        given = {name: request.form.get(name, "") for name in FIELDS}
        try:
            thread = composer.open(given["repository"], given["title"], given["text"])
        except UserError as exc:
            return new_thread(self._site, status=400, problem=exc, **given)
        undelivered = "" if composer.deliver_thread(thread) else "?undelivered=opening#write"
        return answers.go_to(thread_address(thread) + undelivered)

    def show(self, owner: str, name: str, number: int) -> Response:
        return thread_page(self._site, self._summary(owner, name, number))

    def say(self, owner: str, name: str, number: int) -> Response:
        summary = self._summary(owner, name, number)
        text = request.form.get("text", "")
        composer = self._composer()
        try:
            comment = composer.say(summary.thread, text)
        except UserError as exc:
            return thread_page(self._site, summary, status=400, problem=exc, text=text)
        address = thread_address(summary.thread)
        if not composer.deliver_comment(summary.thread, comment):
            return answers.go_to(f"{address}?undelivered={comment.id}#write")
        return answers.go_to(f"{address}#comment-{comment.id}")

    def deliver(self, owner: str, name: str, number: int) -> Response:
        thread = self._summary(owner, name, number).thread
        which = request.form.get("comment", "")
        address = thread_address(thread)
        if self._delivered_again(thread, which):
            return answers.go_to(address)
        return answers.go_to(f"{address}?undelivered={which}#write")

    def _delivered_again(self, thread: Thread, which: str) -> bool:
        composer = self._composer()
        if which == "opening":
            return composer.deliver_thread(thread)
        comment = composer.comment(thread, which) if which.isdecimal() else None
        if comment is None:
            abort(404)
        return composer.deliver_comment(thread, comment)

    def _composer(self) -> Composer:
        site = self._site
        return Composer(services=site.services, people=site.local_people(), door=site.door)

    def _summary(self, owner: str, name: str, number: int) -> ThreadSummary:
        found = self._site.local_people().thread(f"{owner}/{name}", number)
        if found is None:
            abort(404)
        return found
