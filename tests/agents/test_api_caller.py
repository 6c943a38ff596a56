"""Calls go where the operator lets them, take what is sensible, and end in time."""

from __future__ import annotations

import gzip
import os
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from bot.agents.api_caller import ApiCaller
from bot.agents.waiting import retry_after_s
from bot.core.api_values import ApiAnswer, ApiRequest
from bot.core.origins import read_allowed
from bot.errors import Cancelled, Transient, UserError
from tests.agents.web import Says, Web, certificate, serving, speaking


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as server:
        yield server


def call(web: Web, path: str = "/", *, method: str = "GET", **more: object) -> ApiAnswer:
    caller = ApiCaller([read_allowed(f"private:{web.url}")])
    return caller.send(ApiRequest(method=method, url=web.url + path, **more))  # type: ignore[arg-type]


def refused(web: Web, path: str = "/", **more: object) -> str:
    with pytest.raises(UserError) as caught:
        call(web, path, **more)  # type: ignore[arg-type]
    return caught.value.reason


def put_off(web: Web, **more: object) -> Transient:
    with pytest.raises(Transient) as caught:
        call(web, **more)  # type: ignore[arg-type]
    return caught.value


def at(entry: str, *found: str, url: str | None = None) -> str:
    """Why a call of an origin whose name leads to these addresses is refused."""
    caller = ApiCaller([read_allowed(entry)], resolver=lambda host, port: list(found))
    with pytest.raises(UserError) as caught:
        caller.send(ApiRequest(method="GET", url=url or entry.removeprefix("private:")))
    return caught.value.reason


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_is_carried(web: Web, method: str) -> None:
    web.says(200, b"fine", X_Who="them")
    body = None if method in ("GET", "HEAD") else b"\x00\xff"
    answer = call(web, "/a%2Fb?q=1", method=method, headers={"X-Me": "us"}, body=body)
    assert (answer.status, answer.headers["x-who"]) == (200, "them")
    assert answer.body == (b"" if method == "HEAD" else b"fine")
    (asked,) = web.asked
    assert (asked.method, asked.path, asked.body) == (method, "/a%2Fb?q=1", body or b"")
    assert asked.headers["x-me"] == "us"
    assert asked.headers["host"] == f"127.0.0.1:{web.port}"


def test_headers_of_the_workflow_replace_those_of_ours(web: Web) -> None:
    call(web, headers={"accept": "text/x", "USER-AGENT": "acme"})
    assert (web.asked[0].headers["accept"], web.asked[0].headers["user-agent"]) == (
        "text/x",
        "acme",
    )


def test_an_error_of_theirs_is_an_answer(web: Web) -> None:
    web.says(404, b"no such thing")
    assert call(web).status == 404


# Where a call may go.


def test_an_origin_that_is_not_listed_is_not_called(web: Web) -> None:
    with pytest.raises(UserError) as caught:
        ApiCaller([]).send(ApiRequest(method="GET", url=web.url))
    assert caught.value.reason == "origin_not_allowed"
    assert "FIRSTCOMMIT_API_ORIGINS" in caught.value.remedy
    assert web.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com:8443/",
        "http://api.example.com/",
        "https://api.example.com.evil.example/",
        "https://evil.example/?https://api.example.com",
        "https://example.com/",
        "https://sub.api.example.com/",
    ],
)
def test_an_origin_is_the_same_only_as_a_whole(url: str) -> None:
    assert at("https://api.example.com", "93.184.216.34", url=url) == "origin_not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com@evil.example/",
        "https://evil.example\\@api.example.com/",
        "https://api.example.com./",
        "https://api。example.com/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://api.example.com/\r\nX: y",
    ],
)
def test_an_odd_address_is_refused(url: str) -> None:
    assert at("https://api.example.com", "93.184.216.34", url=url) == "bad_url"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "0.0.0.0"),
        *("169.254.169.254", "224.0.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1"),
        *("ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"),
    ],
)
def test_a_listed_name_that_leads_inside_is_refused(address: str) -> None:
    assert at("https://api.example.com", address) == "private_address"


def test_one_address_inside_spoils_all() -> None:
    assert at("https://api.example.com", "93.184.216.34", "10.0.0.1") == "private_address"
    assert at("https://api.example.com", "10.0.0.1", "93.184.216.34") == "private_address"


def test_a_listed_number_that_is_inside_is_refused() -> None:
    assert at("https://127.0.0.1", "127.0.0.1") == "private_address"


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200", "0.0.0.0"),
        *("224.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
    ],
)
def test_consent_does_not_reach_as_far_as_metadata(address: str) -> None:
    assert at("private:https://intranet.example", address) == "private_address"


