"""From a pack's files to a project's: conditions, loops, bytes, modes, faults, limits."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.limits import ProjectLimits
from bot.errors import BotError, StepFailed, UserError
from bot.generation.generator import ProjectGenerator
from bot.generation.sandbox import quoted
from tests.generation.conftest import WritePack

Make = Callable[..., dict[str, bytes]]
MEMORY = ".firstcommit/project.yml"


def without_memory(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path != MEMORY}


def test_texts_and_paths_are_rendered(make: Make) -> None:
    files = make("", {"src/{{ name }}/{{ dot }}keep": "I am {{ name }}."}, name="orders")
    assert without_memory(files) == {"src/orders/.keep": b"I am orders."}


def test_nothing_is_stripped_and_no_line_end_is_changed(make: Make) -> None:
    contents: dict[str, str | bytes] = {
        "none": b"{{ name }}",
        "one": b"{{ name }}\n",
        "many": b"\n\n{{ name }}  \n\n\n",
        "windows.bat": b"echo {{ name }}\r\n{% if true %}\r\nrem\r\n{% endif %}\r\n",
        "mixed": b"a\r\nb\nc\rd",
        "empty": b"",
    }
    assert without_memory(make("", contents)) == {
        "none": b"orders",
        "one": b"orders\n",
        "many": b"\n\norders  \n\n\n",
        "windows.bat": b"echo orders\r\n\r\nrem\r\n\r\n",
        "mixed": b"a\r\nb\nc\rd",
        "empty": b"",
    }


def test_binary_and_copied_files_survive_byte_for_byte(make: Make) -> None:
    binary = b"\x89PNG\r\n\0{{ name }}\xff"
    files = make(
        "files: [{path: 'assets/**', copy: true}]\n",
        {"logo.png": binary, "latin": b"{{ name }}\xe9", "assets/a/b.txt": "{{ kept }}\r\n"},
    )
    assert without_memory(files) == {
        "logo.png": binary,
        "latin": b"{{ name }}\xe9",
        "assets/a/b.txt": b"{{ kept }}\r\n",
    }


def test_an_executable_file_stays_executable(write_pack: WritePack, tmp_path: Path) -> None:
    library = write_pack("", {"run.sh": "#!/bin/sh\n", "README.md": "x"})
    (tmp_path / "packs/demo/files/run.sh").chmod(0o755)
    made = ProjectGenerator(library).generate("demo", {})
    assert {file.path: oct(file.mode) for file in made.files if file.path != MEMORY} == {
        "run.sh": "0o100755",
        "README.md": "0o100644",
    }


CONDITIONS = [
    ("{{ true }}", True),
    ("{{ false }}", False),
    ("{{ name == 'orders' }}", True),
    ("{% if name %}yes{% endif %}", True),
    ("{% if not name %}yes{% endif %}", False),
    ("{{ name }}", True),
    ("{{ '' }}", False),
    ("{{ [] }}", False),
    ("{{ 'false' }}", False),
    ("{{ none }}", False),
]


@pytest.mark.parametrize(("condition", "is_made"), CONDITIONS)
def test_a_file_is_made_where_its_condition_holds(
    make: Make, condition: str, is_made: bool
) -> None:
    files = make(f'files: [{{path: a, when: "{condition}"}}]\n', {"a": "", "b": ""})
    assert ("a" in files) is is_made


def test_a_condition_may_be_a_bare_word_of_yaml(make: Make) -> None:
    assert "a" not in make("files: [{path: a, when: false}]\n", {"a": "", "b": ""})


def test_a_path_with_an_empty_part_is_left_out(make: Make) -> None:
    files = make("", {"{% if false %}docs{% endif %}/a.md": "", "{{ '' }}": "", "b": ""})
    assert set(files) == {"b", MEMORY}


LOOP = """\
questions:
  name: {type: string, default: orders}
  modules: {type: list, default: []}
files:
  - {path: "src/{{ module }}.py", each: "{{ modules }}", as: module}
  - {path: "src/*", when: "{{ module != 'skip' }}"}
