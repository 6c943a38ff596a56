"""Who may look: the Host check, signing in, forms that are ours, and headers of pages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.store.port import Person
from bot.web.access import is_address_here, is_our_host, is_our_origin
from bot.web.sessions import Sessions
from bot.web.signing import Signer
from tests.web.conftest import MakeWorld
from tests.web.doubles import ADMIN_TOKEN
from tests.web.world import World

PUBLIC = "https://bot.example.com"
PAGES = ("/", "/threads", "/threads/new", "/repositories", "/runs", "/repositories/demo/orders")


def cookie_of(answer: Any) -> Any:
    jar: SimpleCookie = SimpleCookie(answer.headers.get("Set-Cookie", ""))
    return jar.get("firstcommit") or jar.get("__Host-firstcommit")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "127.0.0.1:8000",
        "127.8.9.1",
        "[::1]:8000",
        "LOCALHOST",
        "bot.example.com",
        "Bot.Example.com:443",
    ],
)
def test_these_names_are_ours(host: str) -> None:
    assert is_our_host(host, PUBLIC)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.7",
        "0.0.0.0",
        "bot.example.com.evil.example",
        "localhost:8000@evil.example",
        "[::ffff:10.0.0.1]",
        "a b",
        "localhost.",
        "[::1",
        "127.0.0.1:123456",
    ],
)
def test_these_names_are_somebody_elses(host: str) -> None:
    assert not is_our_host(host, PUBLIC)


def test_without_a_public_address_only_this_machine_is_ours() -> None:
    assert not is_our_host("bot.example.com", None)


@pytest.mark.parametrize(
    ("origin", "site", "ours"),
    [
        (None, None, True),
        ("http://localhost:8000", "same-origin", True),
        (PUBLIC, None, True),
        ("http://localhost:9000", None, False),
        ("https://evil.example", None, False),
        ("null", None, False),
        ("http://localhost:8000", "cross-site", False),
        (None, "same-site", False),
        ("https://bot.example.com.evil.example", None, False),
    ],
)
def test_which_forms_come_from_our_pages(origin: str | None, site: str | None, ours: bool) -> None:
    assert is_our_origin(origin, site, "localhost:8000", PUBLIC) is ours


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("/", True),
        ("/threads/demo/ideas/1?a=b", True),
        ("//evil.example", False),
        ("", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("/a\r\nSet-Cookie: b", False),
        ("javascript:alert(1)", False),
        ("/\t/evil.example", False),
    ],
)
def test_after_signing_in_one_stays_here(address: str, here: bool) -> None:
    assert is_address_here(address) is here


NOW = datetime(2026, 11, 22, tzinfo=UTC)
SOMEBODY = Person(id="8f0c7a52-7a35-4d5c-9b6e-0c8f5c1d2e3f", accounts=(), session_round=3)


def sessions(key: str = "key", now: datetime = NOW) -> Sessions:
    return Sessions(Signer(key), lambda: now)


@pytest.mark.parametrize(
    ("is_operator", "person"), [(True, None), (False, SOMEBODY), (True, SOMEBODY)]
)
def test_a_cookie_ends_and_cannot_be_changed(is_operator: bool, person: Person | None) -> None:
    session = sessions().begin(is_operator=is_operator, person=person)
    cookie = sessions().cookie(session)
    found = sessions().read(cookie)
    assert found == session
    assert (session.is_operator, session.person_id) == (is_operator, person.id if person else None)
    session_id, whose, until, signature = cookie.split(".")
    for changed in (
        f"{session_id}.{whose}.{int(until) + 1}.{signature}",
        f"{session_id}.{whose}.{until}.{'0' * 64}",
        f"{session_id}.{'o' if whose != 'o' else f'p{SOMEBODY.id}r3'}.{until}.{signature}",
        f"{session_id}.{whose.replace('r3', 'r4')}9.{until}.{signature}",
        f"x{session_id}.{whose}.{until}.{signature}",
    ):
        assert sessions().read(changed) is None
    assert sessions("other key").read(cookie) is None
    assert sessions(now=NOW + timedelta(days=30)).read(cookie) is None


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        "a.b.c",
        "a.b.c.d",
        # As an earlier version made them: an id and an end, without a word of whose.
        f"{'A' * 32}.1795305600.{Signer('key').sign('session', 'A' * 32 + '.1795305600')}",
        # A session of nobody.
        f"{'A' * 32}..1795305600.{Signer('key').sign('session', 'A' * 32 + '..1795305600')}",
    ],
)
def test_what_is_no_cookie_of_a_session_is_none(cookie: str | None) -> None:
    assert sessions().read(cookie) is None


def test_a_form_token_is_no_cookie_and_belongs_to_its_session() -> None:
    kept = sessions()
    one, other = kept.begin(is_operator=True), kept.begin(is_operator=True)
    assert kept.read(kept.form_token(one)) is None
    assert kept.is_form_token(one, kept.form_token(one))
    assert not kept.is_form_token(one, kept.form_token(other))
    assert not kept.is_form_token(one, "")
    assert not kept.is_form_token(one, "\xe9")


@pytest.mark.parametrize("path", PAGES)
def test_whoever_has_not_signed_in_is_asked_to(world: World, path: str) -> None:
    world.open_thread()
    answer = world.visitor().get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
    assert "orders" not in answer.text


@pytest.mark.parametrize(
    "headers", [{"X-Live": "1"}, {"HX-Request": "true"}, {"Accept": "application/json"}]
)
def test_a_script_that_has_not_signed_in_gets_401(world: World, headers: dict[str, str]) -> None:
    assert world.visitor().get("/", headers=headers).status_code == 401


def test_a_form_of_nobody_does_nothing(world: World) -> None:
    answer = world.visitor().post("/threads", data={"repository": "a/b", "text": "/generate x"})
    assert answer.status_code == 303
    assert world.people.threads() == []


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/sign-in/a-code"])
def test_another_host_is_misdirected(world: World, browser: FlaskClient, path: str) -> None:
    answer = browser.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "FIRSTCOMMIT_PUBLIC_URL" in answer.text


def test_webhooks_and_health_are_answered_under_any_name(world: World) -> None:
    headers = {"Host": "10.1.2.3"}
    assert world.visitor().get("/healthz", headers=headers).status_code == 200
    assert world.visitor().get("/readyz", headers=headers).status_code == 200
    assert world.visitor().post("/webhooks/local", headers=headers).status_code == 401


def test_a_one_time_address_signs_in_once(world: World) -> None:
    world.store.sign_ins.add("once", valid_s=60)
    visitor = world.visitor()
    first = visitor.get("/sign-in/once")
    assert (first.status_code, first.headers["Location"]) == (303, "/")
    cookie = cookie_of(first)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["secure"]
    assert int(cookie["max-age"]) == 30 * 86_400
    assert "once" not in cookie.value
    assert visitor.get("/runs").status_code == 200
    second = world.visitor().get("/sign-in/once")
    assert second.status_code == 410
    assert cookie_of(second) is None
    assert "firstcommit serve" in second.text


def test_looking_whether_it_is_there_does_not_use_it_up(world: World) -> None:
    world.store.sign_ins.add("once", valid_s=60)
    assert world.visitor().head("/sign-in/once").status_code == 200
    assert world.visitor().get("/sign-in/once").status_code == 303


def test_an_address_that_lapsed_or_never_was_signs_nobody_in(world: World) -> None:
    world.store.sign_ins.add("late", valid_s=60)
    world.clock.ahead = timedelta(minutes=2)
    for code in ("late", "never", "%00", "a" * 5_000):
        answer = world.visitor().get(f"/sign-in/{code}")
        assert answer.status_code == 410
        assert cookie_of(answer) is None


def test_of_five_at_once_one_signs_in(world: World) -> None:
    world.store.sign_ins.add("once", valid_s=60)
    with ThreadPoolExecutor(5) as pool:
        answers = pool.map(lambda _: world.visitor().get("/sign-in/once").status_code, range(5))
        assert sorted(answers) == [303, 410, 410, 410, 410]


@pytest.mark.parametrize(
    ("changes", "base_url"),
    [
        ({"public_url": PUBLIC}, PUBLIC),
        ({"public_url": PUBLIC}, "http://localhost"),
        ({}, "https://localhost"),
    ],
)
def test_where_pages_are_encrypted_the_cookie_is_secure(
    make_world: MakeWorld, changes: dict[str, object], base_url: str
) -> None:
    world = make_world(**changes)
    world.store.sign_ins.add("once", valid_s=60)
    answer = world.visitor().get("/sign-in/once", base_url=base_url)
    assert cookie_of(answer)["secure"]


def test_the_operators_token_signs_in_and_goes_on_to_the_page_asked_for(world: World) -> None:
    visitor = world.visitor()
    asked = visitor.get("/runs?a=1")
    assert asked.headers["Location"] == "/sign-in?next=/runs%3Fa%3D1"
    assert 'value="/runs?a=1"' in visitor.get(asked.headers["Location"]).text
    answer = visitor.post("/sign-in", data={"operator_token": ADMIN_TOKEN, "next": "/runs?a=1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/runs?a=1")
    assert visitor.get("/runs").status_code == 200


def test_signing_in_never_leads_elsewhere(world: World) -> None:
    answer = world.visitor().post(
        "/sign-in", data={"operator_token": ADMIN_TOKEN, "next": "//evil.example"}
    )
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("given", ["", "wrong", "\xe9", ADMIN_TOKEN.upper()])
def test_a_wrong_token_signs_nobody_in(world: World, given: str) -> None:
    answer = world.visitor().post("/sign-in", data={"operator_token": given})
    assert answer.status_code == 403
    assert cookie_of(answer) is None
    assert ADMIN_TOKEN not in answer.text


def test_wrong_tokens_are_heard_ten_times_a_minute(world: World) -> None:
    visitor = world.visitor()
    for _ in range(10):
        assert visitor.post("/sign-in", data={"operator_token": "guess"}).status_code == 403
    late = visitor.post("/sign-in", data={"operator_token": "guess"})
    assert late.status_code == 429
    assert 0 < int(late.headers["Retry-After"]) <= 60
    world.clock.ahead = timedelta(seconds=61)
    assert visitor.post("/sign-in", data={"operator_token": "guess"}).status_code == 403


def test_whoever_guesses_does_not_lock_the_operator_out(world: World) -> None:
    for _ in range(12):
        world.visitor().post("/sign-in", data={"operator_token": "guess"})
    answer = world.visitor().post("/sign-in", data={"operator_token": ADMIN_TOKEN})
    assert answer.status_code == 303


def test_another_site_cannot_sign_somebody_in(world: World) -> None:
    answer = world.visitor().post(
        "/sign-in",
        data={"operator_token": ADMIN_TOKEN},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert cookie_of(answer) is None


def token_of(browser: FlaskClient) -> str:
    text = browser.get("/threads/new").text
    return text.split('name="token" value="')[1].split('"')[0]


def test_signing_out_ends_it(browser: FlaskClient) -> None:
    assert browser.post("/sign-out", data={"token": "x"}).status_code == 403
    assert browser.get("/runs").status_code == 200
    assert browser.post("/sign-out", data={"token": token_of(browser)}).status_code == 303
    assert browser.get("/runs").status_code == 303


def test_a_session_that_was_left_is_over_for_every_copy_of_its_cookie(world: World) -> None:
    world.store.sign_ins.add("once", valid_s=60)
    browser = world.visitor()
    cookie = cookie_of(browser.get("/sign-in/once")).value
    browser.post("/sign-out", data={"token": token_of(browser)})
    thief = world.visitor()
    thief.set_cookie("firstcommit", cookie)
    assert thief.get("/runs").status_code == 303
    assert thief.post("/threads", data={"text": "/generate x"}).status_code == 303
    world.clock.ahead = timedelta(days=29)
    assert thief.get("/runs").status_code == 303
    assert world.browser().get("/runs").status_code == 200


def test_leaving_one_session_leaves_others_alone(world: World) -> None:
    world.store.sign_ins.add("other", valid_s=60)
    here, there = world.browser(), world.visitor()
    there.get("/sign-in/other")
    here.post("/sign-out", data={"token": token_of(here)})
    assert there.get("/runs").status_code == 200


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("0" * 64, {}),
        ("own", {"Origin": "https://evil.example"}),
        ("own", {"Origin": "null"}),
        ("own", {"Sec-Fetch-Site": "cross-site"}),
    ],
)
def test_a_form_that_is_not_ours_does_nothing(
    world: World, browser: FlaskClient, token: str, headers: dict[str, str]
) -> None:
    given = token_of(browser) if token == "own" else token
    data = {"token": given, "repository": "demo/ideas", "text": "/generate x"}
    assert browser.post("/threads", data=data, headers=headers).status_code == 403
    assert world.people.threads() == []


def test_a_form_token_of_another_session_does_nothing(world: World, browser: FlaskClient) -> None:
    world.store.sign_ins.add("other", valid_s=60)
    other = world.visitor()
    other.get("/sign-in/other")
    data = {"token": token_of(other), "repository": "demo/ideas", "text": "/generate x"}
    assert browser.post("/threads", data=data).status_code == 403


@pytest.mark.parametrize("path", ["/", "/runs", "/sign-in", "/nowhere", "/threads/a/b/1"])
def test_every_page_is_guarded_by_headers(browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_page_has_neither_inline_script_nor_inline_style(world: World) -> None:
    world.open_thread()
    browser = world.browser()
    for path in ("/", "/threads", "/threads/new", "/repositories", "/runs", "/sign-in", "/x"):
        text = browser.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert "<script>" not in text
        assert " onclick=" not in text


def test_secrets_are_on_no_page(world: World, browser: FlaskClient) -> None:
    world.open_thread()
    for path in (*PAGES, "/sign-in", "/readyz", "/nowhere"):
        text = browser.get(path).text
        for secret in (ADMIN_TOKEN, "a-key-for-cookies", "local-secret", "github-secret"):
            assert secret not in text
