"""Signing in with a forge, at a forge of the tests' own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.agents.web import Says
from tests.web.conftest import MakeWorld
from tests.web.doubles import ADMIN_TOKEN
from tests.web.oauth_server import TOKEN, USER, OAuthServer, oauth_server, said
from tests.web.visitors import agree, begin, form_token, providers, sign_in
from tests.web.world import World

PUBLIC = "https://bot.example.com"


@pytest.fixture
def forge() -> Iterator[OAuthServer]:
    with oauth_server() as server:
        yield server


@pytest.fixture
def world(make_world: MakeWorld, forge: OAuthServer) -> World:
    return make_world(sign_in=providers(forge))


@pytest.fixture
def ada(world: World, forge: OAuthServer) -> FlaskClient:
    """A browser in which ada has signed in with GitHub, where she is 1."""
    browser = world.visitor()
    assert sign_in(browser).status_code == 303
    return browser


def cookies(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in answer.headers.getlist("Set-Cookie"):
        jar: SimpleCookie = SimpleCookie(line)
        found.update(jar)
    return found


def reason(answer: Any) -> str:
    found = re.search(r"Reason: <code>([a-z_]+)</code>", answer.text)
    return found[1] if found else ""


def person(world: World, account_id: str = "1", on: str = "github") -> Any:
    return world.store.persons.of_account(on, account_id)


def logins(browser: FlaskClient) -> list[str]:
    """The accounts that the account page shows as linked."""
    return re.findall(
        r'<strong>([^<]+)</strong> <span class="muted small">Git', browser.get("/account").text
    )


def test_somebody_signs_in_and_is_somebody(world: World) -> None:
    browser = world.visitor()
    answer = sign_in(browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    session = cookies(answer)["firstcommit"]
    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")
    assert cookies(answer)["firstcommit-oauth"]["max-age"] == "0"
    assert "You are signed in as ada." in browser.get("/account").text
    assert [account.login for account in person(world).accounts] == ["ada"]


def test_the_second_time_it_is_the_same_person(world: World, ada: FlaskClient) -> None:
    before = person(world)
    sign_in(world.visitor())
    assert person(world) == before


def test_one_goes_on_to_the_page_asked_for_and_never_elsewhere(world: World) -> None:
    assert sign_in(world.visitor(), onwards="/runs?a=1").headers["Location"] == "/runs?a=1"
    assert sign_in(world.visitor(), onwards="//evil.example").headers["Location"] == "/"
    long = sign_in(world.visitor(), onwards="/" + "a" * 5_000)
    assert long.headers["Location"] == "/account"


def test_the_button_is_there_where_a_forge_is_configured(
    world: World, make_world: MakeWorld
) -> None:
    text = world.visitor().get("/sign-in?next=/runs").text
    assert text.index("Continue with GitHub") < text.index("Continue with GitLab")
    assert text.index("Continue with GitLab") < text.index("Operator's token")
    assert text.count('name="next" value="/runs"') == 3
    bare = make_world()
    assert "Continue with" not in bare.visitor().get("/sign-in").text
    for visitor in (bare.visitor(), bare.browser()):
        assert visitor.post("/auth/github").status_code == 404
        assert visitor.get("/auth/github/callback?code=a&state=b").status_code == 404
    assert world.visitor().post("/auth/bitbucket").status_code == 404


def test_what_the_browser_keeps_is_hidden_short_lived_and_signed(world: World) -> None:
    answer = world.visitor().post("/auth/github")
    kept = cookies(answer)["firstcommit-oauth"]
    assert (kept["httponly"], kept["samesite"], kept["max-age"]) == (True, "Lax", "600")
    assert len(kept.value) < 4_000
    assert cookies(answer).keys() == {"firstcommit-oauth"}


def test_each_sign_in_has_a_session_of_its_own(world: World) -> None:
    browser = world.visitor()
    first = cookies(sign_in(browser))["firstcommit"].value
    second = cookies(sign_in(browser))["firstcommit"].value
    assert first.split(".")[0] != second.split(".")[0]
    thief = world.visitor()
    thief.set_cookie("firstcommit", first)
    assert thief.get("/account").status_code == 303
    assert browser.get("/account").status_code == 200


# -- what has to belong together ---------------------------------------------------------


def test_an_answer_is_good_once(world: World) -> None:
    browser = world.visitor()
    begin_at = begin(browser)
    kept = browser.get_cookie("firstcommit-oauth")
    assert kept is not None
    path = agree(begin_at)
    assert browser.get(path).status_code == 303
    again = world.visitor()
    again.set_cookie("firstcommit-oauth", kept.value)
    answer = again.get(path)
    assert (answer.status_code, reason(answer)) == (400, "sign_in_used")
    assert again.get("/account").status_code == 303


def test_of_five_at_once_one_signs_in(world: World) -> None:
    browser = world.visitor()
    path = agree(begin(browser))
    kept = browser.get_cookie("firstcommit-oauth")
    assert kept is not None

    def come_back(_: int) -> int:
        copy = world.visitor()
        copy.set_cookie("firstcommit-oauth", kept.value)
        return copy.get(path).status_code

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(come_back, range(5))) == [303, 400, 400, 400, 400]


def test_an_answer_in_another_browser_signs_nobody_in(world: World) -> None:
    path = agree(begin(world.visitor()))
    victim = world.visitor()
    answer = victim.get(path)
    assert (answer.status_code, reason(answer)) == (400, "sign_in_expired")
    begin(victim)
    answer = victim.get(path)
    assert (answer.status_code, reason(answer)) == (400, "sign_in_mixed_up")
    assert victim.get("/account").status_code == 303
    assert person(world) is None


def test_an_answer_that_comes_late_signs_nobody_in(world: World) -> None:
    browser = world.visitor()
    path = agree(begin(browser))
    world.clock.ahead = timedelta(minutes=10)
    assert reason(browser.get(path)) == "sign_in_expired"


def test_an_answer_of_the_other_forge_is_not_taken(world: World, forge: OAuthServer) -> None:
    browser = world.visitor()
    path = agree(begin(browser, "github"))
    asked = len(forge.web.asked)
    answer = browser.get(path.replace("/auth/github/", "/auth/gitlab/"))
    assert reason(answer) == "sign_in_mixed_up"
    assert len(forge.web.asked) == asked


@pytest.mark.parametrize("change", ["state", "no state", "cookie", "no cookie"])
def test_nothing_of_it_can_be_changed(world: World, forge: OAuthServer, change: str) -> None:
    browser = world.visitor()
    path = agree(begin(browser))
    kept = browser.get_cookie("firstcommit-oauth")
    assert kept is not None
    if change == "cookie":
        browser.set_cookie("firstcommit-oauth", "e30" + kept.value[3:])
    elif change == "no cookie":
        browser.delete_cookie("firstcommit-oauth")
    elif change == "state":
        path = re.sub("state=[^&]+", "state=" + "x" * 43, path)
    else:
        path = re.sub("&?state=[^&]+", "", path)
    answer = browser.get(path)
    assert answer.status_code == 400
    assert reason(answer) in ("sign_in_expired", "sign_in_mixed_up")
    assert TOKEN[0] not in forge.paths()


def test_a_state_is_no_sign_in_code(world: World) -> None:
    browser = world.visitor()
    address = begin(browser)
    path = agree(address)
    assert browser.get(path).status_code == 303
    state = re.search("state=([^&]+)", path)
    assert state is not None
    kept = cookies(browser.post("/auth/gitlab", data={"token": form_token(browser)}))
    for code in (state[1], kept["firstcommit-oauth"].value.split(".")[1]):
        assert world.visitor().get(f"/sign-in/{code}").status_code == 410


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_cannot_begin_it(
    world: World, ada: FlaskClient, headers: dict[str, str]
) -> None:
    assert world.visitor().post("/auth/github", headers=headers).status_code == 403
    data = {"token": form_token(ada)}
    assert ada.post("/auth/gitlab", data=data, headers=headers).status_code == 403
    assert ada.post("/auth/gitlab", data={"token": "0" * 64}).status_code == 403
    assert ada.post("/auth/gitlab").status_code == 403
    assert ada.get("/auth/gitlab").status_code == 405


def test_another_host_is_misdirected(world: World) -> None:
    headers = {"Host": "evil.example"}
    assert world.visitor().post("/auth/github", headers=headers).status_code == 421
    for path in ("/auth/github/callback", "/account"):
        assert world.visitor().get(path, headers=headers).status_code == 421


# -- what goes wrong ---------------------------------------------------------------------


def test_who_says_no_is_told_what_next(world: World, forge: OAuthServer) -> None:
    forge.agrees = False
    browser = world.visitor()
    answer = sign_in(browser)
    assert (answer.status_code, reason(answer)) == (403, "sign_in_denied")
    assert 'href="/sign-in"' in answer.text
    assert "Location" not in answer.headers
    assert person(world) is None
    assert browser.get_cookie("firstcommit-oauth") is None


@pytest.mark.parametrize(
    ("query", "status", "found"),
    [
        ("error=server_error", 403, "sign_in_refused"),
        ("error=<script>", 403, "sign_in_refused"),
        ("", 400, "bad_answer"),
        ("code=", 400, "bad_answer"),
        ("code=guess", 400, "sign_in_refused"),
    ],
)
def test_what_a_forge_may_come_back_with(world: World, query: str, status: int, found: str) -> None:
    browser = world.visitor()
    state = re.search("state=([^&]+)", begin(browser))
    assert state is not None
    answer = browser.get(f"/auth/github/callback?state={state[1]}&{query}")
    assert (answer.status_code, reason(answer)) == (status, found)
    assert "<script>" not in answer.text
    assert browser.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("path", "says", "status", "found"),
    [
        (TOKEN[0], Says(status=503), 503, "provider_away"),
        (TOKEN[0], Says(drop=True), 503, "provider_away"),
        (USER[0], Says(body=b"<html>"), 400, "bad_answer"),
        (TOKEN[0], said({"error": "incorrect_client_credentials"}), 400, "provider_settings"),
    ],
)
def test_a_forge_that_fails_is_named_and_nobody_is_signed_in(
    world: World, forge: OAuthServer, path: str, says: Says, status: int, found: str
) -> None:
    forge.instead[path] = says
    browser = world.visitor()
    answer = sign_in(browser)
    assert (answer.status_code, reason(answer)) == (status, found)
    assert "GitHub" in answer.text
    assert 'href="/sign-in"' in answer.text
    assert browser.get("/account").status_code == 303


# -- linking -----------------------------------------------------------------------------


def test_the_other_forges_account_is_linked(
    world: World, forge: OAuthServer, ada: FlaskClient
) -> None:
    assert "Link GitLab" in ada.get("/account").text
    forge.is_(71, "ada.l")
    assert sign_in(ada, "gitlab", onwards="/account").headers["Location"] == "/account"
    assert logins(ada) == ["ada", "ada.l"]
    assert "Link GitLab" not in ada.get("/account").text
    assert person(world, "71", "gitlab") == person(world)


def test_signing_in_with_either_is_the_same_person(
    world: World, forge: OAuthServer, ada: FlaskClient
) -> None:
    forge.is_(71, "ada.l")
    sign_in(ada, "gitlab")
    elsewhere = world.visitor()
    sign_in(elsewhere, "gitlab")
    assert logins(elsewhere) == ["ada", "ada.l"]


def test_two_who_are_one_are_joined_and_the_others_sessions_are_over(
    world: World, forge: OAuthServer, ada: FlaskClient
) -> None:
    forge.is_(71, "ada.l")
    lab = world.visitor()
    sign_in(lab, "gitlab")
    sign_in(ada, "gitlab")
    assert logins(ada) == ["ada", "ada.l"]
    assert lab.get("/account").status_code == 303
    sign_in(lab, "gitlab")
    assert logins(lab) == ["ada", "ada.l"]


def test_a_second_account_on_a_forge_is_refused(
    world: World, forge: OAuthServer, ada: FlaskClient
) -> None:
    forge.is_(2, "bob")
    answer = sign_in(ada, "github")
    assert (answer.status_code, reason(answer)) == (409, "account_taken")
    assert "Unlink ada first" in answer.text
    assert 'href="/account"' in answer.text
    assert logins(ada) == ["ada"]
    assert person(world, "2") is None


@pytest.mark.parametrize("meanwhile", ["in", "out"])
def test_nothing_is_linked_to_who_was_not_there_at_the_beginning(
    world: World, forge: OAuthServer, meanwhile: str
) -> None:
    browser = world.visitor()
    if meanwhile == "out":
        sign_in(browser)
    path = agree(begin(browser, "gitlab"))
    if meanwhile == "in":
        world.store.sign_ins.add("once", valid_s=60)
        browser.get("/sign-in/once")
    else:
        browser.post("/sign-out", data={"token": form_token(browser)})
    answer = browser.get(path)
    assert (answer.status_code, reason(answer)) == (400, "sign_in_session")
    assert person(world, on="gitlab") is None


def test_an_account_is_unlinked_and_other_sessions_end(
    world: World, forge: OAuthServer, ada: FlaskClient
) -> None:
    forge.is_(71, "ada.l")
    elsewhere = world.visitor()
    sign_in(ada, "gitlab")
    sign_in(elsewhere, "gitlab")
    data = {"token": form_token(ada), "forge": "gitlab"}
    assert ada.post("/account/unlink", data=data).status_code == 303
    assert logins(ada) == ["ada"]
    assert elsewhere.get("/account").status_code == 303
    assert "Unlink ada" not in ada.get("/account").text
    last = ada.post("/account/unlink", data={"token": form_token(ada), "forge": "github"})
    assert (last.status_code, reason(last)) == (409, "last_account")
    assert logins(ada) == ["ada"]


def test_one_signs_out_everywhere_else(world: World, ada: FlaskClient) -> None:
    elsewhere = world.visitor()
    sign_in(elsewhere)
    assert ada.post("/account/end-sessions", data={}).status_code == 403
    assert ada.post("/account/end-sessions", data={"token": form_token(ada)}).status_code == 303
    assert elsewhere.get("/account").status_code == 303
    assert ada.get("/account").status_code == 200


# -- people and the operator -------------------------------------------------------------


@pytest.mark.parametrize("path", ["/threads", "/threads/new", "/repositories", "/runs"])
def test_pages_of_the_whole_server_are_the_operators(
    world: World, ada: FlaskClient, path: str
) -> None:
    world.open_thread(title="A secret plan")
    answer = ada.get(path)
    assert (answer.status_code, reason(answer)) == (403, "no_permission")
    assert "secret plan" not in answer.text
    assert 'href="/account"' in answer.text
    assert ada.get("/").headers["Location"] == "/account"
    assert "secret plan" not in ada.get("/account").text


def test_a_person_opens_no_thread(world: World, ada: FlaskClient) -> None:
    data = {"token": form_token(ada), "repository": "demo/ideas", "text": "/generate x"}
    assert ada.post("/threads", data=data).status_code == 403
    assert world.people.threads() == []


def test_a_person_can_be_the_operator_too(world: World, ada: FlaskClient) -> None:
    assert "signed in as ada" in ada.get("/sign-in").text
    assert "Continue with" not in ada.get("/sign-in").text
    answer = ada.post("/sign-in", data={"operator_token": ADMIN_TOKEN, "next": "/runs"})
    assert answer.headers["Location"] == "/runs"
    assert ada.get("/runs").status_code == 200
    assert logins(ada) == ["ada"]


def test_the_operator_who_signs_in_as_a_person_goes_on_operating(world: World) -> None:
    browser = world.browser()
    assert "signed in with no account" in browser.get("/account").text
    answer = sign_in(browser)
    assert answer.headers["Location"] == "/"
    assert browser.get("/runs").status_code == 200
    assert "You are signed in as ada, and operate this server." in browser.get("/account").text


def test_signing_out_ends_both(world: World) -> None:
    browser = world.browser()
    sign_in(browser)
    browser.post("/sign-out", data={"token": form_token(browser)})
    for path in ("/runs", "/account"):
        assert browser.get(path).headers["Location"].startswith("/sign-in")


# -- tokens on the account page ----------------------------------------------------------


def test_a_token_is_made_shown_once_and_revoked(world: World, ada: FlaskClient) -> None:
    data = {"token": form_token(ada), "name": "CI", "scope": ["read", "approve"], "days": "7"}
    answer = ada.post("/account/tokens", data=data)
    made = re.search(r"fc_[\w-]{49}", answer.text)
    assert answer.status_code == 200
    assert made is not None
    (kept,) = world.store.tokens.listed(person(world).id)
    assert (kept.name, sorted(kept.scopes)) == ("CI", ["approve", "read"])
    page = ada.get("/account").text
    assert made[0] not in page
    assert f"{made[0][:8]}…" in page
    ada.post("/account/tokens/revoke", data={"token": form_token(ada), "id": kept.id})
    assert list(world.store.tokens.listed(person(world).id)) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": " "}, "bad_name"),
        ({"scope": []}, "no_scope"),
        ({"scope": ["operate"]}, "scope_exceeds"),
        ({"scope": ["root"]}, "unknown_scope"),
        ({"days": "367"}, "bad_expiry"),
        ({"days": "soon"}, "bad_expiry"),
    ],
)
def test_a_token_that_cannot_be_is_refused_and_what_was_typed_stays(
    world: World, ada: FlaskClient, changes: dict[str, Any], found: str
) -> None:
    data = {"token": form_token(ada), "name": "My CI", "scope": ["read"], "days": "7", **changes}
    answer = ada.post("/account/tokens", data=data)
    assert (answer.status_code, reason(answer)) == (400, found)
    assert found == "bad_name" or 'value="My CI"' in answer.text
    assert list(world.store.tokens.everybodys()) == []


def test_nobody_revokes_somebody_elses_token(
    world: World, forge: OAuthServer, ada: FlaskClient
) -> None:
    forge.is_(2, "bob")
    bob = world.visitor()
    sign_in(bob)
    ada.post("/account/tokens", data={"token": form_token(ada), "name": "a", "scope": "read"})
    (kept,) = world.store.tokens.everybodys()
    bob.post("/account/tokens/revoke", data={"token": form_token(bob), "id": kept.id})
    assert list(world.store.tokens.everybodys()) == [kept]
    assert kept.beginning not in bob.get("/account").text


def test_the_operator_without_an_account_makes_the_operators_tokens(world: World) -> None:
    browser = world.browser()
    data = {"token": form_token(browser), "name": "metrics", "scope": ["operate"], "days": "7"}
    assert browser.post("/account/tokens", data=data).status_code == 200
    (kept,) = world.store.tokens.listed(None)
    assert kept.scopes == {"operate"}


# -- behind a public address -------------------------------------------------------------


@pytest.fixture
def public(make_world: MakeWorld, forge: OAuthServer) -> World:
    return make_world(sign_in=providers(forge), public_url=PUBLIC)


def test_the_forge_sends_people_back_to_the_public_address(public: World) -> None:
    browser = public.visitor()
    address = begin(browser, base_url=PUBLIC)
    assert "redirect_uri=https%3A%2F%2Fbot.example.com%2Fauth%2Fgithub%2Fcallback" in address
    answer = browser.get(agree(address), base_url=PUBLIC)
    kept = cookies(answer)
    assert kept["__Host-firstcommit"]["secure"]
    assert kept["__Host-firstcommit"]["path"] == "/"
    assert not kept["__Host-firstcommit"]["domain"]
    assert browser.get("/account", base_url=PUBLIC).status_code == 200


def test_behind_a_proxy_that_ends_encryption_likewise(public: World) -> None:
    browser = public.visitor()
    inside = "http://bot.example.com"
    answer = browser.post("/auth/github", base_url=inside)
    assert cookies(answer)["__Host-firstcommit-oauth"]["secure"]


def test_a_cookie_that_another_host_could_have_set_is_not_taken(public: World) -> None:
    browser = public.visitor()
    kept = cookies(sign_in(browser, base_url=PUBLIC))["__Host-firstcommit"].value
    other = public.visitor()
    other.set_cookie("firstcommit", kept, domain="bot.example.com")
    assert other.get("/account", base_url=PUBLIC).status_code == 303


def test_under_another_address_of_ours_one_is_told_where_to_go(public: World) -> None:
    answer = public.visitor().post("/auth/github")
    assert (answer.status_code, reason(answer)) == (400, "other_address")
    assert f"Open {PUBLIC} and sign in there." in answer.text


# -- what stays secret -------------------------------------------------------------------


def test_nothing_of_it_is_stored_or_logged(
    world: World, forge: OAuthServer, caplog: Any, capfd: Any
) -> None:
    caplog.set_level("DEBUG")
    browser, other = world.visitor(), world.visitor()
    path, elsewhere = agree(begin(browser)), agree(begin(other))
    # What the tests' own browser wrote on its way is not ours.
    caplog.clear()
    browser.get(path)
    forge.instead[USER[0]] = Says(status=500)
    other.get(elsewhere)
    code = re.search("code=([^&]+)", path)
    assert code is not None
    assert len(forge.access) == 2
    written = caplog.text + "".join(capfd.readouterr())
    world.store.database.close()
    kept = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    for secret in (*forge.access, code[1], "client-s3cret"):
        assert secret not in written
        assert secret.encode() not in kept


@pytest.mark.parametrize("path", ["/account", "/sign-in", "/runs"])
def test_these_pages_are_guarded_as_all_are(ada: FlaskClient, path: str) -> None:
    answer = ada.get(path)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert " style=" not in answer.text
    assert "<script>" not in answer.text
