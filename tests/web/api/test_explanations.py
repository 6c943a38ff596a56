"""Whether a command would be allowed, asked over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.identity import Permission
from bot.core.policy import ModelRule, Policy
from tests.spine import GENERATE, NEW, Bot
from tests.web.api.server import Server

SHOP = "github:acme/shop"
FILE = ".github/firstcommit.yml"


def explained(server: Server, text: str, *, by: str | None = "ann", **more: Any) -> dict[str, Any]:
    body = {"text": text, "repository": SHOP, **more}
    told = server.post("/explanations", body, by=by)
    assert told.status_code == 200, told.text
    return dict(told.json)


def lines(told: dict[str, Any]) -> str:
    return "\n".join(f"{each['about']}: {each['text']}" for each in told["lines"])


def test_somebody_learns_whether_they_would_be_allowed_and_why(server: Server, bot: Bot) -> None:
    told = explained(server, GENERATE)
    assert (told["allowed"], told["reason"], told["why"]) == (True, "", "")
    assert "person: @ann on github" in lines(told)
    assert "generate needs write (the defaults): enough" in lines(told)
    assert bot.runs == []
    told = explained(server, GENERATE, by="rita")
    assert (told["allowed"], told["reason"]) == (False, "no_write")


def test_a_text_without_a_command_is_told_of(server: Server) -> None:
    told = explained(server, "hello")
    assert (told["allowed"], told["reason"], told["lines"]) == (False, "no_command", [])


def test_owners_and_the_operator_may_ask_about_others(server: Server) -> None:
    for by in ("olga", None):
        told = explained(server, GENERATE, by=by, login="@rita")
        assert (told["allowed"], told["reason"]) == (False, "no_write")
        assert "person: @rita on github" in lines(told)


@pytest.mark.parametrize("by", ["ann", "ada", "mia"])
def test_nobody_else_may(server: Server, by: str) -> None:
    body = {"text": GENERATE, "repository": SHOP, "login": "olga"}
    refused = server.post("/explanations", body, by=by)
    assert (refused.status_code, refused.json["reason"]) == (403, "no_right")


def test_about_oneself_one_may_say_so(server: Server) -> None:
    assert explained(server, GENERATE, login="@Ann")["allowed"] is True


def test_an_owner_does_not_learn_what_others_may_see_elsewhere(server: Server, bot: Bot) -> None:
    people = bot.forge.people
    people.add_account("globex", installation="88")
    people.add_repository("globex/vault")
    people.add_person("ann", {"globex/vault": Permission.WRITE})
    command = f"{GENERATE} into=globex/vault existing=yes"
    assert explained(server, command)["allowed"] is True
    about = [
        explained(server, f"{GENERATE} into=globex/{name} existing=yes", by="olga", login="ann")
        for name in ("vault", "void")
    ]
    assert [each["allowed"] for each in about] == [False, False]
    assert str(about[0]).replace("vault", "void") == str(about[1])
    assert explained(server, NEW, by="olga", login="ann")["reason"]


def test_a_repository_that_one_may_not_see_is_not_there(server: Server) -> None:
    for repository in (SHOP, "github:acme/none"):
        body = {"text": GENERATE, "repository": repository}
        refused = server.post("/explanations", body, by="eve")
        assert (refused.status_code, refused.json["reason"]) == (404, "unknown_repository")


def test_the_policy_of_an_organisation_is_not_told_to_the_world(server: Server, bot: Bot) -> None:
    bot.forge.people.add_repository("acme/site", private=False)
    body = {"text": GENERATE, "repository": "github:acme/site"}
    assert server.post("/explanations", body, by="eve").status_code == 404
    assert server.post("/explanations", body, by="mia").status_code == 200


def test_what_is_wrong_with_a_file_is_told_to_who_may_read_it(server: Server, bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github")
    bot.commit(FILE, b"version: 1\nverify: perhaps-so\n", where=home)
    told = lines(explained(server, GENERATE))
    assert "is wrong, so nothing of it is in force" in told
    assert "perhaps-so" not in told
    assert "perhaps-so" in lines(explained(server, GENERATE, by="olga"))


def test_nobody_is_asked_about_who_does_not_exist(server: Server) -> None:
    body = {"text": GENERATE, "repository": SHOP, "login": "nobody-at-all"}
    refused = server.post("/explanations", body, by="olga")
    assert (refused.status_code, refused.json["reason"]) == (404, "unknown_person")


def test_budgets_of_today_are_told_to_those_whose_they_are(server: Server, bot: Bot) -> None:
    rule = ModelRule(day_usd=1.0, person_day_usd=1.0, repository_day_usd=1.0, server_day_usd=1.0)
    bot.services = replace(bot.services, policy=Policy(models=rule))
    asking = Server(bot)

    def shown(by: str | None, **more: str) -> set[str]:
        found = explained(asking, GENERATE, by=by, **more)["lines"]
        return {one["text"].partition(":")[0] for one in found if one["about"] == "budget"}

    assert shown("rita") == {"@rita", "acme/shop"}
    assert shown("mia") == {"@mia", "acme/shop", "acme"}
    assert shown("olga", login="ann") == {"acme/shop", "acme"}
    assert shown(None, login="ann") == {"@ann", "acme/shop", "acme", "this server"}
