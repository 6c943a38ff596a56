"""Tokens as they are given out and shown again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.access_scopes import (
    ALL,
    OPERATORS_SESSION,
    PERSONS_SESSION,
    Grant,
    Scope,
)
from bot.core.token_text import is_token
from bot.errors import UserError
from bot.services import Services
from bot.store.port import Person
from bot.tokens import bearer_of, issue
from tests.store.making import ADA
from tests.web.doubles import ADMIN_TOKEN
from tests.web.world import World

READ = frozenset({Scope.READ})


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def services(world: World) -> Services:
    return world.services


@pytest.fixture
def ada(services: Services) -> Person:
    return services.store.persons.signed_in(ADA)


def test_a_token_is_known_again_with_its_scopes(services: Services, ada: Person) -> None:
    made = issue(services, person_id=ada.id, name="ci", scopes=READ, by=PERSONS_SESSION)
    assert is_token(made.text)
    assert made.token.beginning == made.text[:8]
    assert repr(made.text) == "'***'"
    found = bearer_of(services, made.text)
    assert found is not None
    assert (found.person_id, found.token_id, found.is_operator) == (ada.id, made.token.id, False)
    assert found.grant == Grant(scopes=READ, ends_at=made.token.expires_at)
    assert made.token.expires_at - datetime.now(UTC) > timedelta(days=89)


def test_the_operators_own_token_is_one_without_an_end(services: Services) -> None:
    found = bearer_of(services, ADMIN_TOKEN)
    assert found is not None
    assert (found.is_operator, found.grant, found.token_id) == (True, OPERATORS_SESSION, None)


def test_a_token_of_the_operators_has_the_scopes_it_was_given(services: Services) -> None:
    made = issue(services, person_id=None, name="metrics", scopes=READ, by=OPERATORS_SESSION)
    found = bearer_of(services, made.text)
    assert found is not None
    assert (found.is_operator, found.grant.scopes) == (True, READ)


@pytest.mark.parametrize(
    "text", ["", "guess", ADMIN_TOKEN.upper(), "é", "\udcff", "fc_" + "x" * 49]
)
def test_what_was_never_given_out_is_nobodys(services: Services, text: str) -> None:
    assert bearer_of(services, text) is None


def test_a_token_that_ended_or_was_revoked_is_nobodys(world: World, ada: Person) -> None:
    services = world.services
    made = issue(services, person_id=ada.id, name="a", scopes=READ, by=PERSONS_SESSION, days=1)
    other = issue(services, person_id=ada.id, name="b", scopes=READ, by=PERSONS_SESSION)
    assert services.store.tokens.revoke(other.token.id, ada.id)
    assert bearer_of(services, other.text) is None
    assert bearer_of(services, made.text) is not None
    world.clock.ahead = timedelta(days=1)
    assert bearer_of(services, made.text) is None


def test_a_token_makes_none_that_is_more_than_itself(services: Services, ada: Person) -> None:
    scopes = frozenset({Scope.READ, Scope.TOKENS})
    made = issue(services, person_id=ada.id, name="a", scopes=scopes, by=PERSONS_SESSION, days=9)
    found = bearer_of(services, made.text)
    assert found is not None
    child = issue(services, person_id=ada.id, name="b", scopes=READ, by=found.grant)
    assert child.token.expires_at == made.token.expires_at
    for more, days in ((ALL, None), (frozenset({Scope.WRITE}), None), (READ, 10)):
        with pytest.raises(UserError):
            issue(services, person_id=ada.id, name="c", scopes=more, by=found.grant, days=days)
    assert len(services.store.tokens.listed(ada.id)) == 2


def test_of_a_token_only_a_digest_is_stored(world: World, ada: Person) -> None:
    made = issue(world.services, person_id=ada.id, name="ci", scopes=READ, by=PERSONS_SESSION)
    world.store.database.close()
    kept = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert made.token.beginning.encode() in kept
    assert made.text[8:].encode() not in kept
