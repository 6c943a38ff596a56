"""A tree of files as text, for comments, plans and terminals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.limits import shown_size

_Folder = dict[str, "int | _Folder"]


def render_tree(files: Iterable[tuple[str, int]], *, max_lines: int = 80) -> str:
    """Lines like ``├── README.md  1.2 KiB``, folders first, at most ``max_lines`` of them.

    Where not all fit, the deepest folders are shown as one line with what they hold; if that
    is not enough, the last line counts what was left out.

    Args:
        files: (path, size in bytes), in any order.
    """
    root: _Folder = {}
    for path, size_bytes in files:
        *folders, name = path.split("/")
        here = root
        for folder in folders:
            inner = here.setdefault(folder, {})
            here = inner if isinstance(inner, dict) else {}
        here[name] = size_bytes
    depth = _depth(root)
    lines = list(_lines(root, depth))
    while len(lines) > max_lines and depth > 1:
        depth -= 1
        lines = list(_lines(root, depth))
    if len(lines) > max_lines:
        left_out = len(lines) - max_lines + 1
        lines = [*lines[: max_lines - 1], f"… and {left_out} more"]
    return "\n".join(lines)


def _lines(folder: _Folder, depth: int, indent: str = "") -> Iterator[str]:
    entries = sorted(folder.items(), key=lambda entry: (not isinstance(entry[1], dict), entry[0]))
    for position, (name, inner) in enumerate(entries, start=1):
        last = position == len(entries)
        branch = f"{indent}{'└── ' if last else '├── '}{_shown(name)}"
        if not isinstance(inner, dict):
            yield f"{branch}  {shown_size(inner)}"
        elif depth == 1:
            count, size_bytes = _weight(inner)
            files = "1 file" if count == 1 else f"{count} files"
            yield f"{branch}/  {files}, {shown_size(size_bytes)}"
        else:
            yield f"{branch}/"
            yield from _lines(inner, depth - 1, f"{indent}{'    ' if last else '│   '}")


def _depth(folder: _Folder) -> int:
    return 1 + max(
        (_depth(inner) for inner in folder.values() if isinstance(inner, dict)), default=0
    )


def _weight(folder: _Folder) -> tuple[int, int]:
    count = size_bytes = 0
    for inner in folder.values():
        if isinstance(inner, dict):
            deeper_count, deeper_bytes = _weight(inner)
            count, size_bytes = count + deeper_count, size_bytes + deeper_bytes
        else:
            count, size_bytes = count + 1, size_bytes + inner
    return count, size_bytes


def _shown(name: str) -> str:
    # A backtick in a name would end the fence that the tree is shown in.
    return name.replace("`", "'")
