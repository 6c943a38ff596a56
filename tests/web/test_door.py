"""The door, refusal by refusal: what is answered, and that nothing is kept of what is refused."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.errors import StoreUnavailable, Transient
from bot.setting_keys import Secret
from bot.web import create_app
from bot.web.door import MAX_BODY_BYTES, Door
from tests.web.doubles import (
    GITHUB_SECRET,
    LOCAL_SECRET,
    comment,
    headers,
    services_over_fakes,
)

PUSH = b'{"ref":"refs/heads/main","repository":{"default_branch":"main"}}'
SIDE_PUSH = b'{"ref":"refs/heads/topic","repository":{"default_branch":"main"}}'


class Sender:
    """A forge that sends deliveries to an application of our own, and what became of them."""

    def __init__(self, services: Any) -> None:
        self.services = services
        self.app = create_app(services)
        self.client: FlaskClient = self.app.test_client()

    def send(
        self, body: bytes, *, path: str = "/webhooks/github", **more: str
    ) -> tuple[int, dict[str, str]]:
        return self.post(body, headers(body, **more), path=path)

    def post(
        self, body: bytes, given: dict[str, str], *, path: str = "/webhooks/github"
    ) -> tuple[int, dict[str, str]]:
        answer = self.client.post(path, data=body, headers=given)
        return answer.status_code, answer.get_json()

    @property
    def stored(self) -> list[dict[str, Any]]:
        return self.services.store.deliveries.stored

    @property
    def enqueued(self) -> list[str]:
        return self.services.queue.taken


@pytest.fixture
def sender(tmp_path: Path) -> Sender:
    return Sender(services_over_fakes(tmp_path))


def test_a_signed_command_is_stored_and_enqueued_by_its_id(sender: Sender) -> None:
    body = comment()
    assert sender.send(body) == (202, {"status": "accepted", "id": "delivery-1"})
    assert [row["body"] for row in sender.stored] == [body]
    assert sender.enqueued == ["delivery-1"]


def test_the_local_door_takes_its_own_secret_only(sender: Sender) -> None:
    body = comment()
    assert sender.send(body, path="/webhooks/local", secret=LOCAL_SECRET)[0] == 202
    assert sender.send(body, path="/webhooks/local", secret=GITHUB_SECRET)[0] == 401


def sha1_of(body: bytes) -> str:
    return "sha1=" + hmac.new(GITHUB_SECRET.encode(), body, hashlib.sha1).hexdigest()


@pytest.mark.parametrize(
    ("status", "change"),
    [
        pytest.param(401, {"X-Hub-Signature-256": None}, id="no signature"),
        pytest.param(401, {"X-Hub-Signature-256": ""}, id="empty signature"),
        pytest.param(401, {"X-Hub-Signature-256": "sha256=" + "0" * 64}, id="wrong signature"),
        pytest.param(401, {"X-Hub-Signature-256": sha1_of(comment())}, id="SHA-1"),
        pytest.param(401, {"X-Hub-Signature-256": "sha256=\xe9"}, id="not ASCII"),
        pytest.param(415, {"Content-Type": None}, id="no content type"),
        pytest.param(415, {"Content-Type": "text/plain"}, id="text"),
        pytest.param(415, {"Content-Type": "application/x-www-form-urlencoded"}, id="form"),
        pytest.param(400, {"X-GitHub-Delivery": None}, id="no delivery id"),
        pytest.param(400, {"X-GitHub-Delivery": ""}, id="empty delivery id"),
        pytest.param(400, {"X-GitHub-Delivery": "a" * 101}, id="long delivery id"),
        pytest.param(400, {"X-GitHub-Delivery": "a b;--"}, id="odd delivery id"),
        pytest.param(400, {"X-GitHub-Event": None}, id="no event"),
    ],
)
def test_a_refused_delivery_leaves_nothing_behind(
    sender: Sender, status: int, change: dict[str, str | None]
) -> None:
    body = comment()
    given = {name: value for name, value in (headers(body) | change).items() if value is not None}
    answered, said = sender.post(body, given)
    assert (answered, said["status"]) == (status, "refused")
    assert sender.stored == []
    assert sender.enqueued == []


def test_sha1_beside_nothing_else_is_refused(sender: Sender) -> None:
    body = comment()
    given = headers(body)
    del given["X-Hub-Signature-256"]
    assert sender.post(body, given | {"X-Hub-Signature": sha1_of(body)})[0] == 401


def test_a_signed_form_is_told_what_to_choose(sender: Sender) -> None:
    status, said = sender.send(b"payload=%7B%7D", content_type="application/x-www-form-urlencoded")
    assert status == 415
    assert "application/json" in said["message"]


def test_an_answer_repeats_nothing_that_was_sent(sender: Sender) -> None:
    body = comment("/generate python-package name=<script>")
    for change in ({"X-GitHub-Delivery": "<script>"}, {"Content-Type": "text/<script>"}):
        said = sender.client.post("/webhooks/github", data=body, headers=headers(body) | change)
        assert "script" not in said.text


@pytest.mark.parametrize("path", ["/webhooks/gitlab", "/webhooks/gitea", "/webhooks/"])
def test_a_door_that_is_not_built_is_not_there(sender: Sender, path: str) -> None:
    assert sender.send(comment(), path=path)[0] == 404


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/webhooks/github", {"github_webhook_secrets": ()}),
        ("/webhooks/local", {"local_forge": False}),
        ("/webhooks/local", {"local_forge": None}),
    ],
)
def test_a_door_that_is_not_configured_is_not_there(
    tmp_path: Path, path: str, changes: dict[str, object]
) -> None:
    sender = Sender(services_over_fakes(tmp_path, **changes))
    for secret in ("", GITHUB_SECRET, LOCAL_SECRET):
        status, said = sender.send(comment(), path=path, secret=secret)
        assert (status, said["reason"]) == (404, "not_found")
    assert sender.stored == []


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_is_understood(sender: Sender, method: str) -> None:
    answer = getattr(sender.client, method)("/webhooks/github")
    assert answer.status_code == 405
    assert answer.get_json()["status"] == "refused"


def test_where_there_is_no_door_nothing_is_understood(sender: Sender) -> None:
    assert sender.client.get("/webhooks/gitlab").status_code == 404
    assert sender.client.delete("/webhooks/").status_code == 404


def test_both_secrets_hold_while_they_are_rotated(tmp_path: Path) -> None:
    secrets = (Secret("new"), Secret("old"))
    sender = Sender(services_over_fakes(tmp_path, github_webhook_secrets=secrets))
    for number, secret in enumerate(secrets):
        assert sender.send(comment(), secret=secret, delivery_id=f"id-{number}")[0] == 202
    assert sender.send(comment(), secret="older")[0] == 401


def test_an_announced_body_above_the_cap_is_not_read(tmp_path: Path) -> None:
    def read(_most: int) -> bytes:
        raise AssertionError("the body was read")

    door = Door(services_over_fakes(tmp_path))
    assert door.receive("github", headers(b""), read, MAX_BODY_BYTES + 1).status == 413


@pytest.mark.parametrize("given", [None, "", "sha256=", "sha256=" + "0" * 63, "sha1=" + "0" * 40])
def test_a_body_that_does_not_look_signed_is_not_read(tmp_path: Path, given: str | None) -> None:
    def read(_most: int) -> bytes:
        raise AssertionError("the body was read")

    door = Door(services_over_fakes(tmp_path))
    sent = {} if given is None else {"X-Hub-Signature-256": given}
    assert door.receive("github", sent, read, 10).status == 401


def large(size_bytes: int) -> bytes:
    start, end = b'{"action":"created","comment":{"body":"/generate x', b'"}}'
    return start + b" " * (size_bytes - len(start) - len(end)) + end


def test_a_body_of_exactly_the_cap_is_taken(sender: Sender) -> None:
    assert sender.send(large(MAX_BODY_BYTES))[0] == 202
    assert len(sender.stored[0]["body"]) == MAX_BODY_BYTES


def test_a_body_above_the_cap_is_refused(sender: Sender) -> None:
    assert sender.send(large(MAX_BODY_BYTES + 1))[0] == 413
    assert sender.stored == []


class Chunks(io.RawIOBase):
    """A body without an announced length, which comes in small pieces."""

    def __init__(self, body: bytes, *, endless: bool = False) -> None:
        self._rest = body
        self._endless = endless
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "read without a limit"
        size = min(size, 1 << 20 if self._endless else 100)
        part = b" " * size if self._endless else self._rest[:size]
        self._rest = self._rest[size:]
        self.read_bytes += len(part)
        return part


def send_chunks(sender: Sender, chunks: Chunks, given: dict[str, str], **environ: Any) -> int:
    answer = sender.client.post(
        "/webhooks/github",
        headers=given | {"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": chunks, "CONTENT_LENGTH": "", **environ},
    )
    return answer.status_code


def test_a_body_in_chunks_is_read_to_its_end(sender: Sender) -> None:
    body = comment("/generate python-package name=orders " + "x" * 5_000)
    status = send_chunks(sender, Chunks(body), headers(body), **{"wsgi.input_terminated": True})
    assert status == 202
    assert sender.stored[0]["body"] == body


def test_a_body_in_chunks_is_read_no_further_than_the_cap(sender: Sender) -> None:
    chunks = Chunks(b"", endless=True)
    status = send_chunks(sender, chunks, headers(b""), **{"wsgi.input_terminated": True})
    assert status == 413
    assert chunks.read_bytes == MAX_BODY_BYTES + 1


def test_a_body_without_length_is_not_awaited_where_the_server_cannot_end_it(
    sender: Sender,
) -> None:
    chunks = Chunks(b"", endless=True)
    assert send_chunks(sender, chunks, headers(comment())) == 401
    assert chunks.read_bytes == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("watch", comment(), id="nobody listens"),
        pytest.param("Issue_Comment", comment(), id="wrong case"),
        pytest.param("pull_request_review_comment", comment(), id="review comment"),
        pytest.param("issue_comment", comment("Looks good to me."), id="no command"),
        pytest.param("issues", comment("See https://example.com/orders"), id="a link"),
        pytest.param("push", SIDE_PUSH, id="push to another branch"),
        pytest.param("check_run", b'{"action":"created"}', id="a check begins"),
        pytest.param("pull_request", b'{"action":"synchronize"}', id="new commits"),
    ],
)
def test_what_nobody_listens_to_is_not_stored(sender: Sender, kind: str, body: bytes) -> None:
    assert sender.send(body, kind=kind) == (202, {"status": "ignored"})
    assert sender.stored == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("issues", comment("/FirstCommit status"), id="our name, any case"),
        pytest.param("issue_comment", comment("@firstcommit help"), id="mentioned"),
        pytest.param("pull_request", comment("/generate x"), id="in a change"),
        pytest.param("pull_request", b'{"action": "closed"}', id="change closed"),
        pytest.param("installation", b'{"action":"created"}', id="installation"),
        pytest.param("installation_repositories", b'{"action":"added"}', id="its repositories"),
        pytest.param("repository", b'{"action":"deleted"}', id="repository"),
        pytest.param("push", PUSH, id="push to the default branch"),
        pytest.param("push", PUSH.replace(b":", b": "), id="the same with spaces"),
        pytest.param("check_run", b'{"action":"completed"}', id="check"),
        pytest.param("check_suite", b'{"action":"completed"}', id="check suite"),
        pytest.param("workflow_run", b'{"action":"completed"}', id="workflow"),
    ],
)
def test_what_matters_is_stored(sender: Sender, kind: str, body: bytes) -> None:
    assert sender.send(body, kind=kind)[1]["status"] == "accepted"
    assert [row["kind"] for row in sender.stored] == [kind]


@pytest.mark.parametrize("slash", [rb"\/", rb"\u002f", rb"\u002F"])
def test_a_command_in_json_escapes_is_seen(sender: Sender, slash: bytes) -> None:
    body = comment("GENERATE x").replace(b"GENERATE", slash + b"generate")
    assert json.loads(body)["comment"]["body"] == "/generate x"
    assert sender.send(body)[1]["status"] == "accepted"


def test_a_ping_is_answered_after_its_signature(sender: Sender) -> None:
    assert sender.send(b'{"zen":"x"}', kind="ping") == (202, {"status": "pong"})
    assert sender.send(b'{"zen":"x"}', kind="ping", secret="wrong")[0] == 401
    assert sender.stored == []


def test_a_redelivery_is_a_duplicate(sender: Sender) -> None:
    sender.send(comment())
    assert sender.send(comment()) == (202, {"status": "duplicate"})
    assert sender.enqueued == ["delivery-1"]


def test_the_same_id_with_other_bytes_is_another_delivery(sender: Sender) -> None:
    sender.send(comment("/generate a"))
    assert sender.send(comment("/generate b"))[1]["status"] == "accepted"


def test_a_failed_delivery_may_be_claimed_again(sender: Sender) -> None:
    sender.send(comment())
    sender.stored[0]["status"] = "failed"
    assert sender.send(comment()) == (202, {"status": "accepted", "id": "delivery-1"})
    assert sender.enqueued == ["delivery-1", "delivery-1"]


def test_of_five_at_once_one_is_accepted(sender: Sender) -> None:
    def send(_number: int) -> str:
        body = comment()
        client = sender.app.test_client()
        answer = client.post("/webhooks/github", data=body, headers=headers(body))
        status: str = answer.get_json()["status"]
        return status

    with ThreadPoolExecutor(5) as pool:
        statuses = sorted(pool.map(send, range(5)))
    assert statuses == ["accepted", *["duplicate"] * 4]
    assert len(sender.enqueued) == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"comment": "/generate x"', id="cut off"),
        pytest.param(b'["/generate x"]', id="no object"),
        pytest.param(b'{"a": "/generate \xff"}', id="not UTF-8"),
        pytest.param(b'"/generate x"' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000, id="trailing"),
        pytest.param(b'{"a":' * 5_000 + b'"/generate x"' + b"}" * 5_000, id="5,000 deep"),
        pytest.param(b'{"a": "/generate x", "n": ' + b"9" * 5_000 + b"}", id="absurd number"),
    ],
)
def test_a_malformed_body_is_kept_as_such_and_not_worked_on(sender: Sender, body: bytes) -> None:
    assert sender.send(body)[1]["status"] == "malformed"
    assert [row["status"] for row in sender.stored] == ["malformed"]
    assert sender.enqueued == []


def test_without_a_database_the_sender_is_asked_to_come_again(sender: Sender) -> None:
    sender.services.store.deliveries.raises = StoreUnavailable("connection to db.internal refused")
    body = comment()
    answer = sender.client.post("/webhooks/github", data=body, headers=headers(body))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "db.internal" not in answer.text


@pytest.mark.parametrize("raises", [None, Transient("away"), OSError("away")])
def test_without_a_queue_the_delivery_is_safe_and_accepted(
    sender: Sender, raises: Exception | None
) -> None:
    sender.services.queue.answers = False
    sender.services.queue.raises = raises
    assert sender.send(comment())[1]["status"] == "accepted"
    assert len(sender.stored) == 1


def test_a_mistake_of_ours_shows_nothing_internal(sender: Sender) -> None:
    sender.services.store.deliveries.raises = RuntimeError("password=hunter2")
    body = comment()
    answer = sender.client.post("/webhooks/github", data=body, headers=headers(body))
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.get_json()["status"] == "refused"


def test_every_outcome_is_counted(sender: Sender) -> None:
    sender.send(comment())
    sender.send(comment())
    sender.send(comment("hello"))
    sender.send(comment(), secret="wrong")
    sender.send(comment(), path="/webhooks/gitlab")
    shown = sender.client.get(
        "/metrics", headers={"Authorization": "Bearer the-operators-token"}
    ).text
    for outcome in ("accepted", "duplicate", "ignored", "signature_does_not_hold"):
        line = f'firstcommit_deliveries_total{{forge="github",outcome="{outcome}"}} 1.0'
        assert line in shown
    assert "gitlab" not in shown
