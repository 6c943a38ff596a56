"""The path gate: what passes, what is refused and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.paths import check_mode, check_path, check_paths
from bot.errors import UserError

FIT = [
    "README.md",
    ".gitignore",
    ".github/workflows/ci.yml",
    ".gitattributes",
    "src/my_lib/__init__.py",
    "src/[slug]/(group)/page.tsx",
    "conftest.py",
    "console.log",
    "auxiliary/nullable.py",
    "com10.txt",
    "a..b/c...d",
    "docs/naïve café.md",
    "docs/ファイル.md",
    "100%.txt",
    "50%off/sale.md",
    "file@2x.png",
    "a" * 255,
    "/".join(["d"] * 64),
]

REFUSED = [
    ("", "empty"),
    ("/etc/passwd", "absolute"),
    ("//server/share", "absolute"),
    ("~/.ssh/authorized_keys", "tilde"),
    ("~root/x", "tilde"),
    ("..", "."),
    ("../x", "has `.` or `..` as a part"),
    ("a/../../x", "has `.` or `..` as a part"),
    ("a/./b", "has `.` or `..` as a part"),
    ("./a", "has `.` or `..` as a part"),
    ("a//b", "empty part"),
    ("a/", "empty part"),
    ("a\\b", "backslash"),
    ("..\\x", "backslash"),
    ("\\\\server\\share", "backslash"),
    ("C:/windows", "drive"),
    ("c:x", "drive"),
    ("a/b:stream", "Windows"),
    ("x?.md", "Windows"),
    ("x*.md", "Windows"),
    ("a\0b", "control"),
    ("a\nb", "control"),
    ("a\x1bb", "control"),
    ("a\x7fb", "control"),
    ("a\u200bb", "invisible"),
    ("a\u202eb", "invisible"),
    ("a\u2028b", "invisible"),
    ("a\ud800b", "invisible"),
    (".git", "git's own"),
    (".git/config", "git's own"),
    (".GIT/config", "git's own"),
    (".Git/hooks/pre-commit", "git's own"),
    ("sub/.git/config", "git's own"),
    (".git./config", "dot"),
    (".git /config", "space"),
    (".git::$INDEX_ALLOCATION/config", "Windows"),
    ("git~1/config", "git's own"),
    ("GIT~2", "git's own"),
    (".g\u200cit/config", "invisible"),
    (".g\u0131t", None),  # a dotless i stays another letter: fit, as git takes it
    ("．git/config", "git's own"),
    (".ｇｉｔ/config", "git's own"),
    ("．．/x", "has `.` or `..` as a part"),
    ("a／b", "Windows"),
    ("‥/x", "has `.` or `..` as a part"),
    ("%2e%2e/x", "escaped"),
    ("%2E%2E%2Fx", "escaped"),
    ("a%2fb", "escaped"),
    ("a%5cb", "escaped"),
    ("%252e%252e/x", "escaped"),
    ("%c0%ae%c0%ae/x", "escaped"),
    ("a%00b", "escaped"),
    ("%u002e%u002e/x", "escaped"),
    ("con", "device"),
    ("CON.txt", "device"),
    ("nul", "device"),
    ("aux.py", "device"),
    ("src/prn/x", "device"),
    ("com1.log", "device"),
    ("LPT9", "device"),
    ("com¹", "device"),
    ("conin$", "device"),
    ("nul .txt", "device"),
    ("a /b", "space"),
    (" a/b", "space"),
    ("a./b", "dot"),
    ("a" * 256, "255 bytes"),
    ("é" * 128, "255 bytes"),
    ("/".join(["abcdefgh"] * 63) + "/" + "x" * 255 + "/" + "é" * 3000, "4096 bytes"),
    ("/".join(["d"] * 65), "deep"),
    ("d/" * 3000 + "x", "4096 bytes"),
]


@pytest.mark.parametrize("path", FIT)
def test_an_ordinary_path_is_given_back_as_it_is(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(("path", "fault"), [case for case in REFUSED if case[1]])
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


@pytest.mark.parametrize(
    "paths",
    [
        ["README.md", "readme.md"],
        ["src/a.py", "SRC/b.py"],
        ["a/b", "a"],
        ["a", "a/b/c"],
        ["a", "a"],
        ["caf\u00e9.md", "cafe\u0301.md"],
        ["stra\u00dfe", "strasse"],
        ["\ufb01le", "file"],
        ["A/b", "a"],
    ],
)
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