def test_a_refusal_says_what_the_operator_could_write_and_draws_no_map() -> None:
    caller = ApiCaller(
        [read_allowed("https://api.example.com")], resolver=lambda host, port: ["10.11.12.13"]
    )
    with pytest.raises(UserError) as caught:
        caller.send(ApiRequest(method="GET", url="https://api.example.com"))
    assert "private:https://api.example.com" in caught.value.remedy
    assert "10.11" not in caught.value.message + caught.value.remedy


def test_what_was_checked_is_what_is_connected_to(web: Web) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    entry = f"private:http://rebinding.example:{web.port}"
    caller = ApiCaller([read_allowed(entry)], resolver=lambda host, port: answers.pop(0))
    answer = caller.send(ApiRequest(method="GET", url=f"http://rebinding.example:{web.port}/"))
    assert answer.body == b"hello"
    assert web.asked[0].headers["host"] == f"rebinding.example:{web.port}"
    assert len(answers) == 1


def test_a_redirect_is_looked_up_and_checked_anew(web: Web) -> None:
    web.says(302, Location="/next")
    answers: list[Sequence[str]] = [["127.0.0.1"], ["169.254.169.254"]]
    url = f"http://rebinding.example:{web.port}"
    caller = ApiCaller([read_allowed(f"private:{url}")], resolver=lambda h, p: answers.pop(0))
    with pytest.raises(UserError) as caught:
        caller.send(ApiRequest(method="GET", url=url))
    assert caught.value.reason == "private_address"
    assert [asked.path for asked in web.asked] == ["/"]


def test_the_next_address_is_tried_where_the_first_does_not_answer(web: Web) -> None:
    entry = f"private:http://two.example:{web.port}"
    caller = ApiCaller([read_allowed(entry)], resolver=lambda h, p: ["127.0.0.2", "127.0.0.1"])
    url = entry.removeprefix("private:")
    assert caller.send(ApiRequest(method="GET", url=url)).body == b"hello"


def test_proxies_and_credentials_of_the_environment_are_not_used(
    web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert call(web).status == 200
    assert "authorization" not in web.asked[0].headers


# Certificates.


def test_the_certificate_is_verified_for_the_name_and_not_the_address(tmp_path: Path) -> None:
    shows, believes = certificate(tmp_path, "api.example.com")
    with serving(tls=shows) as web:
        url = f"https://api.example.com:{web.port}"
        caller = ApiCaller(
            [read_allowed(f"private:{url}")], resolver=lambda h, p: ["127.0.0.1"], tls=believes
        )
        body = os.urandom(300_000)
        answer = caller.send(ApiRequest(method="POST", url=url, body=body))
    assert answer.body == b"hello"
    assert web.names == ["api.example.com"]
    assert web.asked[0].headers["host"] == f"api.example.com:{web.port}"
    assert web.asked[0].body == body


def test_a_certificate_for_another_name_or_of_a_stranger_is_refused(tmp_path: Path) -> None:
    shows, believes = certificate(tmp_path, "other.example")
    with serving(tls=shows) as web:
        url = f"https://api.example.com:{web.port}"
        for tls in (believes, None):
            caller = ApiCaller(
                [read_allowed(f"private:{url}")], resolver=lambda h, p: ["127.0.0.1"], tls=tls
            )
            with pytest.raises(UserError) as caught:
                caller.send(ApiRequest(method="GET", url=url))
            assert caught.value.reason == "bad_certificate"
    assert web.asked == []


def test_somebody_who_does_not_speak_tls_is_not_reached(web: Web) -> None:
    url = f"https://127.0.0.1:{web.port}"
    with pytest.raises(Transient) as caught:
        ApiCaller([read_allowed(f"private:{url}")]).send(
            ApiRequest(method="GET", url=url, timeout_s=5)
        )
    assert caught.value.reason == "unreachable"


# Redirects.


def hops(count: int) -> dict[str, Says]:
    return {f"/{n}": Says(status=302, headers={"Location": f"/{n + 1}"}) for n in range(count)}


def answering(web: Web, pages: Mapping[str, Says]) -> None:
    web.answerer = lambda asked: pages.get(asked.path, Says(body=b"there"))


def test_three_redirects_on_the_origin_are_followed(web: Web) -> None:
    answering(web, hops(3))
    assert call(web, "/0").body == b"there"
    assert call(web, "/0", method="HEAD").status == 200
    assert [asked.path for asked in web.asked] == ["/0", "/1", "/2", "/3"] * 2


def test_a_fourth_redirect_is_refused(web: Web) -> None:
    answering(web, hops(4))
    assert refused(web, "/0") == "redirect_refused"


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/",
        "https://127.0.0.1/",
        "//evil.example/",
        "http://evil.example/",
        "/\\evil.example/",
        "http://ann@127.0.0.1/",
        "file:///etc/passwd",
        "http://[::1/",
    ],
)
def test_a_redirect_off_the_origin_is_refused(web: Web, location: str) -> None:
    web.says(302, Location=location)
    assert refused(web) == "redirect_refused"
    assert len(web.asked) == 1


