"""What `packs check` finds in a pack: mistakes with their places, and what is worth a look."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.generation.pack_checking import check_pack
from bot.generation.packs import PackLibrary
from tests.generation.conftest import WritePack
from tests.packs.conftest import PACKS

GOOD = {"README.md": "{{ name }}\n", "LICENSE": "Free.\n"}


def checked(
    write_pack: WritePack, body: str = "", files: Mapping[str, str | bytes] | None = None
) -> tuple[list[str], list[str]]:
    wrong, doubtful = check_pack(write_pack(body, {**GOOD, **(files or {})}).get("demo"))
    return [str(one) for one in wrong], [str(one) for one in doubtful]


def test_a_good_pack_has_nothing_wrong(write_pack: WritePack) -> None:
    body = """\
questions:
  name: {type: string, pattern: "[a-z-]{3,}"}
  parts: {type: list, default: [a]}
  port: {type: integer, when: "{{ 'a' in parts }}"}
computed: {shout: "{{ name | upper }}"}
files: [{path: "{{ part }}.md", each: "{{ parts }}", as: part, when: "{{ part != 'x' }}"}]
"""
    files = {
        "{{ part }}.md": "{% set x = 1 %}{{ part }} {{ shout }} {{ x }} {{ port }}",
        "ci.yml": "on: x\nrun: {% raw %}${{ github.ref }}{% endraw %} {{ other | default('') }}"
        "{% if more is defined %}{{ more }}{% endif %}\n",
    }
    assert checked(write_pack, body, files) == ([], [])


MANY_ANSWERS = """\
questions:
  name: {type: string}
  b: {type: boolean}
  c: {type: choice, choices: [x, y]}
"""
MISTAKES: list[tuple[str, dict[str, str | bytes], str]] = [
    ("", {"a.md": "one\n two {{ nmae }}\n"},
     "demo/files/a.md:2:9: 'nmae' is undefined; did you mean 'name'?"),
    ("", {"{{ nmae }}/a": "x"},
     "demo/files/{{ nmae }}/a:1:4: path: 'nmae' is undefined; did you mean 'name'?"),
    ("", {"ci.yml": "a: ${{ github.ref }}\n"},
     "demo/files/ci.yml:1:8: 'github' is undefined; put a forge's own ${{ … }} between "
     "{% raw %} and {% endraw %}"),
    ("", {"a": "x\n{% if %}\n"}, "demo/files/a:2: Expected an expression, got 'end of statement "
     "block'"),
    ("", {"a": "{{ name | uper }}"}, "demo/files/a:1: No filter named 'uper'"),
    ("", {"a": "{% include 'none' %}"}, "demo/files/a:1: there is no text 'none' to take in"),
    ("computed: {x: \"{{ later }}\", later: \"{{ name }}\"}\n", {"a": "{{ x }}{{ later }}"},
     "demo/pack.yaml:6:15: computed x: 'later' is undefined"),
    ("files: [{path: LICENSE, when: \"{{ naem }}\"}]\n", {},
     "demo/pack.yaml:6:31: files 'LICENSE', when: 'naem' is undefined; did you mean 'name'?"),
    ("questions:\n  name: {type: string}\n  d: {type: string, default: \"{{ e }}\"}\n"
     "  e: {type: string, default: x}\n", {},
     "demo/pack.yaml:6:30: question d, default: 'e' is undefined; it is asked or worked out "
     "further down"),
    ("questions:\n  name: {type: string}\n  port:\n    type: integer\n    default: 70000\n"
     "    validator: \"{{ 'is above 65535' if port > 65535 }}\"\n", {"a": "{{ port }}"},
     "demo/pack.yaml:6:3: question port: default: is refused: is above 65535"),
    (MANY_ANSWERS,
     {"a": "{{ b }}{{ c }}\n{{ name.nothing }}"},
     "demo/files/a:2: with sample answers: 'str object' has no attribute 'nothing'"),
    (MANY_ANSWERS,
     {"a.json": "{", "b": "{{ b }}{{ c }}"}, "demo/files: with sample answers: makes a.json"),
    ("questions:\n  name: {type: string}\n  b: {type: boolean}\n", {"a": "{% if b %}never closed"},
     "demo/files/a:1: Unexpected end of template"),
    ("", {"{{ name }}": "a", "sample": "b"},
     "demo/files: with sample answers: The path 'orders' is there twice."),
    ("", {"{{ 'readme.md' }}": "a"}, "are one file where case or Unicode form is ignored."),
    ("", {"{{ '..' }}/a": "a"}, "The path '../a' has `.` or `..` as a part."),
    ("", {"a.json": "{\n"}, "makes a.json:2, which is not JSON: Expecting property name enclosed "
     "in double quotes"),
    ("questions:\n  name: {type: string, default: x}\n  d: {type: boolean}\n",
     {"a.json": "{% if d %}[{% endif %}{}\n"},
     "demo/files: with d=true: makes a.json:2, which is not JSON: Expecting ',' "
     "delimiter"),
    ("", {"a.md": "{{ name | uper }}"}, "No filter named 'uper'; did you mean 'upper'?"),
    ("", {"a.md": "{% if name is defind %}x{% endif %}"},
     "No test named 'defind'; did you mean 'defined'?"),
    ("questions:\n  name: {type: string, pattern: 'q{77}'}\n", {},
     "demo/pack.yaml:5:3: question name: no sample answer fits, so nothing was tried: it is "),
]  # fmt: skip


@pytest.mark.parametrize(("body", "files", "told"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_its_place(
    write_pack: WritePack, body: str, files: dict[str, str | bytes], told: str
) -> None:
    if "sample" in files:
        files = {"orders": "b", "{{ name }}": "a"}
    wrong, _ = checked(write_pack, body, files)
    assert len(wrong) == 1
    assert told in wrong[0]


def test_nothing_is_called_unused_while_a_template_cannot_be_read(write_pack: WritePack) -> None:
    body = "questions:\n  name: {type: string}\n  b: {type: boolean}\n"
    _, doubtful = checked(write_pack, body, {"a": "{% if b %}never closed"})
    assert doubtful == []


def test_what_may_be_meant_is_worth_a_look(write_pack: WritePack) -> None:
    body = """\
