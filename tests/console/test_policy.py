"""``firstcommit policy``, as somebody types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot import cli
from bot.build import build
from bot.settings import Settings
from tests import migrated

GENERATE = "/generate python-package name=orders"

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def type_in(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Type:
    """Type a command where demo/shop lies on the local forge: its exit code and what it wrote."""
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))
    settings = Settings(data_dir=tmp_path / "data")
    people = build(settings).people
    assert people is not None
    people.open_thread("demo/shop", "Orders", "We need them.")
    migrated.place_at(settings.data_dir / "firstcommit.db")
    capsys.readouterr()

    def type_in(*words: str) -> tuple[int, str, str]:
        code = cli.main(["policy", *words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return type_in


def test_what_is_allowed_ends_with_that_word(type_in: Type) -> None:
    code, out, _ = type_in("explain", "@you", GENERATE, "demo/shop")
    assert code == 0
    assert out.splitlines()[0] == "person       @you on local"
    assert out.splitlines()[-1] == "allowed"


def test_what_is_refused_ends_with_the_reason(type_in: Type) -> None:
    code, out, _ = type_in("explain", "you", "/generate pyton-package name=orders", "demo/shop")
    assert code == 1
    assert out.splitlines()[-1].startswith("refused: unknown_pack: There is no template pack")


def test_the_operators_file_is_told_of(
    type_in: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.yml"
    policy.write_text("version: 1\npacks: {allow: [flask-*]}\n")
    monkeypatch.setenv("FIRSTCOMMIT_POLICY_FILE", str(policy))
    code, out, _ = type_in("explain", "@you", GENERATE, "demo/shop")
    assert code == 1
    assert "policy      the operator: sets packs.allow" in out
    assert "packs       [flask-*] (the operator); python-package is not allowed" in out
    assert out.splitlines()[-1] == (
        "refused: pack_not_allowed: The pack python-package is not allowed here."
    )


def test_a_wrong_operators_file_is_a_wrong_setting(
    type_in: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.yml"
    policy.write_text("version: 1\npacs: {allow: []}\n")
    monkeypatch.setenv("FIRSTCOMMIT_POLICY_FILE", str(policy))
    code, _, err = type_in("explain", "@you", GENERATE, "demo/shop")
    assert code == 2
    assert f"{policy}:2:1: 'pacs' is not known here; did you mean 'packs'?" in err


@pytest.mark.parametrize("words", [("local:demo/shop",), ("demo/shop", "--forge", "local")])
def test_the_forge_can_be_named(type_in: Type, words: tuple[str, ...]) -> None:
    assert type_in("explain", "@you", GENERATE, *words)[0] == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("@you", GENERATE, "github:demo/shop"), "github is not configured on this server."),
        (("@you", GENERATE, "local:demo/shop", "--forge", "github"), "On which forge?"),
        (("@you", GENERATE, "shop"), "`shop` is not of the form owner/name."),
        (("@you", GENERATE, "."), "Which repository?"),
        (("@you", GENERATE, "demo/none"), "There is no repository demo/none"),
        (("@nobody", GENERATE, "demo/shop"), "Nobody is called nobody on local."),
        (("@you", "generate a thing", "demo/shop"), "There is no command in that text."),
    ],
)
def test_what_cannot_be_asked_is_told(type_in: Type, words: tuple[str, ...], problem: str) -> None:
    code, out, err = type_in("explain", *words)
    assert (code, out) == (1, "")
    assert problem in err


def test_a_thread_is_named_by_its_number(type_in: Type) -> None:
    code, out, _ = type_in("explain", "@you", "/firstcommit cancel", "demo/shop#1")
    assert code == 1
    assert out.splitlines()[-1].startswith("refused: nothing_to_cancel")
