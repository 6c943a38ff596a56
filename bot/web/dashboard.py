"""The pages, put together; ``/`` is the newest conversation, or the newest runs."""

from __future__ import annotations

from flask import Blueprint, Flask, Response

from bot.web import account, answers, oauth, repositories, runs, sign_in, threads
from bot.web.markdown import inline
from bot.web.site import Assets, Site
from bot.web.thread_page import new_thread, thread_page


def register(app: Flask, site: Site) -> None:
    """Add every page to ``app``."""
    assets: Assets = app.extensions[Assets.__name__]
    app.jinja_env.globals["asset"] = assets.address
    app.jinja_env.filters["inline"] = inline
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for pages in (sign_in, oauth, account, threads, repositories, runs):
        app.register_blueprint(pages.blueprint(site))
    app.register_blueprint(_home(site))


def _home(site: Site) -> Blueprint:
    pages = site.blueprint("home", for_everybody=True)

    @pages.get("/")
    def home() -> Response:
        if site.session is not None and not site.session.is_operator:
            return answers.go_to("/account")
        people = site.people
        if people is None:
            return runs.runs_page(site, is_home=True)
        newest = people.threads(limit=1)
        if not newest:
            return new_thread(site)
        return thread_page(site, newest[0])

    return pages
