"""The one gate for paths of generated files: templates, agents and people alike.

A path that passes is relative, POSIX and means the same file on Linux, macOS and Windows,
in a work tree, in an archive and in a forge's API. Whatever could mean something else
there is refused and never mended, since a mended path is a file that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bot.core.git_values import EXECUTABLE, REGULAR
from bot.core.path_names import fault_of_name, folded
from bot.errors import UserError

MAX_PATH_BYTES = 4096
MAX_PARTS = 64

# Nearly every path of a real project, decided by one match: words of letters, digits and the
# marks ``_ - + @ = , .``, no word ending in a dot, at most 100 characters a word. Names that are
# refused although they look like this are caught by ``_SUSPECT``.
_PLAIN_PART = r"[A-Za-z0-9_.+@=,-]{0,99}[A-Za-z0-9_+@=,-]"
_PLAIN = re.compile(rf"{_PLAIN_PART}(?:/{_PLAIN_PART}){{0,30}}")
_SUSPECT = re.compile(
    r"(?:^|/)(?:\.git|con|prn|aux|nul|com[0-9]|lpt[0-9])(?=[./]|$)", re.IGNORECASE
)
_DRIVE = re.compile(r"[A-Za-z]:")


def check_path(path: str) -> str:
    """The path itself, if a generated file may have it.

    Raises:
        UserError: with reason ``bad_path``, saying what is wrong with it.
    """
    if _PLAIN.fullmatch(path) and not _SUSPECT.search(path):
        return path
    fault = _fault_of_whole(path) or _fault_of_parts(path)
    if fault is not None:
        raise bad_path(path, fault)
    return path


class PathGate:
    """Lets the paths of one project through, each fit by itself and none in another's way.

    Two paths are in each other's way if they differ only in case or in the Unicode form of
    their letters, anywhere along them, or if one is a folder that the other needs as a file.
    """

    def __init__(self) -> None:
        self._spelled: dict[str, str] = {}
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def check(self, path: str) -> str:
        """The path itself, which is there from now on.

        Raises:
            UserError: with reason ``bad_path``.
        """
        check_path(path)
        for folder in _folders_above(path):
            if folder in self._folders:
                break
            if folder in self._files:
                raise bad_path(folder, "is needed both as a file and as a folder")
            self._claim(folder)
            self._folders.add(folder)
        if path in self._folders:
            raise bad_path(path, "is needed both as a file and as a folder")
        if path in self._files:
            raise bad_path(path, "is there twice")
        self._claim(path)
        self._files.add(path)
        return path

    def _claim(self, path: str) -> None:
        """Enters a path under the spelling that file systems may take for the same."""
        key = path.lower() if path.isascii() else folded(path)
        other = self._spelled.setdefault(key, path)
        if other != path:
            words = f"and {other!a} are one file where case or Unicode form is ignored"
            raise bad_path(path, words)


def check_paths(paths: Iterable[str]) -> tuple[str, ...]:
    """All paths of one project through one :class:`PathGate`.

    Raises:
        UserError: with reason ``bad_path``, naming the first path at fault.
    """
    gate = PathGate()
    return tuple(gate.check(path) for path in paths)


def check_mode(path: str, mode: int) -> int:
    """The mode itself, if it is that of an ordinary or an executable file.

    Raises:
        UserError: with reason ``bad_path`` for symbolic links, submodules and all else.
    """
    if mode in (REGULAR, EXECUTABLE):
        return mode
    kind = {0o120000: "is a symbolic link", 0o160000: "is a submodule"}.get(
        mode, f"has mode {mode:o}"
    )
    raise bad_path(path, f"{kind}; only ordinary and executable files are published")


def bad_path(path: str, fault: str) -> UserError:
    """The refusal of a path; what is shown of it cannot break out of a line or a comment."""
    shown = ascii(path if len(path) <= 120 else path[:117] + "...")
    return UserError(
        f"The path {shown} {fault}.",
        reason="bad_path",
        remedy="Give a relative path with forward slashes that works on every system.",
    )


def _folders_above(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def _fault_of_whole(path: str) -> str | None:
    return next((fault for is_so, fault in _FAULTS_OF_WHOLE if is_so(path)), None)


def _fault_of_parts(path: str) -> str | None:
    return next((fault for fault in map(fault_of_name, path.split("/")) if fault), None)


def _is_too_long(path: str) -> bool:
    return len(path) > MAX_PATH_BYTES or len(path.encode("utf-8", "replace")) > MAX_PATH_BYTES


# What is wrong, in the order in which it is asked.
_FAULTS_OF_WHOLE: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda path: not path, "is empty"),
    (_is_too_long, f"is longer than {MAX_PATH_BYTES} bytes"),
    (lambda path: path.count("/") >= MAX_PARTS, f"is more than {MAX_PARTS} folders deep"),
    (lambda path: "\\" in path, "has a backslash"),
    (lambda path: path.startswith("/"), "is absolute"),
    (lambda path: bool(_DRIVE.match(path)), "names a drive"),
    # Shells and many libraries read it as somebody's home folder.
    (lambda path: path.startswith("~"), "begins with a tilde"),
)
