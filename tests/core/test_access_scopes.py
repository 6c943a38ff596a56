"""What a token may be used for, and which tokens somebody may make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.access_scopes import (
    ALL,
    OPERATORS_SESSION,
    PERSONS_SESSION,
    SCOPE_WORDS,
    Grant,
    Scope,
    Scopes,
    check_scopes,
    checked_name,
    ends_at,
    in_order,
    read_scopes,
)
from bot.errors import UserError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
READ, WRITE, TOKENS, OPERATE = Scope.READ, Scope.WRITE, Scope.TOKENS, Scope.OPERATE


def scopes(*given: Scope) -> Scopes:
    return frozenset(given)


def refusal(caught: pytest.ExceptionInfo[UserError]) -> tuple[str, str]:
    return caught.value.reason, f"{caught.value.message} {caught.value.remedy}"


def test_scopes_are_read_in_any_order_and_listed_in_one() -> None:
    found = read_scopes(["write", " read", "", "write"])
    assert found == {READ, WRITE}
    assert in_order(found) == (READ, WRITE)
    assert in_order(ALL) == tuple(Scope)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["read", "admin"], "unknown_scope"),
        (["READ"], "unknown_scope"),
        ([""], "no_scope"),
        ([], "no_scope"),
    ],
)
def test_what_is_no_scope_is_refused_with_those_that_are(words: list[str], reason: str) -> None:
    with pytest.raises(UserError) as caught:
        read_scopes(words)
    found, said = refusal(caught)
    assert found == reason
    assert "read, write, approve, tokens, operate" in said


def test_every_scope_is_explained() -> None:
    assert set(SCOPE_WORDS) == set(Scope)


@pytest.mark.parametrize(
    ("given", "kept"), [(" ci ", "ci"), ("a\nb", "a b"), ("x" * 100, "x" * 100), ("é\u202e", "é")]
)
def test_a_name_is_one_printable_line(given: str, kept: str) -> None:
    assert checked_name(given) == kept


@pytest.mark.parametrize("given", ["", "  \n", "x" * 101])
def test_a_token_has_a_name(given: str) -> None:
    with pytest.raises(UserError) as caught:
        checked_name(given)
    assert caught.value.reason == "bad_name"


@pytest.mark.parametrize(("days", "lasts"), [(None, 90), (1, 1), (366, 366)])
def test_how_long_a_token_lasts(days: int | None, lasts: int) -> None:
    assert ends_at(NOW, days, by=PERSONS_SESSION) == NOW + timedelta(days=lasts)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_no_token_lasts_longer_than_a_year(days: int) -> None:
    with pytest.raises(UserError) as caught:
        ends_at(NOW, days, by=OPERATORS_SESSION)
    assert caught.value.reason == "bad_expiry"


def test_a_token_does_not_outlive_its_maker() -> None:
    by = Grant(scopes=ALL, ends_at=NOW + timedelta(days=10))
    assert ends_at(NOW, 10, by=by) == by.ends_at
    assert ends_at(NOW, None, by=by) == by.ends_at
    with pytest.raises(UserError) as caught:
        ends_at(NOW, 11, by=by)
    assert caught.value.reason == "expiry_exceeds"
    assert "2026-12-02" in caught.value.remedy


@pytest.mark.parametrize(
    ("by", "wanted", "is_operators"),
    [
        (PERSONS_SESSION, scopes(*Scope) - {OPERATE}, False),
        (OPERATORS_SESSION, ALL, True),
        (OPERATORS_SESSION, scopes(READ), False),
        (Grant(scopes=scopes(READ, TOKENS)), scopes(READ, TOKENS), False),
    ],
)
def test_who_may_pass_on_what(by: Grant, wanted: Scopes, is_operators: bool) -> None:
    check_scopes(wanted, by=by, is_operators=is_operators)


@pytest.mark.parametrize(
    ("by", "wanted", "is_operators", "reason", "said"),
    [
        (Grant(scopes=scopes(READ, WRITE)), scopes(READ), False, "scope_missing", "tokens"),
        (
            Grant(scopes=scopes(READ, TOKENS)),
            scopes(WRITE),
            False,
            "scope_exceeds",
            "pass on write",
        ),
        (PERSONS_SESSION, scopes(OPERATE), False, "scope_exceeds", "Only the operator's"),
        (OPERATORS_SESSION, scopes(OPERATE), False, "scope_exceeds", "Only the operator's"),
        (Grant(scopes=scopes(TOKENS)), scopes(OPERATE), True, "scope_exceeds", "pass on operate"),
    ],
)
def test_nobody_passes_on_what_they_have_not(
    by: Grant, wanted: Scopes, is_operators: bool, reason: str, said: str
) -> None:
    with pytest.raises(UserError) as caught:
        check_scopes(wanted, by=by, is_operators=is_operators)
    assert refusal(caught)[0] == reason
    assert said in refusal(caught)[1]