"""


def test_a_file_is_repeated_for_each_item(make: Make) -> None:
    files = make(LOOP, {"src/{{ module }}.py": "# {{ module }} of {{ name }}"}, modules="a,skip,b")
    assert without_memory(files) == {"src/a.py": b"# a of orders", "src/b.py": b"# b of orders"}


def test_a_loop_over_nothing_makes_nothing(make: Make) -> None:
    assert set(make(LOOP, {"src/{{ module }}.py": "x"})) == {MEMORY}


def test_computed_values_keep_their_type_and_build_on_each_other(make: Make) -> None:
    body = 'computed:\n  parts: "{{ name.split(\'-\') }}"\n  last: "{{ parts | last }}"\n'
    assert make(body, {"a": "{{ parts | length }} {{ last }}"}, name="my-new-lib")["a"] == b"3 lib"


def test_a_shared_text_is_included(write_pack: WritePack, tmp_path: Path) -> None:
    library = write_pack("", {"LICENSE": '{% include "_shared/terms.txt" %}'})
    (tmp_path / "packs/_shared").mkdir()
    (tmp_path / "packs/_shared/terms.txt").write_text("For {{ name }}.\n")
    made = ProjectGenerator(library).generate("demo", {})
    assert made.files.get("LICENSE") is not None
    assert made.files.files[1].content == b"For orders.\n"


def test_one_file_cannot_change_what_the_next_one_sees(make: Make) -> None:
    files = make("", {"a": "{% set name = 'other' %}{{ name }}", "b": "{{ name }}"})
    assert (files["a"], files["b"]) == (b"other", b"orders")


def test_a_text_is_quoted_as_every_language_here_reads_it(make: Make) -> None:
    awkward = 'say "hi" \\ to ünïcode'
    made = make("", {"a.toml": "x = {{ name | quoted }}\n"}, name=awkward)["a.toml"].decode()
    assert tomllib.loads(made)["x"] == awkward
    assert json.loads(made.removeprefix("x = ")) == awkward
    assert tomllib.loads("x = " + quoted("a\x7fb"))["x"] == "a\x7fb"


FAULTS = [
    ("one\n{{ nmae }}\n", 2, "'nmae' is undefined"),
    ("one\ntwo\n{% if %}\n", 3, "Expected"),
    ("{{ 1 / 0 }}", 1, "division"),
    ("\n{{ name.nothing }}", 2, "has no attribute"),
    ("{{ name.__class__.__mro__ }}", 1, "__class__"),
    ("{{ ''.__class__ }}", 1, "unsafe"),
    ("{% include 'none' %}", 1, "none"),
    ("{{ 'a' * 1000000000 }}", 1, "repeated"),
    ("{{ 9 ** 999999999 }}", 1, "power"),
    ("{% for i in range(10000000) %}{% endfor %}", 1, "Range too big"),
    ("\n\n${{ github.ref }}\n", 3, "'github' is undefined"),
]


@pytest.mark.parametrize(("content", "line", "fault"), FAULTS)
def test_a_fault_in_a_template_names_file_and_line(
    make: Make, content: str, line: int, fault: str
) -> None:
    with pytest.raises(StepFailed) as failed:
        make("", {"src/a.txt": content})
    assert failed.value.reason == "template_error"
    assert failed.value.message.startswith(f"demo/files/src/a.txt, line {line}: ")
    assert fault in failed.value.message
    assert failed.value.remedy.startswith("Mend the pack")
    might_be_a_forges_own = fault.endswith(("is undefined", "Expected", "has no attribute"))
    assert ("{% raw %}" in failed.value.remedy) is might_be_a_forges_own


def test_a_fault_in_an_included_text_names_that_text(write_pack: WritePack, tmp_path: Path) -> None:
    library = write_pack("", {"a": '\n\n\n{% include "_shared/b.txt" %}'})
    (tmp_path / "packs/_shared").mkdir()
    (tmp_path / "packs/_shared/b.txt").write_text("\n{{ unknown }}")
    with pytest.raises(StepFailed, match=r"^_shared/b\.txt, line 2: 'unknown' is undefined"):
        ProjectGenerator(library).generate("demo", {})


def test_a_fault_in_a_path_names_the_file(make: Make) -> None:
    with pytest.raises(StepFailed, match=r"demo/files/\{\{ nmae \}\}"):
        make("", {"{{ nmae }}": ""})


def test_a_condition_that_says_neither_is_a_fault(make: Make) -> None:
    with pytest.raises(StepFailed, match=r"demo/pack\.yaml, line 6: .*neither true nor false"):
        make("files: [{path: a, when: 'perhaps'}]\n", {"a": ""})


def test_a_loop_over_what_is_no_list_is_a_fault(make: Make) -> None:
    with pytest.raises(
        StepFailed, match=r"demo/pack\.yaml, line 6: files 'a', each: 'each' has to give a list"
    ):
        make("files: [{path: a, each: '{{ name }}', as: item}]\n", {"a": ""})


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", ".git/hooks", "a\\b", "%2e%2e/x", "con", "a/../../b"],
)
def test_an_answer_cannot_lead_a_path_astray(make: Make, name: str) -> None:
    with pytest.raises(UserError) as refused:
        make("", {"{{ name }}/x": "y"}, name=name)
    assert refused.value.reason == "bad_path"


def test_two_files_with_one_path_are_refused(make: Make) -> None:
    with pytest.raises(UserError, match="twice"):
        make("", {"{{ name }}": "a", "orders": "b"})


def test_a_pack_cannot_write_the_projects_memory(make: Make) -> None:
    with pytest.raises(UserError, match="twice"):
        make("", {MEMORY: "pack: other\n"})


def refused(library: object, **limits: int) -> BotError:
    with pytest.raises(BotError) as error:
        ProjectGenerator(library).generate("demo", {}, limits=ProjectLimits(**limits))  # type: ignore[arg-type]
    return error.value


ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}0123456789{% endfor %}{% endfor %}"


def test_an_endless_file_is_stopped_while_it_grows(write_pack: WritePack) -> None:
    library = write_pack("", {"a": ENDLESS})
    assert refused(library, file_bytes=50_000).reason == "too_large"


def test_bytes_count_and_not_characters(write_pack: WritePack) -> None:
    library = write_pack("", {"a": "{{ name }}" + "é" * 60})
    assert refused(library, file_bytes=100).reason == "too_large"


def test_a_large_binary_is_refused(write_pack: WritePack) -> None:
    assert refused(write_pack("", {"a": b"\0" * 101}), file_bytes=100).reason == "too_large"


def test_a_large_project_is_refused(write_pack: WritePack) -> None:
    library = write_pack("", {"a": "x" * 60, "b": "x" * 60})
    assert refused(library, project_bytes=100).reason == "too_large"


def test_too_many_files_are_refused(write_pack: WritePack) -> None:
    library = write_pack("limits: {files: 2}\n", {"a": "", "b": "", "c": ""})
    assert refused(library).reason == "too_many_files"
