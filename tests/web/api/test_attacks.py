"""Somebody who wants in: what they try, and what they get."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from bot.core.identity import Permission
from bot.web import create_app
from bot.web.api import limits
from tests.web.api.server import Server

_FORM = re.compile(r'name="token" value="([0-9a-f]{64})"')
HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["reason"]


@pytest.fixture
def project(server: Server) -> str:
    """The address of a project of acme, which ann may write."""
    server.bot.do("/generate library name=orders path=orders")
    return f"/projects/{server.bot.run.project_id}"


@pytest.fixture
def browser(server: Server) -> FlaskClient:
    """Somebody who has signed in to the pages, as the operator."""
    server.bot.store.sign_ins.add("a-code", valid_s=60)
    client = server.app.test_client()
    assert client.get("/sign-in/a-code").status_code == 303
    return client


def write(server: Server, address: str, content: bytes, **more: Any) -> Any:
    return server.call("PUT", address, data=content, headers=more)


# Whose request it is.


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Firstcommit-Token": "0" * 64},
        {"X-Firstcommit-Token": "OWN", "Origin": "https://evil.example"},
        {"X-Firstcommit-Token": "OWN", "Origin": "null"},
        {"X-Firstcommit-Token": "OWN", "Sec-Fetch-Site": "cross-site"},
        {"X-Firstcommit-Token": "OWN", "Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_cookie_alone_changes_nothing(
    server: Server, browser: FlaskClient, project: str, method: str, headers: dict[str, str]
) -> None:
    own = _FORM.search(browser.get("/account").text)
    assert own is not None
    sent = {name: own[1] if value == "OWN" else value for name, value in headers.items()}
    address = "/runs/" + server.bot.run.id + "/cancel" if method == "POST" else project
    if method == "PUT":
        address += "/files/mine"
    answer = browser.open(f"/api/v1{address}", method=method, headers=sent, json={"name": "x"})
    assert reason(answer) == (403, "form_token")
    own_form = {"X-Firstcommit-Token": own[1], "Origin": "http://localhost"}
    mine = browser.patch(f"/api/v1{project}", headers=own_form, json={"name": "mine"})
    assert mine.status_code == 200


def test_a_wrong_token_is_nobody_also_beside_a_good_cookie(browser: FlaskClient) -> None:
    assert browser.get("/api/v1/me").status_code == 200
    answer = browser.get("/api/v1/me", headers={"Authorization": "Bearer wrong"})
    assert reason(answer) == (401, "bad_token")


@pytest.mark.parametrize(
    "shown",
    [
        "operator",
        "Basic operator",
        "Basic b3BlcmF0b3I6b3BlcmF0b3I=",
        "Bearer",
        "Bearer ",
        "Bearer operator operator",
        "Bearer operator, Bearer operator",
        "Bearer OPERATOR",
        "Token operator",
        "Bearer \xff\xfe",
    ],
)
def test_a_token_is_shown_as_a_bearers_and_in_no_other_way(server: Server, shown: str) -> None:
    client = server.app.test_client()
    answer = client.get("/api/v1/me", headers={"Authorization": shown})
    is_token = shown.startswith("Bearer ") and shown != "Bearer "
    assert reason(answer) == (401, "bad_token" if is_token else "no_identity")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/api/v1/me?access_token=operator", {}),
        ("/api/v1/me?token=operator", {}),
        ("/api/v1/me", {"X-Forwarded-User": "operator", "X-Forwarded-For": "127.0.0.1"}),
        ("/api/v1/me", {"X-Real-IP": "127.0.0.1", "X-Original-URL": "/healthz"}),
        ("/api/v1/me", {"Forwarded": "for=127.0.0.1;host=localhost"}),
        ("/api/v1//me", {}),
        ("/api/v1/ME", {}),
        ("/api//v1/me", {}),
        ("/api/v1/me/", {}),
        ("/api/v1/../../healthz", {}),
        ("/api/v1/projects/", {}),
        ("/api/", {}),
        ("/api", {}),
    ],
)
def test_nothing_but_a_token_or_a_session_is_an_identity(
    server: Server, address: str, headers: dict[str, str]
) -> None:
    answer = server.app.test_client().get(address, headers=headers)
    assert reason(answer) == (401, "no_identity")


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-Method-Override"])
def test_a_method_is_what_it_is(server: Server, project: str, override: str) -> None:
    answer = server.call("GET", project, headers={override: "DELETE"})
    assert answer.status_code == 200
    assert server.get(project).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::1", "", "a b"]
)
@pytest.mark.parametrize("by", [None, "ann"])
def test_a_server_answers_to_no_name_but_its_own(server: Server, host: str, by: str | None) -> None:
    answer = server.call("GET", "/projects", by=by, headers={"Host": host})
    assert reason(answer) == (421, "misdirected")


def test_guesses_are_counted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STRANGERS", 5)
    client = server.app.test_client()
    told = [
        client.get("/api/v1/me", headers={"Authorization": f"Bearer guess-{number}"})
        for number in range(8)
    ]
    assert [answer.status_code for answer in told] == [401] * 5 + [429] * 3
    assert int(told[-1].headers["Retry-After"]) > 0
    # Whoever has a token is not kept out by those who have none.
    assert server.get("/me").status_code == 200


def test_no_token_is_in_what_is_logged_or_answered(
    server: Server, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token = server.token("ann")
    for answer in (
        server.get("/me"),
        server.get("/nothing"),
        server.call("GET", f"{project}?token={token}"),
        server.call("DELETE", project, headers={"If-Match": token}),
        server.app.test_client().get(f"/api/v1/{token}"),
    ):
        assert token not in answer.get_data(as_text=True)
        assert token not in str(answer.headers)
    out = capsys.readouterr()
    assert token not in out.out + out.err


# What one may not see.


def test_the_right_content_is_no_key_to_a_hidden_file(server: Server, project: str) -> None:
    file = server.get(f"{project}/files").json["items"][0]
    address, etag = f"{project}/files/{file['path']}", f'"{file["content_hash"]}"'
    whole = server.get(project).headers["ETag"]
    for sent in ({"If-None-Match": etag}, {"If-None-Match": "*"}, {"If-Match": etag}):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            hidden = server.call(method, address, by="eve", headers=sent, data=b"")
            # A condition that is not heeded is refused before anything is looked for.
            unheeded = method == "DELETE" and "If-None-Match" in sent
            assert hidden.status_code == (422 if unheeded else 404)
    for sent in ({"If-None-Match": whole}, {"If-None-Match": "*"}):
        assert server.call("GET", project, by="eve", headers=sent).status_code == 404
    assert server.call("GET", address, headers={"If-None-Match": etag}).status_code == 304


def test_an_etag_of_a_list_does_not_tell_how_much_there_is(server: Server) -> None:
    for number in range(2):
        server.bot.do(f"/generate library name=o{number} path=o{number}")
    page = server.call("GET", "/projects?limit=1")
    shown, etag = page.json["items"], page.headers["ETag"].strip('"')
    for row in range(100):
        # Whoever sees the items could try all numbers that the last of them may have.
        for number in (row, str(row)):
            for told in (_compact([shown, number]), _compact(shown) + _compact(number)):
                assert not hashlib.sha256(told).hexdigest().startswith(etag)


def _compact(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("after", ["1", "x" * 400, "AAAA", "..", "=" * 44])
def test_a_place_in_a_list_is_only_what_the_list_itself_said(server: Server, after: str) -> None:
    assert reason(server.get("/projects", after=after)) == (404, "unknown_page")


def test_a_place_in_one_list_is_none_in_another(server: Server) -> None:
    for number in range(2):
        server.bot.do(f"/generate library name=o{number} path=o{number}")
    runs = server.get("/runs", limit=1).json["next"]
    projects = server.get("/projects", limit=1).json["next"]
    files = server.get(f"/projects/{server.bot.run.project_id}/files", limit=1).json["next"]
    assert reason(server.get("/projects", after=runs)) == (404, "unknown_page")
    assert reason(server.get("/runs", after=projects)) == (404, "unknown_page")
    assert reason(server.get("/projects", after=files)) == (404, "unknown_page")
    other = f"/projects/{server.bot.runs[0].project_id}/files"
    assert reason(server.get(other, after=files)) == (404, "unknown_page")
    # Somebody else's place in the same list is a place, and shows what one sees oneself.
    assert server.get("/projects", by="eve", after=projects).json["items"] == []


def test_a_key_is_its_owners(server: Server) -> None:
    wish = {"pack": "library", "answers": {"name": "orders"}}
    key = {"Idempotency-Key": "one"}
    mias = server.post("/projects", wish, by="mia", headers=key)
    olgas = server.post("/projects", {**wish, "answers": {"name": "other"}}, by="olga", headers=key)
    assert mias.status_code == olgas.status_code == 202
    assert mias.json["id"] != olgas.json["id"]
    again = server.post("/projects", wish, by="mia", headers=key)
    assert again.json["id"] == mias.json["id"]
    for secret in ("/tokens", "/hooks"):
        body = {"name": "t"} if secret == "/tokens" else {"url": "https://hooks.example/"}
        for who in ("mia", "olga"):
            assert server.post(secret, body, by=who, headers={"Idempotency-Key": "two"})


def test_a_key_shows_nothing_of_what_one_has_lost_the_right_to(server: Server) -> None:
    wish = {
        "pack": "library",
        "answers": {"name": "orders"},
        "into": {"repository": "github:acme/shop", "existing": True},
    }
    key = {"Idempotency-Key": "one"}
    made = server.post("/projects", wish, by="ann", headers=key)
    assert made.status_code == 202
    server.bot.forge.permissions["acme/shop", "ann"] = Permission.NONE
    server.app = create_app(server.bot.services)
    again = server.post("/projects", wish, by="ann", headers=key)
    assert again.status_code in (403, 404, 409)
    assert made.json["id"] not in again.get_data(as_text=True)


# Files.


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../x",
        "a/../../x",
        "%2e%2e/x",
        "a/%2e%2e/x",
        ".git/config",
        ".GIT/config",
        "a/.git/hooks/x",
        "a//b",
        "a/./b",
        "%2Fetc/passwd",
        "C:%5Cx",
        "a%5C..%5Cx",
        "a%0ab",
        "a%7fb",
        "README.MD",
        "x" * 300,
        "a/" * 2000 + "b",
        "a%E2%80%AEb",
    ],
)
def test_a_path_stays_in_its_project(server: Server, project: str, path: str) -> None:
    before = server.get(f"{project}/files").json
    answer = write(server, f"{project}/files/{path}", b"x")
    assert answer.status_code in (404, 405, 409, 414, 422), answer.json
    assert server.get(f"{project}/files").json == before
    read = server.call("GET", f"{project}/files/{path}")
    assert read.status_code in (404, 414, 422)


def test_slashes_may_be_encoded(server: Server, project: str) -> None:
    assert write(server, f"{project}/files/a%2Fb.txt", b"x").status_code == 201
    assert server.get(f"{project}/files/a/b.txt").data == b"x"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", HTML),
        ("page.svg", SVG),
        ("page.png", SVG),
        ("page.xml", b'<?xml version="1.0"?>' + SVG),
        ("page.js", b"alert(1)"),
        ("page.pdf", b"%PDF-1.4\n"),
        ("page.css", b"body{}"),
        ("page.swf", b"CWS\x06\0"),
        ("page", b"GIF89a=1;alert(1)//"),
        ("page.webp", b"RIFF....WEBPVP8 "),
        ("bom.html", b"\xff\xfe<\0s\0c\0r\0i\0p\0t\0>\0"),
    ],
)
def test_no_browser_runs_what_was_generated(
    server: Server, project: str, name: str, content: bytes
) -> None:
    assert write(server, f"{project}/files/{name}", content).status_code == 201
    answer = server.get(f"{project}/files/{name}")
    assert answer.data == content
    assert answer.content_type in (
        "text/plain; charset=utf-8",
        "image/gif",
        "image/webp",
        "application/octet-stream",
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    if answer.content_type == "application/octet-stream":
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_name_cannot_break_out_of_its_header(server: Server, project: str) -> None:
    name = 'a"; filename=evil.html; x="é.txt'
    assert write(server, f"{project}/files/{quote(name)}", b"x").status_code in (201, 422)
    answer = server.get(f"{project}/files/{quote(name)}")
    said = answer.headers.get("Content-Disposition", "")
    assert "evil.html;" not in said
    assert '"' not in said.replace('filename*="', "")


@pytest.mark.parametrize(
    ("asked", "status", "got"),
    [
        ("bytes=0-0", 206, b"0"),
        ("bytes=2-", 206, b"23456789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=0-999999999999999999999", 206, b"0123456789"),
        ("bytes=-999999999999999999999", 200, b"0123456789"),
        ("bytes=10-", 416, None),
        ("bytes=99999999999999999999-", 416, None),
        ("bytes=5-2", None, None),
        ("bytes=-0", None, None),
        ("bytes=a-b", None, None),
        ("lines=0-1", None, None),
        ("bytes=0-0,2-3", None, None),
        ("bytes=" + ",".join(["0-"] * 2_000), None, None),
        ("bytes=--1", None, None),
        ("bytes=١-٢", None, None),
    ],
)
def test_a_range_is_one_part_of_the_file_or_none(
    server: Server, project: str, asked: str, status: int | None, got: bytes | None
) -> None:
    write(server, f"{project}/files/ten", b"0123456789")
    sent = {"Range": asked.encode().decode("latin-1")}
    answer = server.call("GET", f"{project}/files/ten", headers=sent)
    if status is None:
        assert answer.status_code in (200, 416)
        assert answer.status_code == 416 or answer.data == b"0123456789"
    else:
        assert answer.status_code == status
    if got is not None:
        assert answer.data == got
    if answer.status_code == 416:
        assert answer.json["reason"] == "range_not_satisfiable"


def test_a_range_of_an_older_file_is_the_whole_of_the_new_one(server: Server, project: str) -> None:
    write(server, f"{project}/files/ten", b"0123456789")
    sent = {"Range": "bytes=0-1", "If-Range": '"' + "0" * 64 + '"'}
    assert server.call("GET", f"{project}/files/ten", headers=sent).data == b"0123456789"


def test_bodies_have_their_sizes(server: Server, project: str) -> None:
    large = server.call("PUT", f"{project}/files/large", data=b"x" * 3_000_000)
    assert large.status_code == 413
    text = b'{"name": "' + b"x" * 3_000_000 + b'"}'
    more = server.call("POST", "/tokens", data=text, content_type="application/json")
    assert more.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "a/b;c"])
def test_what_says_that_it_is_no_json_is_not_read_as_json(server: Server, kind: str) -> None:
    answer = server.call("POST", "/tokens", data=b'{"name": "t"}', content_type=kind)
    assert reason(answer) == (415, "not_json")
