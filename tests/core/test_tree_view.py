"""A project's tree as people read it."""

from __future__ import annotations

from bot.core.tree_view import render_tree


def test_folders_come_first_and_files_carry_their_size() -> None:
    files = [("README.md", 1228), ("src/lib/__init__.py", 0), ("src/lib/core.py", 400), ("a", 3)]
    assert render_tree(files) == (
        "├── src/\n"
        "│   └── lib/\n"
        "│       ├── __init__.py  0 B\n"
        "│       └── core.py  400 B\n"
        "├── README.md  1.2 KiB\n"
        "└── a  3 B"
    )


def test_deep_folders_are_summed_up_where_not_all_fits() -> None:
    files = [(f"src/pages/p{number}.ts", 512) for number in range(50)] + [("README.md", 10)]
    assert render_tree(files, max_lines=5) == (
        "├── src/\n│   └── pages/  50 files, 25 KiB\n└── README.md  10 B"
    )


def test_what_is_left_out_is_counted() -> None:
    lines = render_tree([(f"f{number:03}", 1) for number in range(100)], max_lines=10).split("\n")
    assert len(lines) == 10
    assert lines[-1] == "… and 91 more"


def test_a_tree_of_nothing_is_nothing() -> None:
    assert render_tree([]) == ""


def test_a_name_cannot_end_the_fence_around_the_tree() -> None:
    assert "`" not in render_tree([("a```b/c```d", 1)])
