"""The evidence on a run's files, over the API."""

from __future__ import annotations

from tests.web.api.server import Server


def test_what_was_verified_can_be_read_with_its_digests(server: Server) -> None:
    asked = {"pack": "library", "answers": {"name": "orders"}}
    made = server.post("/projects", asked, by="mia")
    server.bot.drain()
    found = server.get(f"/runs/{made.json['run_id']}/evidence", by="mia").json["items"]
    (evidence,) = found
    assert (evidence["passed"], evidence["complete"], evidence["pack"]) == (
        True,
        True,
        "library@1.0.0",
    )
    assert len(evidence["digest"]) == len(evidence["files_digest"]) == 64
    assert evidence["findings"] == []
