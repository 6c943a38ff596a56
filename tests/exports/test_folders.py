"""What the folder in an archive is called, whatever a project is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.paths import check_path
from bot.errors import UserError
from bot.exports.folders import LONGEST_BYTES, check_folder, folder_name
from bot.exports.options import Options, read_options


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("orders", "orders"),
        ("Orders 2", "Orders 2"),
        ("größe", "größe"),
        ("gro\u0308\u00dfe", "größe"),
        ("a/b\\c", "a-b-c"),
        ("../../etc", "etc"),
        (".ssh", "ssh"),
        ("-rf", "rf"),
        ("~root", "root"),
        ("C:", "C"),
        ("100%", "100"),
        ("a\n b\t", "a b"),
        ("v1.", "v1"),
        ("", "project"),
        ("...", "project"),
        ("CON", "project"),
        ("nul.txt", "project"),
        ("git~1", "git-1"),
        ("\u202egnp", "gnp"),
        ("\uff0e\uff0e", "project"),
        ("x" * 300, "x" * LONGEST_BYTES),
        ("ß" * 300, "ß" * (LONGEST_BYTES // 2)),
    ],
)
def test_it_is_the_projects_name_as_far_as_that_can_be(name: str, folder: str) -> None:
    assert folder_name(name) == folder


@given(st.text(max_size=300))
def test_any_name_gives_one_folder_that_every_system_takes(name: str) -> None:
    folder = folder_name(name)
    assert check_path(folder) == check_folder(folder) == folder
    assert "/" not in folder
    assert folder_name(folder) == folder


@pytest.mark.parametrize("name", ["", "..", "a/b", ".ssh", "-x", "con", "x" * 101, "a\nb"])
def test_what_somebody_asks_for_is_refused_rather_than_mended(name: str) -> None:
    with pytest.raises(UserError) as caught:
        check_folder(name)
    assert caught.value.reason == "bad_path"


def test_options_are_read_and_kept() -> None:
    assert read_options({}) == read_options({"folder": None}) == Options()
    assert read_options({"folder": "shop"}).as_config() == {"folder": "shop"}
    assert Options().as_config() == {}


@pytest.mark.parametrize(
    ("config", "reason"),
    [({"level": 9}, "bad_config"), ({"folder": 3}, "bad_config"), ({"folder": "a/b"}, "bad_path")],
)
def test_an_option_that_would_be_ignored_is_refused(config: dict[str, object], reason: str) -> None:
    with pytest.raises(UserError) as caught:
        read_options(config)
    assert caught.value.reason == reason
