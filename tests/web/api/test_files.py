"""The files of a project over the API: looked at, read in parts, written and taken away."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from bot.store.port import EventKind
from tests.hostile_paths import REFUSED
from tests.web.api.server import Server
from tests.web.api.test_projects import make, reason

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def project(server: Server) -> str:
    return str(make(server)["id"])


def put(server: Server, project: str, path: str, content: bytes = b"x\n", **headers: str) -> Any:
    address = f"/projects/{project}/files/{path}"
    return server.call("PUT", address, by="mia", data=content, headers=headers)


def etag(server: Server, project: str, path: str) -> str:
    return server.get(f"/projects/{project}/files/{path}", by="mia").headers["ETag"]


def paths(server: Server, project: str, **query: Any) -> list[str]:
    found = server.get(f"/projects/{project}/files", by="mia", **query).json
    return [file["path"] for file in found["items"]]


def test_files_are_listed_by_path_and_type_in_pages(server: Server, project: str) -> None:
    for path in ("docs/a.md", "docs/b.md", "docs/B.md.txt", "docs-2/c.md", "zz/ü.txt"):
        assert put(server, project, path).status_code == 201
    assert paths(server, project, path="docs/") == ["docs/B.md.txt", "docs/a.md", "docs/b.md"]
    assert paths(server, project, path="docs/a.md") == ["docs/a.md"]
    assert paths(server, project, path="zz/ü") == ["zz/ü.txt"]
    assert paths(server, project, path="docs-2", type="text/*") == ["docs-2/c.md"]
    assert paths(server, project, type="image/*") == ["assets/logo.png"]
    every, after = [], ""
    while True:
        page = server.get(f"/projects/{project}/files", by="mia", limit=2, after=after).json
        every += [file["path"] for file in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert every == sorted(paths(server, project, limit=1000), key=str.encode)


def test_a_folder_shows_what_lies_in_it_with_sums(server: Server, project: str) -> None:
    put(server, project, "docs/a.md", b"12345")
    put(server, project, "docs/more/b.md", b"123")
    root = server.get(f"/projects/{project}/tree", by="mia").json
    (docs,) = [folder for folder in root["folders"] if folder["name"] == "docs"]
    assert (docs["files"], docs["size"], docs["path"]) == (2, 8, "docs")
    inner = server.get(f"/projects/{project}/tree", by="mia", path="docs/").json
    assert [file["path"] for file in inner["files"]] == ["docs/a.md"]
    assert [folder["path"] for folder in inner["folders"]] == ["docs/more"]
    for path, expected in (
        ("doc", (404, "unknown_folder")),
        ("docs/a.md", (404, "unknown_folder")),
        ("../..", (422, "bad_path")),
    ):
        told = server.get(f"/projects/{project}/tree", by="mia", path=path)
        assert reason(told) == expected, path


def test_nothing_is_served_as_what_a_browser_would_run(server: Server, project: str) -> None:
    page = b"<script>alert(1)</script>"
    for path, content, kind in (
        ("page.html", page, "text/plain"),
        ("drawing.svg", b"<svg onload='alert(1)'/>", "text/plain"),
        ("a.png", PNG, "image/png"),
        ("b.png", page, "text/plain"),
        ("c.html", PNG, "image/png"),
        ("d.js", b"\0" + page, "application/octet-stream"),
        ("e.pdf", b"%PDF-1.4 \xff", "application/octet-stream"),
    ):
        put(server, project, path, content)
        read = server.get(f"/projects/{project}/files/{path}", by="mia")
        assert (read.mimetype, read.data) == (kind, content), path
        assert read.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in read.headers["Content-Security-Policy"]


def test_a_range_of_a_file_is_read(server: Server, project: str) -> None:
    put(server, project, "ten.txt", b"0123456789")
    address = f"/projects/{project}/files/ten.txt"

    def ranged(value: str, **more: str) -> Any:
        return server.call("GET", address, by="mia", headers={"Range": value, **more})

    part = ranged("bytes=2-4")
    assert (part.status_code, part.data) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    assert ranged("bytes=-3").data == b"789"
    beyond = ranged("bytes=10-")
    assert reason(beyond) == (416, "range_not_satisfiable")
    assert beyond.headers["Content-Range"] == "bytes */10"
    assert reason(ranged("bytes=x")) == (416, "range_not_satisfiable")
    several = ranged("bytes=0-1,3-4")
    assert (several.status_code, several.data) == (200, b"0123456789")
    assert ranged("bytes=0-1", **{"If-Range": '"other"'}).data == b"0123456789"
    assert ranged("lines=1-2").data == b"0123456789"


def test_a_file_is_replaced_by_whoever_names_what_they_saw(server: Server, project: str) -> None:
    assert put(server, project, "a.txt", b"one").status_code == 201
    seen = etag(server, project, "a.txt")
    assert reason(put(server, project, "a.txt", b"two")) == (428, "precondition_required")
    told = put(server, project, "a.txt", b"two", **{"If-Match": seen})
    assert (told.status_code, told.json["origin"]) == (200, "person")
    assert told.headers["ETag"] == etag(server, project, "a.txt") != seen
    late = put(server, project, "a.txt", b"three", **{"If-Match": seen})
    assert reason(late) == (412, "precondition_failed")
    new = put(server, project, "a.txt", b"three", **{"If-None-Match": "*"})
    assert reason(new) == (412, "precondition_failed")
    assert server.get(f"/projects/{project}/files/a.txt", by="mia").data == b"two"
    known = {"If-None-Match": told.headers["ETag"]}
    again = server.call("GET", f"/projects/{project}/files/a.txt", by="mia", headers=known)
    assert (again.status_code, again.data) == (304, b"")


def test_a_file_is_taken_away_by_whoever_names_what_they_saw(server: Server, project: str) -> None:
    put(server, project, "a.txt")
    address = f"/projects/{project}/files/a.txt"
    assert reason(server.call("DELETE", address, by="mia")) == (428, "precondition_required")
    wrong = {"If-Match": '"' + "0" * 64 + '"'}
    refused = server.call("DELETE", address, by="mia", headers=wrong)
    assert reason(refused) == (412, "precondition_failed")
    right = {"If-Match": etag(server, project, "a.txt")}
    assert server.call("DELETE", address, by="mia", headers=right).status_code == 204
    gone = server.call("DELETE", address, by="mia", headers=right)
    assert reason(gone) == (404, "unknown_file")


def test_conditions_hold_as_http_has_them(server: Server, project: str) -> None:
    put(server, project, "a.txt", b"one")
    seen = etag(server, project, "a.txt")
    for refused, said in (
        ({"If-Match": f"W/{seen}"}, "last saw"),
        ({"If-Match": '"*"'}, "last saw"),
        ({"If-Match": ""}, "last saw"),
        ({"If-None-Match": "*"}, "is there already"),
    ):
        told = put(server, project, "a.txt", b"two", **refused)
        assert reason(told) == (412, "precondition_failed"), refused
        assert said in told.json["detail"]
    for several in (
        {"If-None-Match": seen},
        {"If-Match": seen, "If-None-Match": "*"},
        {"If-Unmodified-Since": "Sat, 01 Jan 2028 00:00:00 GMT"},
    ):
        told = put(server, project, "a.txt", b"two", **several)
        assert reason(told) == (422, "does_not_fit"), several
        assert told.json["errors"][0]["at"].startswith("header.If-")
    nothing = put(server, project, "b.txt", b"two", **{"If-Match": "*"})
    assert reason(nothing) == (412, "precondition_failed")
    assert "If-None-Match" in nothing.json["remedy"]
    one_of = {"If-Match": f'"zz", {seen}'}
    assert put(server, project, "a.txt", b"two", **one_of).status_code == 200
    assert put(server, project, "a.txt", b"three", **{"If-Match": "*"}).status_code == 200
    address = f"/projects/{project}/files/a.txt"
    gone = server.call("DELETE", address, by="mia", headers={"If-Match": "*"})
    assert gone.status_code == 204


@pytest.mark.parametrize(
    "path",
    [
        "../a",
        "a/../b",
        "a//b",
        "/etc/passwd",
        ".git/config",
        "a/.GIT./config",
        "con.txt",
        "a\\b",
        "C:/a",
        "a/",
        "a\nb",
        "~/x",
        "x" * 300,
    ],
)
def test_no_path_leads_astray(server: Server, project: str, path: str) -> None:
    before = paths(server, project)
    refused = put(server, project, path.replace("%", "%25").replace("\n", "%0a"))
    assert refused.status_code in (404, 405, 422), refused.json
    assert paths(server, project) == before


def test_two_names_that_are_one_file_elsewhere_are_refused(server: Server, project: str) -> None:
    put(server, project, "docs/Read.md")
    for path in ("docs/read.md", "DOCS/other.md", "docs/Read.md/x", "docs"):
        assert reason(put(server, project, path)) == (422, "bad_path")


def test_executable_files_stay_so(server: Server, project: str) -> None:
    put(server, project, "run.sh?executable=true", b"#!/bin/sh\n")
    changed = put(
        server,
        project,
        "run.sh",
        b"#!/bin/sh\n:\n",
        **{"If-Match": etag(server, project, "run.sh")},
    )
    assert changed.json["mode"] == "100755"
    plain = {"If-Match": etag(server, project, "run.sh")}
    assert put(server, project, "run.sh?executable=false", b"", **plain).json["mode"] == "100644"


def test_limits_hold_for_what_is_written_by_hand(server: Server, project: str) -> None:
    limits = server.bot.services.settings.replace(max_file_bytes=1000)
    server.bot.change(settings=limits)
    small = Server(server.bot)
    refused = put(small, project, "big.bin", b"x" * 1001)
    assert reason(refused) == (413, "too_large")
    assert put(small, project, "fits.bin", b"x" * 1000).status_code == 201


def test_each_edit_is_a_snapshot_and_is_told(server: Server, project: str) -> None:
    before = server.get(f"/projects/{project}", by="mia").json
    put(server, project, "a.txt", b"one")
    right = {"If-Match": etag(server, project, "a.txt")}
    put(server, project, "a.txt", b"one", **right)
    after = server.get(f"/projects/{project}", by="mia").json
    assert after["snapshot"] == before["snapshot"] + 1
    assert after["total_files"] == before["total_files"] + 1
    events = server.get(f"/runs/{after['run_id']}/events", by="mia").json["items"]
    (told,) = [event for event in events if event["kind"] == EventKind.FILE_WRITTEN]
    assert (told["data"]["path"], told["data"]["size"]) == ("a.txt", 3)


def test_a_plan_lapses_when_its_files_are_changed(server: Server) -> None:
    body = {
        "pack": "library",
        "answers": {"name": "orders"},
        "into": "github:acme/orders",
        "plan": True,
    }
    made = make(server, body, by="olga")
    address = f"/projects/{made['id']}/files/more.txt"
    assert server.call("PUT", address, by="olga", data=b"more").status_code == 201
    server.bot.drain()
    run = server.get(f"/runs/{made['run_id']}", by="olga").json
    assert run["plans"][0]["status"] == "lapsed"
    assert run["status"] == "failed"
    assert "changed by hand" in run["failure"]["message"]
    assert server.bot.repository("acme/orders") is None


def test_a_plan_of_files_that_were_changed_is_made_anew_and_published(server: Server) -> None:
    body = {
        "pack": "library",
        "answers": {"name": "orders"},
        "into": "github:acme/orders",
        "plan": True,
    }
    made = make(server, body, by="olga")
    address = f"/projects/{made['id']}/files/more.txt"
    server.call("PUT", address, by="olga", data=b"more")
    server.bot.drain()
    server.post(f"/runs/{made['run_id']}/retry", by="olga")
    server.bot.drain()
    plans = server.get(f"/runs/{made['run_id']}", by="olga").json["plans"]
    (plan,) = [plan for plan in plans if plan["status"] == "pending"]
    told = server.post(f"/runs/{made['run_id']}/approve", {"digest": plan["digest"]}, by="olga")
    assert told.status_code == 200, told.json
    assert (told.json["reason"], told.json["run"]["waiting_for"]) == ("approved", None)
    server.bot.drain()
    assert server.get(f"/runs/{made['run_id']}", by="olga").json["status"] == "completed"
    assert server.bot.files("acme/orders")["more.txt"] == b"more"


def test_the_run_of_a_project_that_is_gone_is_not_taken_up_again(
    server: Server, project: str
) -> None:
    run = server.get(f"/projects/{project}", by="mia").json["run_id"]
    put(server, project, "mine.txt")
    again = server.post(f"/runs/{run}/retry", {"step": "files"}, by="mia")
    assert (again.status_code, again.json["reason"]) == (409, "edited_by_hand")
    assert server.call("DELETE", f"/projects/{project}", by="mia").status_code == 204
    again = server.post(f"/runs/{run}/retry", {"step": "files"}, by="mia")
    assert (again.status_code, again.json["reason"]) == (409, "project_gone")


def test_no_hostile_path_is_written(server: Server, project: str) -> None:
    before = paths(server, project, limit=1000)
    for path, _ in REFUSED:
        if path and len(path) < 5_000 and path.isprintable():
            answered = put(server, project, quote(path, safe="/"))
            assert answered.status_code in (308, 400, 404, 405, 409, 413, 422), path
    # Bytes that are no text, and what is decoded a second time.
    for path in ("%ff%fe", "%c0%ae%c0%ae/x", "..%2fx", "%252e%252e%252fx", "a%00b", "%2Egit/x"):
        assert put(server, project, path).status_code in (308, 400, 404, 422), path
    assert paths(server, project, limit=1000) == before
