"""Organisations and their policy over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.identity import Permission, Repository
from bot.core.policy import Approval, ModelRule, Policy
from bot.core.policy_keys import KEYS
from bot.store.port import Cap
from tests.spine import GENERATE, Bot
from tests.store.making import running
from tests.store.test_budgets import ANSWERED, call
from tests.web.api.server import Server

FILE = ".github/firstcommit.yml"


@pytest.fixture
def home(bot: Bot) -> Repository:
    """Where acme keeps its policy; mia may not look."""
    return bot.forge.people.add_repository("acme/.github")


def acme(server: Server) -> str:
    listed = server.get("/organisations", by=None).json["items"]
    return next(str(each["id"]) for each in listed if each["login"] == "acme")


def logins(server: Server, by: str | None, **query: Any) -> list[tuple[str, str]]:
    items = server.get("/organisations", by=by, **query).json["items"]
    return [(each["login"], each["role"]) for each in items]


def policy(server: Server, *, by: str | None = "olga") -> dict[str, Any]:
    found = server.get(f"/organisations/{acme(server)}/policy", by=by)
    assert found.status_code == 200, found.text
    return dict(found.json)


def keys(told: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each for each in told["keys"]}


def test_everybody_sees_what_they_are_anything_to(server: Server, bot: Bot) -> None:
    assert logins(server, "olga") == [("acme", "owner")]
    assert logins(server, "mia") == [("acme", "member")]
    assert logins(server, "pia") == [("pia", "owner")]
    assert logins(server, "eve") == []
    assert logins(server, None) == [("acme", "owner"), ("pia", "owner")]


def test_whoever_may_read_a_repository_that_was_worked_in_is_a_reader(
    server: Server, bot: Bot
) -> None:
    bot.do(GENERATE)
    assert logins(server, "rita") == [("acme", "reader")]
    refused = server.get(f"/organisations/{acme(server)}/policy", by="rita")
    assert (refused.status_code, refused.json["reason"]) == (403, "no_membership")


def test_organisations_come_page_by_page(server: Server) -> None:
    first = server.get("/organisations", by=None, limit=1).json
    rest = server.get("/organisations", by=None, after=first["next"]).json
    assert [each["login"] for each in (*first["items"], *rest["items"])] == ["acme", "pia"]
    assert rest["next"] is None


@pytest.mark.parametrize("more", ["", "/policy"])
def test_an_organisation_of_others_is_as_one_that_is_not_there(server: Server, more: str) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    for which in (acme(server), unknown):
        refused = server.get(f"/organisations/{which}{more}", by="eve")
        assert refused.status_code == 404
        assert refused.json["detail"] == "There is no such organisation."


def test_with_no_file_the_policy_is_nobodys(server: Server) -> None:
    told = policy(server)
    assert told["file"] is None
    assert {each["set_by"]["kind"] for each in told["keys"]} == {"default"}
    assert [each["key"] for each in told["keys"]] == [at.name for at in KEYS]
    assert keys(told)["packs.allow"]["value"] == ["*"]
    assert keys(told)["defaults.visibility"]["value"] == "private"
    assert keys(told)["permissions.generate"]["value"] == "write"


def test_each_key_tells_who_has_set_it(server: Server, bot: Bot, home: Repository) -> None:
    services = replace(
        bot.services,
        policy=Policy(approval=Approval.ALWAYS),
        policy_keys=frozenset({"approval"}),
    )
    bot.services = services
    commit = bot.commit(FILE, b"version: 1\nverify: require\n", where=home)
    told = policy(Server(bot))
    assert keys(told)["approval"]["set_by"]["kind"] == "operator"
    assert keys(told)["verify"] == {
        "key": "verify",
        "value": "require",
        "set_by": {
            "kind": "organisation",
            "repository": "acme/.github",
            "path": FILE,
            "commit": commit,
        },
    }
    assert told["file"]["in_force"] == commit


def test_a_wrong_file_is_told_of_and_the_last_good_one_holds(
    server: Server, bot: Bot, home: Repository
) -> None:
    good = bot.commit(FILE, b"version: 1\nverify: require\n", where=home)
    policy(server)
    bad = bot.commit(FILE, b"version: 1\nverify: perhaps-so\n", where=home)
    told = policy(server)
    assert (told["file"]["commit"], told["file"]["in_force"]) == (bad, good)
    assert keys(told)["verify"]["set_by"]["commit"] == good
    assert told["file"]["problems"][0]["line"] == 2
    assert "perhaps-so" in str(told["file"]["problems"])


def test_what_stands_in_a_wrong_file_is_not_told_to_who_may_not_read_it(
    server: Server, bot: Bot, home: Repository
) -> None:
    bot.commit(FILE, b"version: 1\nverify: perhaps-so\n", where=home)
    told = policy(server, by="mia")
    assert told["file"]["problems"][0]["line"] == 2
    assert "perhaps-so" not in str(told)
    bot.forge.permissions["acme/.github", "mia"] = Permission.READ
    assert "perhaps-so" in str(policy(server, by="mia"))


def test_a_policy_that_cannot_be_read_is_never_no_policy(
    server: Server, bot: Bot, home: Repository
) -> None:
    which = acme(server)
    bot.fail("head")
    assert server.get(f"/organisations/{which}/policy", by=None).status_code == 503


def test_what_is_left_today_is_told_to_members_and_of_the_server_to_its_operator(
    server: Server, bot: Bot
) -> None:
    bot.services = replace(bot.services, policy=Policy(models=ModelRule(day_usd=0.0001)))
    day = bot.services.clock().date().isoformat()
    scopes = (f"organisation:{acme(server)}:{day}", f"server:{day}")
    spent = call(running(bot.store))
    made = bot.store.budgets.reserve(spent, [Cap(scope=scope, day=day) for scope in scopes])
    bot.store.budgets.settle(str(made), ANSWERED)
    here = Server(bot)
    (mine,) = policy(here, by="mia")["budgets_today"]
    assert mine == {
        "of": "organisation",
        "calls": 1,
        "tokens": 400,
        "cost_usd": 0.00004,
        "unpriced_calls": 0,
        "reserved_tokens": 0,
        "reserved_usd": 0,
        "cap_tokens": None,
        "cap_usd": 0.0001,
        "left_tokens": None,
        "left_usd": 0.00006,
    }
    whole = policy(here, by=None)["budgets_today"]
    assert [(one["of"], one["cap_usd"]) for one in whole] == [
        ("organisation", 0.0001),
        ("server", None),
    ]
