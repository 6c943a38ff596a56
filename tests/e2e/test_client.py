"""The client of the API in Node, against a server that somebody has started.

Between the two there is a proxy of the tests' own that breaks what it is told to.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.web.api.client import camel
from bot.web.api.groups import OPERATIONS
from tests.e2e.breaking import Breaking, Way, breaking
from tests.e2e.served import Served, served
from tests.parts import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]

STORIES = ROOT / "tests" / "e2e" / "stories.mjs"
TIMEOUT_S = 120
Tell = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as made:
        yield made


@pytest.fixture(scope="module")
def between(server: Served) -> Iterator[Breaking]:
    with breaking(server.port) as made:
        yield made


@pytest.fixture
def proxy(between: Breaking) -> Breaking:
    between.mend()
    return between


@pytest.fixture
def tell(server: Served, proxy: Breaking, node_path: Path) -> Tell:
    """What one of the stories comes to."""

    def told(name: str, *arguments: str) -> Any:
        ended = subprocess.run(
            [node_path, STORIES, name, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            env={**os.environ, "BASE": proxy.url, "TOKEN": server.token},
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return told


def is_whole(told: Any) -> bool:
    """Whether every event was told, in order, and none twice."""
    return bool(told["events"]) and told["events"] == told["all"] == sorted(set(told["all"]))


def test_every_operation_has_a_function_for_clients_and_for_pages(tell: Tell) -> None:
    names = {camel(operation.name) for operation in OPERATIONS}
    assert set(tell("names")) == names | {"watchRun", "watchExport"}


def test_a_project_is_made_and_watched(tell: Tell, proxy: Breaking) -> None:
    told = tell("create")
    assert told["before"]["status"] == "pending"
    assert told["made"]["status"] == told["status"] == "completed"
    assert is_whole(told)
    assert told["ends"] == ["completed"]
    assert told["problems"] == []
    assert proxy.resumed == ["0"]


def test_what_was_asked_for_twice_under_one_key_is_made_once(tell: Tell) -> None:
    told = tell("twice")
    assert told["ids"][0] == told["ids"][1]
    assert told["other"]["reason"] == "key_used_otherwise"


def test_pages_lead_through_a_list(tell: Tell) -> None:
    told = tell("pages")
    assert sum(told["sizes"]) == told["total"] > 3
    assert max(told["sizes"]) == 3
    assert told["paths"] == sorted(set(told["paths"]))
    assert told["inside"]
    assert all(path.startswith("src/") for path in told["inside"])
    assert told["tree"]["folders"][0]["name"] == "orders"


def test_files_are_read_and_written_by_their_etag(tell: Tell) -> None:
    told = tell("files")
    assert told["added"]["path"] == "notes/a b/ü#+&.txt"
    assert told["added"]["mode"] == "100755"
    assert told["first"] == "first"
    assert told["written"]["size"] == len("second")
    assert told["part"] == [206, "sec"]
    assert (told["again"]["status"], told["stale"]["status"]) == (412, 412)
    assert told["unsaid"]["status"] == 428
    assert told["same"] is None
    assert told["gone"]["reason"] == "unknown_file"


def test_projects_are_renamed_found_and_dropped(tell: Tell) -> None:
    told = tell("projects")
    assert told["renamed"]["name"] == "billing"
    assert told["found"]
    assert told["etag"]
    assert told["same"] is None
    assert told["dropped"]
    assert told["gone"]["reason"] == "unknown_project"


def test_refusals_say_what_and_why(tell: Tell, proxy: Breaking) -> None:
    told = tell("errors")
    assert told["unknown"]["name"] == "ApiError"
    assert (told["unknown"]["status"], told["unknown"]["reason"]) == (404, "unknown_run")
    assert told["unknown"]["detail"] == told["unknown"]["message"] == "There is no such run."
    assert {each["at"] for each in told["unfit"]["errors"]} == {"body.pack", "body.colour"}
    assert told["unfit"]["remedy"]
    assert told["stranger"]["status"] == told["nobody"]["status"] == 401
    assert told["watch"]["reason"] == "unknown_run"
    assert told["callback"]["message"] == "mine"


SLIPS = (
    "unknownOption",
    "unknownCallback",
    "unknownWish",
    "noBody",
    "missing",
    "upwards",
    "nowhere",
)


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_before_anything_is_sent(tell: Tell, slip: str) -> None:
    told = tell("errors")[slip]
    assert told["name"] == "TypeError"
    assert "undefined" not in told["message"]


def test_who_watches_is_told_which_option_there_is_not(tell: Tell) -> None:
    told = tell("errors")
    assert told["unknownCallback"]["message"] == "watchRun takes no onevent."
    assert told["unknownWish"]["message"] == "watchExport takes no after."


def test_an_answer_that_is_not_the_servers_is_an_error_too(tell: Tell) -> None:
    expected = {"status": 502, "reason": "http_502", "retryAfter": 7_000}
    assert expected.items() <= tell("notOurs", "<h1>Bad gateway</h1>").items()


def test_calls_and_watching_are_ended_by_their_signal(tell: Tell) -> None:
    told = tell("abort")
    assert told["before"]["name"] == told["watch"]["name"] == "AbortError"
    assert told["time"]["name"] == "TimeoutError"
    assert len(told["seen"]) == 1


def test_a_plan_is_approved_while_somebody_watches(tell: Tell) -> None:
    told = tell("approve")
    assert told["wrong"]["status"] == 409
    assert told["moved"]["run"]["id"]
    assert told["status"] == "completed"
    assert is_whole(told)


def test_an_export_is_watched_and_downloaded(tell: Tell) -> None:
    told = tell("export")
    assert told["states"][-1] == told["found"]["status"] == told["again"] == "completed"
    assert told["sha256"] == told["found"]["archive_hash"]
    assert told["listed"] == [told["found"]["id"]]
    assert told["type"] == "application/gzip"


def test_a_comments_words_are_answered(tell: Tell) -> None:
    assert "python-package" in tell("command")["reply"]


def test_tokens_do_what_their_scopes_say_until_they_are_revoked(tell: Tell) -> None:
    told = tell("tokens")
    assert told["project"]["reason"] == "scope_missing"
    assert told["scopes"] == ["read"]
    assert told["after"]["status"] == 401


def test_hooks_are_made_switched_off_and_dropped(tell: Tell) -> None:
    told = tell("hooks")
    assert told["secret"].startswith("whsec_")
    assert told["active"] is False
    assert told["left"] == 0


def test_a_stream_that_is_cut_goes_on_where_it_broke(tell: Tell, proxy: Breaking) -> None:
    # In the head, in the middle of events, and before there has been anything new.
    proxy.cuts += [-20, 700, 700, 60, 700]
    told = tell("create")
    assert is_whole(told)
    assert told["ends"] == ["completed"]
    assert told["problems"]
    assert all(0 < retry_in <= 20_000 for _, retry_in in told["problems"])
    assert len(proxy.resumed) == 6
    assert [int(number) for number in proxy.resumed] == sorted(map(int, proxy.resumed))
    assert int(proxy.resumed[-1]) > 0


def test_a_server_that_is_away_is_waited_for(tell: Tell, proxy: Breaking) -> None:
    run = tell("made")["run_id"]
    proxy.refusals = 3
    told = tell("watch", run)
    assert is_whole(told)
    waits = [retry_in for _, retry_in in told["problems"]]
    assert len(waits) == 3
    assert waits == sorted(waits)
    assert proxy.resumed[-1] == "0"


@pytest.mark.parametrize("way", [Way.RENAMED, Way.HELD])
def test_where_streams_do_not_come_through_events_are_asked_for(
    tell: Tell, proxy: Breaking, way: Way
) -> None:
    proxy.way = way
    # A run that goes on after the stream was given up, where that takes long.
    told = tell("create" if way is Way.RENAMED else "slow")
    assert is_whole(told)
    assert told["ends"][-1] == "completed"
    assert len(proxy.resumed) == 1
    assert any("/events?after=" in address for address in proxy.asked)


def test_streams_that_break_at_once_are_given_up(tell: Tell, proxy: Breaking) -> None:
    run = tell("made")["run_id"]
    proxy.mend()
    # After the first bytes, before any event is whole.
    proxy.cuts += [60] * 10
    told = tell("watch", run)
    assert is_whole(told)
    assert len(proxy.resumed) == 3


def test_who_may_have_no_more_streams_is_told_nevertheless(tell: Tell, proxy: Breaking) -> None:
    told = tell("full")
    assert set(told["statuses"]) == {200}
    assert told["status"] == "failed"
    assert is_whole(told)
    assert told["problems"] == []
    assert len(proxy.resumed) == 21