def test_a_redirect_to_another_listed_origin_is_refused_too(web: Web) -> None:
    with serving() as other:
        web.says(307, Location=other.url)
        caller = ApiCaller([read_allowed(f"private:{one.url}") for one in (web, other)])
        with pytest.raises(UserError) as caught:
            caller.send(ApiRequest(method="GET", url=web.url))
    assert caught.value.reason == "redirect_refused"
    assert other.asked == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_something_follows_no_redirect(web: Web, method: str) -> None:
    web.says(307, Location="/next")
    assert call(web, method=method).status == 307
    assert len(web.asked) == 1


def test_a_redirect_that_is_wanted_is_the_answer(web: Web) -> None:
    web.says(302, Location="https://evil.example/")
    answer = call(web, wanted=frozenset({302}))
    assert answer.headers["location"] == "https://evil.example/"


# What comes back.


@pytest.mark.parametrize("declared", [True, False])
def test_an_answer_is_taken_in_up_to_a_limit(web: Web, declared: bool) -> None:
    headers = {} if declared else {"content-length": "", "connection": "close"}
    web.answerer = lambda asked: Says(headers=headers, body=b"x" * 5000)
    if declared:
        assert len(call(web, most_bytes=5000).body) == 5000
    assert refused(web, most_bytes=4999) in ("answer_too_large",)


def test_the_limit_is_a_mebibyte_unless_told_otherwise(web: Web) -> None:
    web.says(200, b"x" * (1_048_576 + 1))
    assert refused(web) == "answer_too_large"


def test_an_answer_is_unpacked(web: Web) -> None:
    web.says(200, gzip.compress(b"hello ") + gzip.compress(b"world"), Content_Encoding="gzip")
    assert call(web).body == b"hello world"
    assert web.asked[0].headers["accept-encoding"] == "gzip"


def test_a_bomb_stays_packed(web: Web) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000, compresslevel=9)
    web.says(200, bomb, Content_Encoding="gzip")
    assert len(bomb) < 1_048_576
    assert refused(web) == "answer_too_large"


def zipped(text: bytes) -> bytes:
    """Without the second at which it was: what is in it names the test, in every process."""
    return gzip.compress(text, mtime=0)


@pytest.mark.parametrize(
    ("body", "packing"),
    [
        (b"no gzip", "gzip"),
        (zipped(b"hello")[:-9], "gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (zipped(zipped(b"hello")), "gzip, gzip"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(web: Web, body: bytes, packing: str) -> None:
    web.says(200, body, Content_Encoding=packing)
    assert refused(web) == "bad_answer"


def test_their_session_is_not_told(web: Web) -> None:
    web.says(200, b"", Set_Cookie="session=hunter2")
    assert "hunter2" not in str(call(web).headers)


# Headers.


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"content-length": "3"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "x-secret"},
        {"Proxy-Authorization": "x"},
        {"Accept-Encoding": "br"},
        {"X-A": "1", "x-a": "2"},
        {"X-A": "1\r\nHost: evil.example"},
        {"X-A": "1\nX: 2"},
        {"X-A": "ü"},
        {"X-A": "\x00"},
        {"X A": "1"},
        {"X-A:": "1"},
        {"": "1"},
        {"X-A\r\nHost": "1"},
        {"X-A": "x" * 20_000},
        {f"X-{n}": "" for n in range(65)},
    ],
)
def test_headers_that_are_not_the_workflows_are_refused(web: Web, headers: object) -> None:
    assert refused(web, headers=headers) == "bad_header"
    assert web.asked == []


def test_a_header_that_is_refused_is_not_repeated(web: Web) -> None:
    with pytest.raises(UserError) as caught:
        call(web, headers={"Authorization": "hunter2\n"})
    assert "hunter2" not in caught.value.message


def test_a_method_of_ones_own_is_refused(web: Web) -> None:
    assert refused(web, method="TRACE") == "bad_method"
    assert refused(web, method="GET / HTTP/1.1\r\nX:") == "bad_method"


# What may work later.


