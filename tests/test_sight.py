"""Who may see what, as forges tell it, and for how long they are believed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import sight
from bot.core.homes import account_home, repository_home
from bot.core.identity import Actor, Permission, Repository
from bot.errors import Transient
from bot.sight import HELD_S, Role, Sight, Sights
from tests.spine import Bot


class Minutes:
    """A clock of the process, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> Minutes:
    """The clock by which answers are held."""
    clock = Minutes()
    # It is the process's own: nothing else may stand still by it.
    monkeypatch.setattr(sight, "time", type("time", (), {"monotonic": clock, "time": time.time}))
    return clock


@pytest.fixture
def shop(bot: Bot) -> Repository:
    """The shop, private, in which something was asked for once."""
    bot.do("/generate library name=orders path=orders")
    return bot.shop


def of(bot: Bot, *who: str | Actor) -> Sight:
    """What somebody may see, asked by a process that has asked nothing yet."""
    accounts = [bot.person(one) if isinstance(one, str) else one for one in who]
    return Sights(bot.services).of(accounts)


def _acme(bot: Bot) -> str:
    (found,) = bot.store.organisations.all()
    return found.id


@pytest.mark.parametrize(
    ("login", "shown", "role"),
    [
        ("rita", True, Role.READER),
        ("ann", True, Role.READER),
        ("mia", True, Role.MEMBER),
        ("olga", True, Role.OWNER),
        ("eve", False, Role.NONE),
    ],
)
def test_everybody_sees_what_the_forge_lets_them_read(
    bot: Bot, shop: Repository, login: str, shown: bool, role: Role
) -> None:
    seen = of(bot, login)
    assert seen.shows(repository_home(shop)) is shown
    assert seen.role(_acme(bot)) is role
    assert seen.shows(account_home(bot.person(login)))


def test_what_everybody_may_read_shows_nothing_of_what_was_made_for_it(bot: Bot) -> None:
    site = bot.forge.people.add_repository("acme/site", private=False)
    bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
    bot.post("/generate library name=orders", thread=bot.open("Site", where=site))
    home = repository_home(site)
    assert not of(bot, "eve").shows(home)
    assert not of(bot, "rita").shows(home)
    assert of(bot, "ann").shows(home)
    assert of(bot, "mia").shows(home)
    bot.forge.permissions["acme/site", "eve"] = Permission.TRIAGE
    assert of(bot, "eve").shows(home)


def test_a_collaborator_on_one_repository_sees_that_one(bot: Bot, shop: Repository) -> None:
    till = bot.forge.people.add_repository("acme/till")
    bot.forge.permissions["acme/till", "eve"] = Permission.READ
    bot.forge.permissions["acme/till", "ann"] = Permission.WRITE
    bot.post("/generate library name=orders", thread=bot.open("Till", where=till))
    seen = of(bot, "eve")
    assert seen.shows(repository_home(till))
    assert not seen.shows(repository_home(shop))
    assert seen.role(_acme(bot)) is Role.READER


def test_the_same_name_on_another_forge_proves_nothing(bot: Bot, shop: Repository) -> None:
    ann = bot.person("ann")
    namesakes = (
        replace(ann, forge="gitlab"),
        Actor(forge="gitlab", account_id="9", login="ann"),
        Actor(forge="github", account_id="9999", login="ann"),
    )
    for namesake in namesakes:
        seen = of(bot, namesake)
        assert seen == Sight(homes=frozenset({account_home(namesake)}))


def test_accounts_that_are_linked_see_what_each_of_them_does(bot: Bot, shop: Repository) -> None:
    elsewhere = Actor(forge="gitlab", account_id="9", login="ann")
    seen = of(bot, "ann", elsewhere)
    assert seen.shows(repository_home(shop))
    assert seen.shows(account_home(elsewhere))


def test_nobody_sees_anything(bot: Bot, shop: Repository) -> None:
    assert of(bot) == Sight(homes=frozenset())


