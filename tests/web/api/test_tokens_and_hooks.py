"""Tokens and hooks over the API: each shown once, and only to whom they belong."""

from __future__ import annotations

from typing import Any

from bot.core.access_scopes import Scope
from tests.web.api.server import Server
from tests.web.api.test_projects import make, reason

SOMEWHERE = {"url": "https://hooks.example.com/in?key=1"}


def bearer(server: Server, token: str, method: str, address: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return server.app.test_client().open(
        f"/api/v1{address}", method=method, headers=headers, **more
    )


def test_a_token_is_shown_once_and_works_until_it_is_revoked(server: Server) -> None:
    made = server.post("/tokens", {"name": "ci", "scopes": ["read"]}, by="mia")
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert made.headers["Location"] == f"/api/v1/tokens/{made.json['id']}"
    token = made.json["token"]
    me = bearer(server, token, "GET", "/me").get_json()
    assert me["accounts"] == [{"forge": "github", "login": "mia"}]
    listed = server.get("/tokens", by="mia").json["items"]
    assert made.json["id"] in {one["id"] for one in listed}
    assert not any("token" in one for one in listed)
    assert reason(server.call("DELETE", f"/tokens/{made.json['id']}", by="olga")) == (
        404,
        "unknown_token",
    )
    revoked = server.call("DELETE", f"/tokens/{made.json['id']}", by="mia")
    assert revoked.status_code == 204
    assert "Content-Type" not in revoked.headers
    for wrong in (token, "fc_nothing"):
        refused = bearer(server, wrong, "GET", "/me")
        assert reason(refused) == (401, "bad_token")
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    missing = server.app.test_client().get("/api/v1/me")
    assert reason(missing) == (401, "no_identity")
    assert "error" not in missing.headers["WWW-Authenticate"]


def test_a_token_makes_none_that_can_do_more(server: Server) -> None:
    body = {"name": "ci", "scopes": ["read", "tokens"], "days": 10}
    token = server.post("/tokens", body, by="mia").json["token"]
    for more in (
        {"name": "x", "scopes": ["write"]},
        {"name": "x", "scopes": ["read"], "days": 11},
        {"name": "x", "scopes": ["operate"]},
    ):
        refused = bearer(server, token, "POST", "/tokens", json=more)
        assert refused.status_code == 403, refused.get_json()
    fits = bearer(server, token, "POST", "/tokens", json={"name": "x", "scopes": ["read"]})
    assert fits.status_code == 201
    assert (
        fits.get_json()["expires_at"]
        <= server.get("/tokens", by="mia").json["items"][1]["expires_at"]
    )


def test_a_scope_that_is_missing_is_named(server: Server) -> None:
    only = frozenset({Scope.READ})
    refused = server.call("POST", "/projects", by="mia", scopes=only, json={"pack": "library"})
    assert reason(refused) == (403, "scope_missing")
    assert "write" in refused.json["detail"]


def test_the_same_key_makes_no_second_token(server: Server) -> None:
    key = {"Idempotency-Key": "once"}
    body = {"name": "ci"}
    assert server.post("/tokens", body, by="mia", headers=key).status_code == 201
    again = server.post("/tokens", body, by="mia", headers=key)
    assert reason(again) == (409, "already_done")


def test_a_hook_of_ones_own_hears_of_ones_own_projects(server: Server) -> None:
    hook = server.post("/hooks", SOMEWHERE, by="mia")
    assert hook.status_code == 201
    assert hook.json["secret"].startswith("whsec_")
    assert hook.headers["Cache-Control"] == "no-store"
    assert "secret" not in server.get(f"/hooks/{hook.json['id']}", by="mia").json
    make(server)
    told = server.get(f"/hooks/{hook.json['id']}/deliveries", by="mia").json["items"]
    kinds = [one["kind"] for one in told]
    assert "project.created" in kinds
    assert "project.completed" in kinds
    assert reason(server.get(f"/hooks/{hook.json['id']}", by="olga")) == (404, "unknown_hook")
    assert server.get("/hooks", by="olga").json["items"] == []


def test_a_hook_of_an_organisation_is_for_its_owners(server: Server) -> None:
    (acme,) = [one for one in server.bot.store.organisations.all() if one.login == "acme"]
    body = {**SOMEWHERE, "organisation_id": acme.id, "kinds": ["project.completed"]}
    assert reason(server.post("/hooks", body, by="mia")) == (403, "no_right")
    assert reason(server.post("/hooks", body, by="eve")) == (404, "unknown_organisation")
    made = server.post("/hooks", body, by="olga")
    assert made.status_code == 201
    address = f"/hooks/{made.json['id']}"
    assert reason(server.get(address, by="mia")) == (404, "unknown_hook")
    into = {"repository": "github:acme/shop", "existing": True}
    make(server, {"pack": "library", "answers": {"name": "orders"}, "into": into}, by="ann")
    told = server.get(f"{address}/deliveries", by="olga").json["items"]
    assert [one["kind"] for one in told] == ["project.completed"]


def test_a_hook_is_changed_switched_off_and_removed(server: Server) -> None:
    address = f"/hooks/{server.post('/hooks', SOMEWHERE, by='mia').json['id']}"
    off = server.call("PATCH", address, by="mia", json={"active": False})
    assert (off.status_code, off.json["active"]) == (200, False)
    assert reason(server.post(f"{address}/ping", by="mia")) == (409, "hook_off")
    on = server.call("PATCH", address, by="mia", json={"active": True, "kinds": ["file.written"]})
    assert (on.json["active"], on.json["kinds"]) == (True, ["file.written"])
    ping = server.post(f"{address}/ping", by="mia")
    assert (ping.status_code, ping.json["kind"]) == (202, "ping")
    again = f"{address}/deliveries/{ping.json['id']}/redeliver"
    assert server.post(again, by="mia").status_code == 202
    fresh = server.post(f"{address}/secret", by="mia").json["secret"]
    assert fresh.startswith("whsec_")
    assert server.call("DELETE", address, by="mia").status_code == 204
    assert reason(server.get(address, by="mia")) == (404, "unknown_hook")


def test_no_hook_reaches_into_the_server_s_own_network(server: Server) -> None:
    for url in (
        "http://127.0.0.1/x",
        "http://localhost:8000/",
        "http://169.254.169.254/latest",
        "https://[::1]/",
        "http://10.0.0.1/",
    ):
        refused = server.post("/hooks", {"url": url}, by="mia")
        assert reason(refused) == (422, "private_address"), url
    for url in ("ftp://example.com/", "example.com", "https://u:p@example.com/"):
        assert server.post("/hooks", {"url": url}, by="mia").status_code == 422
