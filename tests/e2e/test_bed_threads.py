"""The bed itself: threads and webhooks as GitHub documents them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from tests.e2e.bed import GitHubServer, eventually
from tests.e2e.hooks import signature_of
from tests.e2e.publishing import change_wanted, commit_on_branch, done, is_a, new_repository

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]

HANDBOOK = "acme/handbook"
SECOND = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


def test_the_bot_writes_in_its_own_name_and_edits_in_place(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    person = github_server.as_user("mia")
    number = person.create_issue(HANDBOOK, "Please")["number"]
    path = f"/repos/{HANDBOOK}/issues"
    written = done(bot.post(f"{path}/{number}/comments", json={"body": "On it"}))
    is_a("IssueComment", written)
    assert written["user"]["type"] == "Bot"
    assert written["performed_via_github_app"]["slug"] == "firstcommit"
    assert SECOND.match(written["created_at"])
    done(bot.patch(f"{path}/comments/{written['id']}", json={"body": "Done"}), 200)
    assert [each["body"] for each in person.comments(HANDBOOK, number)] == ["Done"]
    assert done(bot.get("/users/firstcommit%5Bbot%5D"), 200)["id"] == written["user"]["id"]
    person.delete_comment(HANDBOOK, written["id"])
    gone = bot.patch(f"{path}/comments/{written['id']}", json={"body": "x"})
    assert gone.status_code == 404


def test_a_comment_may_not_be_too_long(shared_bot: httpx.Client, shared: GitHubServer) -> None:
    number = shared.as_user("mia").create_issue(HANDBOOK, "Please")["number"]
    body = {"body": "x" * 65_537}
    assert (
        shared_bot.post(f"/repos/{HANDBOOK}/issues/{number}/comments", json=body).status_code == 422
    )


def test_reactions_are_kept_once_each_and_counted(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    person = github_server.as_user("mia")
    number = person.create_issue(HANDBOOK, "Please")["number"]
    comment = person.comment(HANDBOOK, number, "/generate")["id"]
    path = f"/repos/{HANDBOOK}/issues/comments/{comment}/reactions"
    is_a("Reaction", done(bot.post(path, json={"content": "eyes"})))
    done(bot.post(path, json={"content": "eyes"}), 200)
    done(bot.post(f"/repos/{HANDBOOK}/issues/{number}/reactions", json={"content": "+1"}))
    assert bot.post(path, json={"content": "cheese"}).status_code == 422
    assert person.reactions(HANDBOOK, comment=comment) == ["eyes"]
    assert person.reactions(HANDBOOK, issue=number) == ["+1"]
    assert person.comments(HANDBOOK, number)[0]["reactions"]["eyes"] == 1


class Receiver:
    """Where the product would listen."""

    def __init__(self) -> None:
        received: list[tuple[dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(202)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self.received = received
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhooks/github"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def of(self, event: str) -> list[tuple[dict[str, str], Any]]:
        return [
            (headers, json.loads(body))
            for headers, body in self.received
            if headers["x-github-event"] == event
        ]


@pytest.fixture
def receiver(github_server: GitHubServer) -> Iterator[Receiver]:
    listening = Receiver()
    listening.thread.start()
    github_server.deliver_to(listening.url)
    yield listening
    listening.server.shutdown()
    listening.server.server_close()
    listening.thread.join()


def test_a_comment_arrives_signed_and_whole(
    github_server: GitHubServer, receiver: Receiver
) -> None:
    person = github_server.as_user("mia")
    number = person.create_issue(HANDBOOK, "Please")["number"]
    comment = person.comment(HANDBOOK, number, "/generate python-package")
    headers, payload = eventually(lambda: receiver.of("issue_comment"))[0]
    body = next(b for h, b in receiver.received if h == headers)
    secret = github_server.app.webhook_secret
    assert headers["x-hub-signature-256"] == signature_of(body, secret)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["x-github-delivery"])
    assert payload["action"] == "created"
    assert payload["comment"]["id"] == comment["id"]
    assert payload["comment"]["user"]["type"] == "User"
    assert SECOND.match(payload["comment"]["created_at"])
    assert payload["sender"]["login"] == "mia"
    assert payload["repository"]["full_name"] == HANDBOOK
    assert "permissions" not in payload["repository"]
    assert payload["organization"]["login"] == "acme"
    assert payload["installation"]["id"] == 9001
    assert "pull_request" not in payload["issue"]


def test_a_comment_on_a_change_says_so(
    github_server: GitHubServer, receiver: Receiver, bot: httpx.Client
) -> None:
    commit_on_branch(bot)
    number = done(bot.post("/repos/acme/site/pulls", json=change_wanted()))["number"]
    github_server.as_user("mia").comment("acme/site", number, "/cancel")
    _, payload = eventually(lambda: receiver.of("issue_comment"))[0]
    assert payload["issue"]["pull_request"]["url"].endswith(f"/pulls/{number}")


def test_our_own_comment_comes_back_from_a_bot(
    github_server: GitHubServer, receiver: Receiver, bot: httpx.Client
) -> None:
    number = github_server.as_user("mia").create_issue(HANDBOOK, "Please")["number"]
    done(bot.post(f"/repos/{HANDBOOK}/issues/{number}/comments", json={"body": "Hello"}))
    _, payload = eventually(lambda: receiver.of("issue_comment"))[0]
    assert payload["sender"]["type"] == "Bot"
    assert payload["comment"]["performed_via_github_app"]["id"] == github_server.app.app_id


def test_a_repository_made_by_the_app_is_announced_in_its_name(
    github_server: GitHubServer, receiver: Receiver, bot: httpx.Client
) -> None:
    new_repository(bot)
    _, payload = eventually(lambda: receiver.of("repository"))[0]
    assert payload["sender"]["login"] == "firstcommit[bot]"


def test_deliveries_are_listed_and_sent_again_under_the_same_id(
    github_server: GitHubServer, receiver: Receiver, app: httpx.Client
) -> None:
    github_server.hooks.losing = True
    github_server.as_user("mia").create_issue(HANDBOOK, "Please")
    lost = github_server.delivery_of("issues", "opened")
    assert not receiver.received
    github_server.hooks.losing = False
    listed = done(app.get("/app/hook/deliveries"), 200)
    for each in listed:
        is_a("HookDeliveryItem", each)
    assert [(each["guid"], each["status_code"]) for each in listed] == [(lost.guid, 0)]
    done(app.post(f"/app/hook/deliveries/{listed[0]['id']}/attempts"), 202)
    headers, _ = eventually(lambda: receiver.of("issues"))[0]
    assert headers["x-github-delivery"] == lost.guid
    assert done(app.get("/app/hook/config"), 200)["url"] == receiver.url


def test_a_hand_made_delivery_is_signed_or_spoilt_as_asked(
    github_server: GitHubServer, receiver: Receiver
) -> None:
    body = b'{"zen": "Keep it logically awesome."}'
    assert github_server.send("ping", body, guid="one").status_code == 202
    github_server.send("ping", body, secret="another")
    github_server.send("ping", body, headers={"X-Hub-Signature-256": None})
    (good, _), (bad, _), (none, _) = receiver.of("ping")
    right = signature_of(body, github_server.app.webhook_secret)
    assert (good["x-hub-signature-256"], good["x-github-delivery"]) == (right, "one")
    assert bad["x-hub-signature-256"] != right
    assert "x-hub-signature-256" not in none