def test_a_login_that_somebody_else_took_shows_nothing(bot: Bot, shop: Repository) -> None:
    ann = bot.person("ann")
    people = bot.forge._world.people
    people["annika"] = replace(people.pop("ann"), login="annika")
    stranger = bot.person("ann")
    assert stranger.account_id != ann.account_id
    bot.forge.permissions["acme/shop", "annika"] = Permission.WRITE
    del bot.forge.permissions["acme/shop", "ann"]
    assert not of(bot, stranger).shows(repository_home(shop))
    assert of(bot, ann).shows(repository_home(shop))


def test_a_repository_of_the_same_name_shows_nothing_of_the_former_one(
    bot: Bot, shop: Repository
) -> None:
    bot.forge.people.remove_repository(shop)
    bot.forge.people.add_repository("acme/shop")
    bot.forge.permissions["acme/shop", "eve"] = Permission.ADMIN
    assert not of(bot, "eve").shows(repository_home(shop))


def test_an_organisation_whose_login_somebody_else_took_has_no_owner_by_that(
    bot: Bot, shop: Repository
) -> None:
    del bot.forge._world.owners["acme"]
    bot.forge.people.add_account("acme", installation="99")
    bot.forge.people.add_person("eve", owner_of=["acme"])
    assert of(bot, "eve").role(_acme(bot)) is Role.NONE


@pytest.mark.parametrize("login", ["ann", "mia", "olga"])
@pytest.mark.parametrize("how", ["suspended", "removed"])
def test_an_organisation_that_took_its_grant_back_is_shown_to_nobody(
    bot: Bot, shop: Repository, login: str, how: str
) -> None:
    if how == "suspended":
        bot.store.organisations.suspend("github", "77", suspended=True)
    else:
        bot.store.organisations.remove("github", "77")
    seen = of(bot, login)
    assert not seen.shows(repository_home(shop))
    assert seen.roles == {}


def test_where_a_forge_does_not_answer_nobody_knows(bot: Bot, shop: Repository) -> None:
    for method in ("owner", "permission"):
        bot.fail(method)
        with pytest.raises(Transient):
            of(bot, "ann")


def test_an_answer_holds_for_a_minute_and_no_longer(
    bot: Bot, shop: Repository, minutes: Minutes
) -> None:
    sights, ann = Sights(bot.services), bot.person("ann")
    assert sights.of([ann]).shows(repository_home(shop))
    asked = len(bot.forge.calls)
    bot.forge.permissions["acme/shop", "ann"] = Permission.NONE
    minutes.now += HELD_S - 1
    assert sights.of([ann]).shows(repository_home(shop))
    assert len(bot.forge.calls) == asked
    minutes.now += 2
    assert not sights.of([ann]).shows(repository_home(shop))


def test_what_failed_is_asked_again_at_once(bot: Bot, shop: Repository, minutes: Minutes) -> None:
    sights, ann = Sights(bot.services), bot.person("ann")
    bot.fail("permission")
    with pytest.raises(Transient):
        sights.of([ann])
    assert sights.of([ann]).shows(repository_home(shop))


def test_what_was_begun_since_is_seen_at_once(bot: Bot, shop: Repository, minutes: Minutes) -> None:
    sights, ann, rita = Sights(bot.services), bot.person("ann"), bot.person("rita")
    sights.of([ann])
    sights.of([rita])
    till = bot.forge.people.add_repository("acme/till")
    bot.forge.permissions["acme/till", "ann"] = Permission.WRITE
    bot.clock.now += timedelta(seconds=5)
    bot.post("/generate library name=orders", thread=bot.open("Till", where=till))
    minutes.now += 5
    asked = len(bot.forge.calls_of("permission"))
    assert sights.of([ann]).shows(repository_home(till))
    assert sights.of([ann]).shows(repository_home(shop))
    assert not sights.of([rita]).shows(repository_home(till))
    sights.of([rita])
    # What was answered is not asked again.
    assert len(bot.forge.calls_of("permission")) == asked + 2
