"""``firstcommit secret``, as an operator types it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import cli
from bot.build import build
from bot.sealing import secret_place, unseal
from bot.services import Services
from bot.settings import Settings

ORIGIN = "https://api.example.com"
Type = Callable[..., tuple[int, str, str]]


class Terminal(io.StringIO):
    """Somebody sits in front of it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(folder))
    monkeypatch.setenv("FIRSTCOMMIT_API_ORIGINS", ORIGIN)
    assert cli.main(["migrate"]) == 0
    return folder


@pytest.fixture
def services(data: Path) -> Services:
    return build(Settings(data_dir=data))


@pytest.fixture
def type_in(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Type:
    """Type a command with something on standard input: exit code, and what it wrote."""

    def type_in(
        *words: str, value: str = "hunter22", stdin: io.StringIO | None = None
    ) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", stdin or io.StringIO(value))
        code = cli.main(["secret", *words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return type_in


def kept(services: Services, name: str = "TOKEN", organisation: str = "acme") -> str:
    found = services.store.secrets.take("local", organisation, name)
    assert found is not None
    stored, sealed = found
    place = secret_place("local", organisation, name, stored.origin)
    return unseal(services.keys, sealed, bound_to=place)


def test_a_secret_is_stored_sealed(type_in: Type, services: Services, data: Path) -> None:
    code, out, err = type_in("set", "acme", "TOKEN", "--origin", ORIGIN, value="hunter22\n")
    assert (code, err) == (0, "")
    assert out == f"TOKEN of local:acme is stored, for {ORIGIN}.\n"
    assert kept(services) == "hunter22"
    files = [path.read_bytes() for path in data.rglob("*") if path.is_file()]
    assert not any(b"hunter22" in content for content in files)


def test_it_is_replaced(type_in: Type, services: Services) -> None:
    type_in("set", "acme", "TOKEN", "--origin", ORIGIN)
    code, out, _ = type_in("set", "local:ACME", "TOKEN", "--origin", ORIGIN, value="another one")
    assert (code, "is replaced" in out) == (0, True)
    assert kept(services) == "another one"


def test_a_value_with_several_lines_keeps_them(type_in: Type, services: Services) -> None:
    type_in("set", "acme", "TOKEN", "--origin", ORIGIN, value="one\ntwo\n\n")
    assert kept(services) == "one\ntwo\n"


def test_a_person_is_asked_without_an_echo(
    type_in: Type, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There is no terminal in tests; what is asked of it is all that is put in its place.
    monkeypatch.setattr("bot.console.secrets.getpass", lambda prompt: f"typed at {prompt}")
    type_in("set", "acme", "TOKEN", "--origin", ORIGIN, stdin=Terminal())
    assert kept(services) == "typed at TOKEN: "


def test_no_value_is_taken_from_the_command_line(
    type_in: Type, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        type_in("set", "acme", "TOKEN", "hunter22", "--origin", ORIGIN)
    assert caught.value.code == 2
    with pytest.raises(SystemExit):
        type_in("set", "acme", "TOKEN")


def test_secrets_are_listed_without_values(type_in: Type) -> None:
    type_in("set", "acme", "TOKEN", "--origin", ORIGIN)
    type_in("set", "acme", "OTHER", "--origin", f"{ORIGIN}:8443")
    code, out, _ = type_in("list", "acme")
    lines = [line.split() for line in out.splitlines()]
    assert code == 0
    assert lines[0] == ["NAME", "ORIGIN", "SET", "LAST", "USED"]
    assert [line[:2] for line in lines[1:]] == [
        ["OTHER", f"{ORIGIN}:8443"],
        ["TOKEN", ORIGIN],
    ]
    assert lines[1][3] == "never"
    assert "hunter22" not in out
    assert type_in("list", "other")[1] == "local:other has no secrets.\n"


def test_a_secret_is_removed(type_in: Type) -> None:
    type_in("set", "acme", "TOKEN", "--origin", ORIGIN)
    assert type_in("remove", "acme", "TOKEN")[:2] == (0, "TOKEN of local:acme is removed.\n")
    code, _, err = type_in("remove", "acme", "TOKEN")
    assert (code, err) == (1, "local:acme has no secret of that name.\n")


def test_an_origin_that_is_not_listed_is_told(type_in: Type) -> None:
    code, _, err = type_in("set", "acme", "TOKEN", "--origin", "https://other.example")
    assert code == 0
    assert "https://other.example is not in FIRSTCOMMIT_API_ORIGINS" in err


@pytest.mark.parametrize(
    ("words", "value", "problem"),
    [
        (("github:acme", "TOKEN", ORIGIN), "hunter22", "On which forge? This server has local."),
        (("ac me", "TOKEN", ORIGIN), "hunter22", "is no login"),
        (("acme", "2TOKEN", ORIGIN), "hunter22", "A secret's name"),
        (("acme", "TO-KEN", ORIGIN), "hunter22", "A secret's name"),
        (("acme", "TOKEN", f"{ORIGIN}/v1"), "hunter22", "The origin must end with the host"),
        (("acme", "TOKEN", "api.example.com"), "hunter22", "The origin must begin with https://"),
        (("acme", "TOKEN", "http://api.example.com"), "hunter22", "without encryption"),
        (("acme", "TOKEN", ORIGIN), "", "has from 4 to"),
        (("acme", "TOKEN", ORIGIN), "\n", "has from 4 to"),
        (("acme", "TOKEN", ORIGIN), "x" * 16_385, "has from 4 to"),
        (("acme", "TOKEN", ORIGIN), "hunter\x0022", "a control character"),
    ],
)
def test_what_cannot_be_is_refused(
    type_in: Type, words: tuple[str, str, str], value: str, problem: str
) -> None:
    organisation, name, origin = words
    code, out, err = type_in("set", organisation, name, "--origin", origin, value=value)
    assert (code, out) == (1, "")
    assert problem in err
    assert "hunter" not in err


def test_a_private_origin_may_be_without_encryption(
    type_in: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTCOMMIT_API_ORIGINS", "private:http://intranet:8080")
    assert type_in("set", "acme", "TOKEN", "--origin", "http://intranet:8080")[0] == 0


def test_an_older_database_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "empty"))
    assert cli.main(["secret", "list", "acme"]) == 2
    assert "firstcommit migrate" in capsys.readouterr().err
