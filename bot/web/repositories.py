"""The repositories of the local forge: their files, their history, how to clone them."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from bot.web.repository_view import repository_view
from bot.web.site import Site


def blueprint(site: Site) -> Blueprint:
    """``/repositories`` and ``/repositories/OWNER/NAME?ref=…&path=…``."""
    pages = site.blueprint("repositories")

    @pages.get("/repositories")
    def all_of_them() -> Response:
        return site.page("repositories.html", repositories=site.local_people().list_repositories())

    @pages.get("/repositories/<owner>/<name>")
    def one(owner: str, name: str) -> Response:
        people = site.local_people()
        full_name = f"{owner}/{name}".lower()
        found = [
            repository
            for repository in people.list_repositories()
            if repository.full_name.lower() == full_name
        ]
        if not found:
            abort(404)
        path = request.args.get("path", "").strip("/")
        view = repository_view(people, found[0], ref=request.args.get("ref", ""), path=path)
        if view is None:
            abort(404)
        threads = people.threads(found[0], limit=20)
        status = 404 if view.is_missing else 200
        return site.page("repository.html", status, view=view, threads=threads)

    return pages