def test_too_many_calls_wait_as_they_are_told(web: Web) -> None:
    web.says(429, Retry_After="17")
    problem = put_off(web)
    assert (problem.reason, problem.retry_after_s) == ("rate_limited", 17)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_is_away_is_asked_later(web: Web, status: int) -> None:
    web.says(
        status,
        Retry_After="Sun, 06 Nov 1994 08:50:37 GMT",
        Date="Sun, 06 Nov 1994 08:49:37 GMT",
    )
    problem = put_off(web)
    assert (problem.reason, str(status) in problem.message) == ("api_unavailable", True)


def test_nobody_makes_a_run_wait_for_more_than_an_hour(web: Web) -> None:
    web.says(429, Retry_After="9999999999")
    assert put_off(web).retry_after_s == 3600


@pytest.mark.parametrize(
    "said, expected",
    [
        ("9" * 5000, 3600),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Fri, 31 Dec 9999 23:59:59 -2300", 3600),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("Sun, 06 Nov 99999999999999999999 08:00:00 GMT", None),
    ],
)
def test_a_time_to_wait_is_told_by_their_clock(said: str, expected: float | None) -> None:
    headers = {"retry-after": said, "date": "Sun, 06 Nov 1994 08:49:37 GMT"}
    assert retry_after_s(headers) == expected


def test_a_time_to_wait_that_cannot_be_read_is_none(web: Web) -> None:
    web.says(503, Retry_After="soon")
    assert put_off(web).retry_after_s is None


def test_a_status_that_is_wanted_is_an_answer(web: Web) -> None:
    web.says(503)
    assert call(web, wanted=frozenset({503})).status == 503


def test_nobody_there(web: Web) -> None:
    caller = ApiCaller([read_allowed("private:http://127.0.0.1:1")])
    with pytest.raises(Transient) as caught:
        caller.send(ApiRequest(method="GET", url="http://127.0.0.1:1"))
    assert caught.value.reason == "unreachable"


def test_a_name_that_nobody_knows() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    for resolver in (unknown, lambda host, port: []):
        caller = ApiCaller([read_allowed("https://a.example")], resolver=resolver)
        with pytest.raises(Transient) as caught:
            caller.send(ApiRequest(method="GET", url="https://a.example"))
        assert caught.value.reason == "unreachable"


def test_a_line_that_is_cut_may_have_been_heard(web: Web) -> None:
    web.answerer = lambda asked: Says(drop=True)
    assert put_off(web, method="POST").reason == "no_answer"


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"HTTP/1.1 200 OK\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",),
        # A byte now and then keeps no call alive.
        (b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 500),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *[b"x"] * 500),
        tuple([b"HTTP/1.1 100 Continue\r\n\r\n"] * 500),
    ],
)
def test_an_answer_that_does_not_end_is_given_up(parts: tuple[bytes, ...]) -> None:
    with speaking(*parts, every_s=0.02) as port:
        url = f"http://127.0.0.1:{port}"
        with pytest.raises(Transient) as caught:
            ApiCaller([read_allowed(f"private:{url}")]).send(
                ApiRequest(method="GET", url=url, timeout_s=0.4)
            )
    assert caught.value.reason == "no_answer"


def test_a_name_that_takes_too_long_is_given_up() -> None:
    hangs = threading.Event()

    def slow(host: str, port: int) -> Sequence[str]:
        hangs.wait(20)
        return []

    caller = ApiCaller([read_allowed("https://a.example")], resolver=slow)
    with pytest.raises(Transient) as caught:
        caller.send(ApiRequest(method="GET", url="https://a.example", timeout_s=0.3))
    hangs.set()
    assert caught.value.reason == "unreachable"


def test_a_handshake_that_does_not_end_is_given_up() -> None:
    with speaking() as port:
        url = f"https://127.0.0.1:{port}"
        with pytest.raises(Transient) as caught:
            ApiCaller([read_allowed(f"private:{url}")]).send(
                ApiRequest(method="GET", url=url, timeout_s=0.4)
            )
    assert caught.value.reason == "unreachable"


def test_whoever_waits_can_be_told_to_stop() -> None:
    asked = 0

    def poll() -> None:
        nonlocal asked
        asked += 1
        if asked > 5:
            raise Cancelled("The run was cancelled.")

    with speaking() as port:
        url = f"http://127.0.0.1:{port}"
        with pytest.raises(Cancelled):
            ApiCaller([read_allowed(f"private:{url}")]).send(
                ApiRequest(method="GET", url=url, timeout_s=60), poll=poll
            )


def test_nothing_of_a_request_shows_itself() -> None:
    request = ApiRequest(
        method="POST", url="https://a.b", headers={"Authorization": "hunter2"}, body=b"hunter2"
    )
    assert "hunter2" not in repr(request)
