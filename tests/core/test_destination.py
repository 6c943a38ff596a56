"""What people write as a destination."""

from __future__ import annotations

import pytest

from bot.core.destination import (
    Destination,
    check_branch,
    check_visibility,
    destination_from_dict,
    destination_to_dict,
    read_place,
)
from bot.errors import UserError


@pytest.mark.parametrize(
    ("text", "forge", "name"),
    [
        (".", None, None),
        ("", None, None),
        ("acme/orders", None, "acme/orders"),
        ("github:acme/orders", "github", "acme/orders"),
        ("local:demo/orders.js", "local", "demo/orders.js"),
    ],
)
def test_places(text: str, forge: str | None, name: str | None) -> None:
    place = read_place(text)
    assert (place.forge, place.full_name) == (forge, name)


@pytest.mark.parametrize(
    "text",
    [
        "orders",
        "/orders",
        "acme/",
        "acme/a/b",
        "../orders",
        "acme/..",
        "acme/.",
        "acme/a b",
        "acme/x.git",
        "acme/x.wiki",
        "-acme/x",
        "acme-/x",
        "a" * 40 + "/x",
        "acme/" + "x" * 101,
        "bitbucket:acme/x",
        "github:acme",
        "acme/`x`",
        "https://github.com/acme/x",
    ],
)
def test_what_is_no_repository_name_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_place(text)
    assert caught.value.reason == "bad_destination"
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["main", "feature/x", "firstcommit/3f9a1c2b", "a.b-c_d"])
def test_branches(name: str) -> None:
    assert check_branch(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "a..b",
        "a b",
        "a~b",
        "a^b",
        "a:b",
        "a?b",
        "a*b",
        "a[b",
        "a\\b",
        "-a",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a.",
        "@",
        "HEAD",
        "refs/heads/x",
        "a@{b",
        "x" * 245,
        "a\x00b",
        "a\nb",
    ],
)
def test_what_is_no_branch_is_refused(name: str) -> None:
    with pytest.raises(UserError) as caught:
        check_branch(name)
    assert caught.value.reason == "bad_branch"


def test_visibility() -> None:
    assert check_visibility("Public") == "public"
    with pytest.raises(UserError):
        check_visibility("secret")


def test_a_destination_survives_storage() -> None:
    destination = Destination(
        forge="github",
        repository="acme/orders",
        id="7",
        new=False,
        existing=True,
        visibility="private",
        path="packages/ui",
        branch="b",
        base="main",
        draft=True,
    )
    assert destination_from_dict(destination_to_dict(destination)) == destination
    assert destination.full_path("a/b") == "packages/ui/a/b"
    assert (destination.owner, destination.name) == ("acme", "orders")
