"""The one gate for paths of generated files: templates, agents and people alike.

A path that passes is relative, POSIX and means the same file on Linux, macOS and Windows,
in a work tree, in an archive and in a forge's API. Whatever could mean something else
there is refused and never mended, since a mended path is a file that nobody asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from bot.core.git_values import EXECUTABLE, REGULAR
from bot.errors import UserError

MAX_PATH_BYTES = 4096
MAX_NAME_BYTES = 255
MAX_PARTS = 64

# Nearly every path of a real project, decided by one match: words of letters, digits and the
# marks ``_ - + @ = , .``, no word ending in a dot, at most 100 characters a word. Names that are
# refused although they look like this are caught by ``_SUSPECT``.
_PLAIN_PART = r"[A-Za-z0-9_.+@=,-]{0,99}[A-Za-z0-9_+@=,-]"
_PLAIN = re.compile(rf"{_PLAIN_PART}(?:/{_PLAIN_PART}){{0,30}}")
_SUSPECT = re.compile(
    r"(?:^|/)(?:\.git|con|prn|aux|nul|com[0-9]|lpt[0-9])(?=[./]|$)", re.IGNORECASE
)

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in range(10)]
)
_GIT_SHORT_NAME = re.compile(r"git~[0-9]+")
# An escape of a dot, a slash, a backslash, a colon, a control character or of "%" itself, and
# the overlong forms of UTF-8 that careless decoders accept for them.
_ESCAPE = re.compile(r"%(?:25|2e|2f|5c|3a|[01][0-9a-f]|7f|c[01]|e0|f0|u[0-9a-f]{4})", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
_NOT_IN_NAMES = frozenset('<>"|?*:/\\')
# Control, format (zero width, direction), surrogate, line and paragraph separators.
_UNSEEN = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])


def check_path(path: str) -> str:
    """The path itself, if a generated file may have it.

    Raises:
        UserError: with reason ``bad_path``, saying what is wrong with it.
    """
    if _PLAIN.fullmatch(path) and not _SUSPECT.search(path):
        return path
    fault = _fault_of_whole(path)
    if fault is None:
        for part in path.split("/"):
            fault = _fault_of_part(part)
            if fault is not None:
                break
    if fault is not None:
        raise bad_path(path, fault)
    return path


def check_paths(paths: Iterable[str]) -> tuple[str, ...]:
    """All paths of one project, each fit by itself and none in another's way.

    Two paths are in each other's way if they differ only in case or in the Unicode form of
    their letters, anywhere along them, or if one is a folder that the other needs as a file.

    Raises:
        UserError: with reason ``bad_path``, naming the first path at fault.
    """
    checked = tuple(check_path(path) for path in paths)
    spelled: dict[str, str] = {}
    folders: set[str] = set()
    for path in checked:
        for folder in _folders_above(path):
            if folder in folders:
                break
            folders.add(folder)
            _claim(spelled, folder)
    for path in checked:
        if path in folders:
            raise bad_path(path, "is needed both as a file and as a folder")
        if spelled.get(path) == path:
            raise bad_path(path, "is there twice")
        _claim(spelled, path)
    return checked


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


def _folders_above(path: str) -> Iterable[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def _claim(spelled: dict[str, str], path: str) -> None:
    """Enters a path under every spelling that some file system takes for the same."""
    folded = path.lower() if path.isascii() else _folded(path)
    other = spelled.setdefault(folded, path)
    if other != path:
        raise bad_path(path, f"and {other!a} are one file where case or Unicode form is ignored")
    spelled[path] = path


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _fault_of_whole(path: str) -> str | None:
    return next((fault for is_so, fault in _FAULTS_OF_WHOLE if is_so(path)), None)


def _fault_of_part(part: str) -> str | None:
    if any(unicodedata.category(character) in _UNSEEN for character in part):
        return "has a control or invisible character"
    if len(part.encode("utf-8")) > MAX_NAME_BYTES:
        return f"has a name longer than {MAX_NAME_BYTES} bytes"
    if _ESCAPE.search(part):
        return "has an escaped character that could be read as part of a path"
    # File systems and archive tools fold full-width dots, slashes and letters into plain ones,
    # so the folded form has to pass as well.
    return _fault_of_name(part) or _fault_of_name(_folded(part))


def _fault_of_name(name: str) -> str | None:
    return next((fault for is_so, fault in _FAULTS_OF_NAME if is_so(name)), None)


def _is_too_long(path: str) -> bool:
    return len(path) > MAX_PATH_BYTES or len(path.encode("utf-8", "replace")) > MAX_PATH_BYTES


def _leads_into_git(name: str) -> bool:
    return name.lower() == ".git" or bool(_GIT_SHORT_NAME.fullmatch(name.lower()))


def _is_device(name: str) -> bool:
    return name.lower().split(".", 1)[0].rstrip() in _DEVICES


# What is wrong, in the order in which it is asked.
_Faults = tuple[tuple[Callable[[str], bool], str], ...]

_FAULTS_OF_WHOLE: _Faults = (
    (lambda path: not path, "is empty"),
    (_is_too_long, f"is longer than {MAX_PATH_BYTES} bytes"),
    (lambda path: path.count("/") >= MAX_PARTS, f"is more than {MAX_PARTS} folders deep"),
    (lambda path: "\\" in path, "has a backslash"),
    (lambda path: path.startswith("/"), "is absolute"),
    (lambda path: bool(_DRIVE.match(path)), "names a drive"),
    # Shells and many libraries read it as somebody's home folder.
    (lambda path: path.startswith("~"), "begins with a tilde"),
)

_FAULTS_OF_NAME: _Faults = (
    (lambda name: not name, "has an empty part"),
    (lambda name: name in (".", ".."), "has `.` or `..` as a part"),
    (lambda name: name != name.strip(), "has a part that begins or ends with a space"),
    (lambda name: name.endswith("."), "has a part that ends with a dot"),
    (
        lambda name: not _NOT_IN_NAMES.isdisjoint(name),
        "has a character that Windows does not allow in a name",
    ),
    (_leads_into_git, "leads into git's own folder"),
    (_is_device, "has a name that Windows keeps for a device"),
)
