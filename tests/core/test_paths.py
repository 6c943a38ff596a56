"""The path gate: what passes, what is refused and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.paths import check_mode, check_path, check_paths
from bot.errors import UserError
from tests.hostile_paths import CLASHES, FIT, REFUSED


@pytest.mark.parametrize("path", FIT)
def test_an_ordinary_path_is_given_back_as_it_is(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(("path", "fault"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_a_path_that_could_mean_something_else_is_refused(path: str, fault: str) -> None:
    with pytest.raises(UserError) as refused:
        check_path(path)
    assert refused.value.reason == "bad_path"
    assert fault in refused.value.message


@pytest.mark.parametrize("path", ["a\nb", "a`b\u202e/..", "x" * 5000, "\ud800"])
def test_a_refusal_shows_the_path_so_that_it_cannot_break_out(path: str) -> None:
    with pytest.raises(UserError) as refused:
        check_path(path + "/..")
    assert refused.value.message.isascii()
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 300


@given(st.text(min_size=1, max_size=40))
def test_what_passes_is_one_relative_path_in_every_reading(path: str) -> None:
    try:
        check_path(path)
    except UserError:
        return
    parts = path.split("/")
    assert all(part not in ("", ".", "..") and part.casefold() != ".git" for part in parts)
    assert "\\" not in path
    assert path.isprintable() or not path.isascii()
    path.encode()


@given(
    st.lists(st.sampled_from([".git", "con", "a", "..", ".", "A.py", "nul.x", "b-c"]), min_size=1)
)
def test_the_quick_way_decides_as_the_careful_one(parts: list[str]) -> None:
    path = "/".join(parts)
    expected = all(part in ("a", "A.py", "b-c") for part in parts) and len(parts) <= 64
    try:
        assert check_path(path) == path
        assert expected
    except UserError:
        assert not expected


@pytest.mark.parametrize("paths", CLASHES)
def test_paths_in_each_others_way_are_refused(paths: list[str]) -> None:
    with pytest.raises(UserError) as refused:
        check_paths(paths)
    assert refused.value.reason == "bad_path"


def test_paths_beside_each_other_pass() -> None:
    paths = ["a/b/c.py", "a/b/d.py", "a/bc", "a-b", "a.b", "ab", "README.md", "src/README.md"]
    assert check_paths(paths) == tuple(paths)


@pytest.mark.parametrize("mode", [0o120000, 0o160000, 0o040000, 0o100600, 0])
def test_only_ordinary_and_executable_files_pass(mode: int) -> None:
    assert check_mode("a", 0o100644) == 0o100644
    assert check_mode("a", 0o100755) == 0o100755
    with pytest.raises(UserError, match="only ordinary and executable"):
        check_mode("a", mode)
