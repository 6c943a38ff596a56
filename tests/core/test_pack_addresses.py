"""What people write for a pack, read in one way only. What is refused: tests/generation/foreign."""

from __future__ import annotations

import pytest

from bot.core.pack_addresses import (
    GitPack,
    NamedPack,
    RepositoryPack,
    is_commit,
    read_pack_address,
    trusted_address,
)
from bot.core.policy import Policy
from bot.errors import UserError


@pytest.mark.parametrize(
    ("text", "canonical", "name", "policy_name"),
    [
        ("python-package", "python-package", "python-package", "python-package"),
        ("acme/tpl@v1.2", "acme/tpl@v1.2", "tpl", "acme/tpl"),
        ("github:acme/tpl", "github:acme/tpl", "tpl", "acme/tpl"),
        ("github:acme/.github@main//packs/one/", "github:acme/.github@main//packs/one", "one",
         "acme/.github"),
        ("https://git.example/a/b.git@v1", "git+https://git.example/a/b.git@v1", "b",
         "git.example/a/b"),
        ("git+https://git.example:8443/g/s/n@release/1.0//sub/dir",
         "git+https://git.example:8443/g/s/n@release/1.0//sub/dir", "dir", "git.example/g/s/n"),
    ],
)  # fmt: skip
def test_an_address_is_read_and_written(
    text: str, canonical: str, name: str, policy_name: str
) -> None:
    address = read_pack_address(text)
    assert str(address) == canonical
    assert (address.name, address.policy_name) == (name, policy_name)
    assert read_pack_address(canonical) == address


def test_the_kinds_are_told_apart() -> None:
    assert isinstance(read_pack_address("service"), NamedPack)
    assert isinstance(read_pack_address("acme/service"), RepositoryPack)
    assert isinstance(read_pack_address("https://x.example/service@v1"), GitPack)


def test_a_commit_is_told_by_its_whole_id() -> None:
    assert is_commit("0123456789" * 4)
    assert not is_commit("0123456789")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("github:acme/tpl", "github:acme/tpl"),
        ("github:acme/tpl@v1//sub", "github:acme/tpl//sub"),
        ("https://git.example/a/b", "git+https://git.example/a/b"),
        ("git+https://git.example/a/b//sub", "git+https://git.example/a/b//sub"),
    ],
)
def test_what_is_trusted_is_trusted_at_every_tag(text: str, kept: str) -> None:
    assert trusted_address(text) == kept


@pytest.mark.parametrize("text", ["service", "acme/tpl", "http://git.example/a/b", ""])
def test_what_names_no_forge_or_host_cannot_be_trusted(text: str) -> None:
    with pytest.raises(UserError):
        trusted_address(text)


@pytest.mark.parametrize(
    ("patterns", "names", "allowed"),
    [
        (("*",), ("acme/tpl",), True),
        (("python-*",), ("python-package",), True),
        (("python-*",), ("python-somebody/tpl",), False),
        (("acme/*",), ("service", "acme/service"), True),
        (("acme/*",), ("acme/tpl",), True),
        (("acme/*",), ("other/tpl",), False),
        (("git.example/*",), ("git.example/a/b",), True),
        ((), ("service",), False),
    ],
)
def test_a_policy_knows_a_pack_by_its_names(
    patterns: tuple[str, ...], names: tuple[str, ...], allowed: bool
) -> None:
    assert Policy(packs=patterns).allows_pack(*names) is allowed