questions:
  name: {type: string, default: orders}
  size: {type: integer, default: 3}
skip_on_update: ["src/**"]
checks: [{name: tests, run: [pytest, -q]}, {name: shell, run: [sh, -n, run.sh]}]
"""
    library = write_pack(body, {"a": "costs ${{ name }}\n"})
    wrong, doubtful = check_pack(library.get("demo"))
    assert wrong == ()
    assert [str(one) for one in doubtful] == [
        "demo/files/a:1: $ before a value that is filled in; put a forge's own ${{ … }} between "
        "{% raw %} and {% endraw %}",
        "demo/pack.yaml: makes no README, whatever is answered",
        "demo/pack.yaml: makes no LICENSE, whatever is answered",
        "demo/pack.yaml: skip_on_update: no file that was made is 'src/**'",
        "demo/pack.yaml:6:3: question size: its answer is used nowhere",
        "demo/pack.yaml:8:10: the check 'tests' needs pytest, and no toolchain has it: it will "
        "be told as not run",
    ]


def test_what_is_taken_in_is_read_too(write_pack: WritePack, tmp_path: Path) -> None:
    library = write_pack("", {**GOOD, "a": '{% set x = 1 %}{% include "_shared/t.txt" %}'})
    (tmp_path / "packs/_shared").mkdir()
    (tmp_path / "packs/_shared/t.txt").write_text("{{ x }}{{ name }}\n{{ nothing }}\n")
    wrong, _ = check_pack(library.get("demo"))
    assert [str(one) for one in wrong] == ["_shared/t.txt:2:4: 'nothing' is undefined"]


@pytest.mark.parametrize("name", PackLibrary(PACKS).names())
def test_nothing_is_wrong_with_what_ships(name: str) -> None:
    wrong, _ = check_pack(PackLibrary(PACKS).get(name))
    assert wrong == ()


def test_defaults_and_limits_that_do_not_hold_are_worth_a_look(write_pack: WritePack) -> None:
    body = """\
questions:
  name: {type: string}
  box: {type: boolean, default: yes}
  key: {type: secret, default: hunter2}
  fine: {type: boolean, default: true}
limits: {files: 100000, file_bytes: 1000}
"""
    _, doubtful = checked(write_pack, body, {"a.md": "{{ box }}{{ key }}{{ fine }}"})
    assert doubtful == [
        "demo/pack.yaml: limits: files is 100000; a server allows 5000, unless its operator says "
        "more",
        "demo/pack.yaml:6:3: question box: the default 'yes' is a text, taken for true: write true",
        "demo/pack.yaml:7:3: question key: the default of a secret stands in the pack, where "
        "everybody reads it",
    ]
