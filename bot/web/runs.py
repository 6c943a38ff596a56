"""Runs: the list of all, and one with its steps and everything that happened in it."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Blueprint, Response, abort, redirect
from werkzeug.wrappers import Response as ResponseValue

from bot.proofs import proof_of
from bot.store.port import RunFilter
from bot.web.cost_view import cost_view
from bot.web.run_lines import line_view
from bot.web.run_view import event_views, run_view
from bot.web.site import IDLE_MS, LIVE_MS, Site

SHOWN = 50
_SHORT_ID = re.compile(r"[0-9a-f]{6,32}")


def blueprint(site: Site) -> Blueprint:
    """``/runs`` and ``/runs/ID``."""
    pages = site.blueprint("runs")

    @pages.get("/runs")
    def all_of_them() -> Response:
        return runs_page(site)

    @pages.get("/runs/<uuid:run_id>")
    def one(run_id: UUID) -> Response:
        runs = site.services.store.runs
        run = runs.get(str(run_id))
        if run is None:
            abort(404)
        events = runs.events(run.id)
        return site.page(
            "run.html",
            run=run_view(run, site.services.clock(), events),
            events=event_views(events),
            proof=proof_of(site.services, run),
            cost=cost_view(site.services, run),
            questions=site.services.store.questions.of_run(run.id),
            every_ms=IDLE_MS if run.status.is_final else LIVE_MS,
            busy=not run.status.is_final,
        )

    @pages.get("/runs/<string:beginning>")
    def named(beginning: str) -> ResponseValue:
        """The short id, as threads and the console give it."""
        digits = beginning.lower().replace("-", "")
        if not _SHORT_ID.fullmatch(digits):
            abort(404)
        found = site.services.store.runs.named(digits)
        if len(found) != 1:
            abort(404)
        return redirect(f"/runs/{found[0].id}")

    return pages


def runs_page(site: Site, *, is_home: bool = False) -> Response:
    """The newest runs."""
    now = site.services.clock()
    found = site.services.store.runs.lines(RunFilter(homes=None), limit=SHOWN)
    runs = [line_view(line, now) for line in found.items]
    busy = any(not run.is_final for run in runs)
    return site.page(
        "runs.html",
        runs=runs,
        is_home=is_home,
        busy=busy,
        every_ms=LIVE_MS if busy else IDLE_MS,
        github=site.services.settings.github_configured,
    )
