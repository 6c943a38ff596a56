"""Archives of projects over the API: asked for, watched, and downloaded."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from tests.web.api.server import Server
from tests.web.api.test_projects import ORDERS, make, reason


def export(server: Server, project: str, kind: str = "zip", *, by: str | None = "mia") -> Any:
    """An archive that was asked for and made."""
    asked = server.post(f"/projects/{project}/exports", {"type": kind}, by=by)
    assert asked.status_code == 202, asked.json
    assert asked.json["status"] == "pending"
    server.bot.drain()
    return server.get(f"/exports/{asked.json['id']}", by=by).json


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_an_archive_holds_the_files_of_the_project(server: Server, kind: str) -> None:
    project = make(server)["id"]
    made = export(server, project, kind)
    assert made["status"] == "completed", made
    archive = server.get(f"/exports/{made['id']}/download", by="mia")
    assert len(archive.data) == made["archive_size"] == int(archive.headers["Content-Length"])
    assert hashlib.sha256(archive.data).hexdigest() == made["archive_hash"]
    listed = server.get(f"/projects/{project}/files", by="mia").json["items"]
    assert _names(archive.data, kind) == {f"orders/{file['path']}" for file in listed}


def test_the_same_files_give_the_same_bytes(server: Server) -> None:
    project = make(server)["id"]
    first, second = export(server, project), export(server, project)
    assert first["id"] != second["id"]
    assert first["archive_hash"] == second["archive_hash"]
    newest = server.get(f"/projects/{project}/exports", by="mia", limit=1).json
    assert [one["id"] for one in newest["items"]] == [second["id"]]
    more = server.get(f"/projects/{project}/exports", by="mia", after=newest["next"]).json
    assert [one["id"] for one in more["items"]] == [first["id"]]


def test_a_link_downloads_for_a_quarter_of_an_hour(server: Server) -> None:
    made = export(server, make(server)["id"])
    client = server.app.test_client()
    link = made["download_url"]
    assert client.get(link).status_code == 200
    for wrong in (link[:-1], link.replace("expires=1", "expires=2"), f"{link}0"):
        assert client.get(wrong).status_code in (403, 422)
    bare = client.get(f"/api/v1/exports/{made['id']}/download")
    assert bare.status_code == 401
    server.bot.clock.now += timedelta(minutes=15, seconds=1)
    assert (client.get(link).status_code, client.get(link).get_json()["reason"]) == (
        403,
        "link_ended",
    )


def test_a_link_is_of_one_export_alone(server: Server) -> None:
    project = make(server)["id"]
    mine, other = export(server, project), export(server, project, "tar")
    forged = mine["download_url"].replace(mine["id"], other["id"])
    assert server.app.test_client().get(forged).status_code == 403


def test_whoever_may_not_see_the_project_sees_no_export(server: Server) -> None:
    made = export(server, make(server)["id"])
    for address in (f"/exports/{made['id']}", f"/exports/{made['id']}/download"):
        assert reason(server.get(address, by="olga")) == (404, "unknown_export")


def test_an_archive_of_a_repositorys_project_is_for_its_readers(server: Server) -> None:
    into = {"repository": "github:acme/shop", "existing": True}
    project = make(server, {**ORDERS, "into": into}, by="ann")["id"]
    asked = {"type": "zip"}
    refused = server.post(f"/projects/{project}/exports", asked, by="rita")
    assert reason(refused) == (403, "no_write")
    made = export(server, project, by="pia")
    assert made["status"] == "completed", made
    assert server.get(f"/exports/{made['id']}/download", by="rita").status_code == 200
    run = server.get(f"/runs/{made['run_id']}", by="rita").json
    assert (run["workflow"], run["status"]) == ("export", "completed")


def test_the_operator_exports_what_others_have_made(server: Server) -> None:
    own = make(server)["id"]
    assert export(server, own, by=None)["status"] == "completed"
    into = {"repository": "github:acme/shop", "existing": True}
    theirs = make(server, {**ORDERS, "into": into}, by="ann")["id"]
    made = export(server, theirs, by=None)
    assert made["status"] == "completed", made
    assert server.get(f"/exports/{made['id']}", by="rita").status_code == 200


def test_an_archive_has_a_folder_of_ones_own_choice(server: Server) -> None:
    project = make(server)["id"]
    body = {"type": "zip", "config": {"folder": "chosen"}}
    asked = server.post(f"/projects/{project}/exports", body, by="mia").json
    server.bot.drain()
    archive = server.get(f"/exports/{asked['id']}/download", by="mia")
    assert {name.partition("/")[0] for name in _names(archive.data, "zip")} == {"chosen"}
    for config in ({"folder": "../x"}, {"more": 1}, {"folder": 1}):
        wrong = {"type": "zip", "config": config}
        assert server.post(f"/projects/{project}/exports", wrong, by="mia").status_code == 422


def test_what_is_not_ready_is_not_downloaded(server: Server) -> None:
    project = server.post("/projects", ORDERS, by="mia").json["id"]
    early = server.post(f"/projects/{project}/exports", {"type": "zip"}, by="mia")
    assert reason(early) == (409, "not_ready")
    server.bot.drain()
    asked = server.post(f"/projects/{project}/exports", {"type": "zip"}, by="mia").json
    assert asked["download_url"] is None
    waiting = server.get(f"/exports/{asked['id']}/download", by="mia")
    assert reason(waiting) == (409, "export_not_ready")


def test_a_project_that_goes_while_it_is_asked_for_is_not_found(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(server)["id"]
    exports, request = server.bot.store.exports, server.bot.store.exports.request

    # Nothing but a call in between can be that quick.
    def after_it_went(*given: Any, **more: Any) -> Any:
        server.bot.store.projects.drop(project)
        return request(*given, **more)

    monkeypatch.setattr(exports, "request", after_it_went)
    refused = server.post(f"/projects/{project}/exports", {"type": "zip"}, by="mia")
    assert reason(refused) == (404, "unknown_project")
    server.bot.drain()
    assert server.bot.run.status == "failed"


def _names(data: bytes, kind: str) -> set[str]:
    if kind == "zip":
        return {name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if name[-1] != "/"}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name for member in archive.getmembers() if member.isfile()}
