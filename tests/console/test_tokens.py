"""``firstcommit token``, as an operator types it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import cli
from bot.build import build
from bot.core.access_scopes import Scope
from bot.core.token_text import is_token
from bot.services import Services
from bot.settings import Settings
from bot.tokens import bearer_of

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    folder = tmp_path / "data"
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(folder))
    assert cli.main(["migrate"]) == 0
    return build(Settings(data_dir=folder))


@pytest.fixture
def type_in(services: Services, capsys: pytest.CaptureFixture[str]) -> Type:
    def type_in(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["token", *words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return type_in


def test_a_token_is_printed_alone_and_told_about_beside(type_in: Type, services: Services) -> None:
    code, out, err = type_in("create", "--for", "local:you", "--name", "CI", "--scopes", "read")
    text = out.removesuffix("\n")
    assert code == 0
    assert is_token(text)
    assert "A token for local:you (read), until" in err
    assert text not in err
    found = bearer_of(services, text)
    assert found is not None
    assert found.person_id is not None
    person = services.store.persons.get(found.person_id)
    assert person is not None
    assert [account.login for account in person.accounts] == ["you"]
    (kept,) = services.store.tokens.listed(person.id)
    assert (kept.name, kept.scopes) == ("CI", {Scope.READ})


def test_it_lasts_ninety_days_and_reads_and_writes_unless_told_otherwise(
    type_in: Type, services: Services
) -> None:
    type_in("create", "--for", "local:you")
    type_in("create", "--for", "operator", "--days", "366", "--scopes", "read, operate")
    operators, yours = services.store.tokens.everybodys()
    left = yours.expires_at - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)
    assert yours.scopes == {Scope.READ, Scope.WRITE}
    assert operators.person_id is None
    assert operators.scopes == {Scope.READ, Scope.OPERATE}
    assert operators.expires_at - yours.expires_at > timedelta(days=275)


def test_all_tokens_of_one_are_one_persons(type_in: Type, services: Services) -> None:
    for _ in range(2):
        type_in("create", "--for", "local:you")
    assert len({token.person_id for token in services.store.tokens.everybodys()}) == 1


def test_tokens_are_listed_and_revoked(type_in: Type, services: Services) -> None:
    assert type_in("list")[1] == "There are no tokens.\n"
    _, text, _ = type_in("create", "--for", "local:you", "--name", "CI")
    type_in("create", "--for", "operator", "--name", "metrics")
    _, out, _ = type_in("list")
    head, first, second = out.splitlines()
    assert head.split()[:4] == ["ID", "TOKEN", "FOR", "SCOPES"]
    assert first.endswith("metrics")
    assert " operator " in first
    assert f" {text[:8]}…  local:you  read,write " in second
    assert text[8:20] not in out
    assert len(type_in("list", "--for", "local:you")[1].splitlines()) == 2
    token_id = second.split()[0]
    assert type_in("revoke", token_id)[1] == f"The token {text[:8]}… (CI) works no more.\n"
    assert bearer_of(services, text.strip()) is None
    code, _, err = type_in("revoke", token_id)
    assert (code, "There is no token of that id" in err) == (1, True)
    assert "metrics" in type_in("list", "--for", "operator")[1]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--for", "you"), "names nobody"),
        (("--for", "local:"), "names nobody"),
        (("--for", "local:nobody"), "There is no person of that name: local:nobody."),
        (("--for", "local:firstcommit"), "There is no person of that name"),
        (("--for", "github:ada"), "github is not configured on this server."),
        (("--for", "local:you", "--scopes", "read,admin"), "'admin' is no scope"),
        (("--for", "local:you", "--scopes", ""), "at least one scope"),
        (("--for", "local:you", "--scopes", "operate"), "Only the operator's tokens may operate"),
        (("--for", "local:you", "--days", "367"), "from 1 to 366 days"),
        (("--for", "local:you", "--days", "0"), "from 1 to 366 days"),
        (("--for", "local:you", "--name", "x" * 101), "1 to 100 characters"),
    ],
)
def test_what_cannot_be_is_refused(
    type_in: Type, services: Services, words: tuple[str, ...], problem: str
) -> None:
    code, out, err = type_in("create", *words)
    assert (code, out) == (1, "")
    assert problem in err
    assert list(services.store.tokens.everybodys()) == []


def test_somebody_who_has_never_been_here_has_no_list(type_in: Type) -> None:
    code, _, err = type_in("list", "--for", "local:you")
    assert (code, "That person has never been here" in err) == (1, True)


def test_whose_it_is_has_to_be_said(type_in: Type) -> None:
    with pytest.raises(SystemExit) as caught:
        type_in("create")
    assert caught.value.code == 2
