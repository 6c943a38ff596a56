"""What a pack may say, and how its faults are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.generation.manifest_parts import PackRefused
from bot.generation.pack_format import Check, Expression, QuestionType
from bot.generation.packs import PackLibrary
from tests.generation.conftest import HEAD, WritePack

WHOLE = """\
tags: [one, two]
questions:
  name: {type: string, help: "The name", pattern: "^[a-z]+$"}
  licence: {type: choice, choices: [MIT, none], default: MIT}
  extras: {type: choices, choices: [a, b]}
  port: {type: integer, default: 8080, when: "{{ 'a' in extras }}"}
  author: {type: string, default: "The {{ name }} authors"}
  key: {type: secret, required: false}
computed: {module: "{{ name }}_x"}
files:
  - {path: "assets/**", copy: true}
  - {path: "{{ item }}.py", each: "{{ extras }}", as: item}
skip_on_update: [CHANGELOG.md]
checks: [{name: tests, run: [pytest, -q]}]
limits: {files: 100}
"""


def test_a_whole_pack_is_read(write_pack: WritePack) -> None:
    files = {"assets/deep/logo.svg": "{{", "{{ item }}.py": "x", "README.md": b"\0"}
    pack = write_pack(WHOLE, files).get("demo")
    assert (pack.name, pack.version, pack.origin) == ("demo", "1.0.0", "demo@1.0.0")
    assert [question.name for question in pack.questions] == [
        "name", "licence", "extras", "port", "author", "key",
    ]  # fmt: skip
    licence, key = pack.question("licence"), pack.question("key")
    assert licence and licence.type is QuestionType.CHOICE and licence.required
    assert key and key.secret and not key.required
    assert pack.computed == {"module": Expression(text="{{ name }}_x", line=12)}
    assert pack.checks == (Check(name="tests", run=("pytest", "-q")),)
    assert pack.limits == {"files": 100}
    by_path = {
        file.path: (file, rules) for file, rules in zip(pack.sources, pack.rules, strict=True)
    }
    assert by_path["README.md"][0].text is None
    assert by_path["assets/deep/logo.svg"][1][0].copy
    assert by_path["{{ item }}.py"][1][0].item_name == "item"


FAULTS = [
    ("colour: red", 4, "'colour' is not known here"),
    ("sumary: x", 4, "did you mean 'summary'?"),
    ("limits: {files: 0}", 6, "above zero"),
    ("limits: {files: many}", 6, "whole number"),
    ("limits: {fils: 3}", 6, "did you mean 'files'?"),
    ("toolchain: {ruby: x}", 6, "'ruby' is not known"),
    ("checks: [{name: x}]", 6, "a name and the words"),
    ("checks: [{name: x, run: pytest}]", 6, "list"),
    ("files: [{path: READMEE.md}]", 6, "did you mean 'README.md'?"),
    ("files: [{when: 'x'}]", 6, "needs a path"),
    ("files: [{path: README.md, each: '{{ x }}'}]", 6, "belong together"),
    ("computed: {name: x}", 6, "'name' is taken"),
    ("computed: {range: x}", 6, "'range' is taken"),
    ("computed: {dot: x}", 6, "'dot' is taken"),
    ("questions: {}", 4, "ask for 'name'"),
    ("questions:\n  name: {type: integer}", 5, "ask for 'name'"),
    ("questions:\n  name: {type: string, when: no}", 5, "ask for 'name'"),
    ("questions:\n  name: {type: strings}", 5, "a question's type is one of"),
    ("questions:\n  name: {help: x}", 5, "has no type"),
    ("questions:\n  name: {type: string}\n  into: {type: string}", 6, "'into' is taken"),
    ("questions:\n  name: {type: string}\n  My-Name: {type: string}", 6, "cannot be a name"),
    ("questions:\n  name: {type: string}\n  class: {type: string}", 6, "cannot be a name"),
    ("questions:\n  name: {type: string, pattern: '('}", 5, "no regular expression"),
    ("questions:\n  name: {type: string, choices: [a]}", 5, "choices belong"),
    ("questions:\n  name: {type: string}\n  x: {type: choice}", 6, "has no choices"),
    ("questions:\n  name: {type: string}\n  x: {type: choice, choices: [3.11]}", 6, "in quotes"),
    ("questions:\n  name: {type: string}\n  x: {type: choice, choices: [a], default: b}",
     6, "one of a"),
    ("questions:\n  name: {type: string}\n  x: {type: integer, default: many}", 6, "whole number"),
    ("questions:\n  name: {type: string}\n  name: {type: text}", 6, "stands here twice"),
    ("questions: &q\n  name: {type: string}\ncomputed: 1", 4, "anchors"),
    ("questions: [", 4, "not YAML"),
    ("tags: x\n", 4, "has to be a list"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "line", "fault"), FAULTS)
def test_a_fault_is_told_with_file_and_line(
    write_pack: WritePack, body: str, line: int, fault: str
) -> None:
    if "questions:" not in body and line == 4:
        body += "\nquestions:\n  name: {type: string}\n"
    with pytest.raises(UserError) as refused:
        write_pack(body).get("demo")
    assert refused.value.reason == "bad_pack"
    assert re.match(rf"demo/pack\.yaml:{line}:\d+: ", refused.value.message)
    assert fault in refused.value.message.splitlines()[0]


MANY_FAULTS = """\
sumary: x
questions:
  name: {type: string}
  port: {type: integr, defalt: 3}
  into: {type: boolean, choices: [a]}
  size:
    help: how large
    pattern: "("
computed:
  name: x
  other: 3
files:
  - {path: READMEE.md, when: 7}
  - {pth: x}
checks: [{name: tests, run: pytest}, {name: tests, run: []}]
toolchain: {python: nowhere.lock}
limits: {files: 0, fils: 1.5}
"""


def test_everything_that_is_wrong_is_told_at_once_with_line_column_and_question(
    write_pack: WritePack,
) -> None:
    with pytest.raises(PackRefused) as refused:
        write_pack(MANY_FAULTS).get("demo")
    assert refused.value.message.splitlines() == [
        "demo/pack.yaml: toolchain, python: the lock file 'nowhere.lock' is not there",
        "demo/pack.yaml:4:1: 'sumary' is not known here; did you mean 'summary'?",
        "demo/pack.yaml:7:16: question port, type: a question's type is one of string, text, "
        "integer, boolean, choice, choices, list, secret; did you mean 'integer'?",
        "demo/pack.yaml:7:24: question port: 'defalt' is not known here; did you mean 'default'?",
        "demo/pack.yaml:8:3: question into: the name 'into' is taken: it is a key of every command",
        "demo/pack.yaml:8:9: question into: choices belong to the types choice and choices, and "
        "only there",
        "demo/pack.yaml:10:5: question size: has no type",
        "demo/pack.yaml:11:14: question size, pattern: the pattern is no regular expression: "
        "missing ), unterminated subpattern at position 0",
        "demo/pack.yaml:13:3: computed name: the name 'name' is taken",
        "demo/pack.yaml:14:10: computed other: has to be a template in quotes, such as "
        '"{{ container }}"',
        "demo/pack.yaml:16:5: no file is called 'READMEE.md'; did you mean 'README.md'?",
        "demo/pack.yaml:16:30: files 'READMEE.md', when: has to be a template in quotes, such as "
        '"{{ container }}"',
        "demo/pack.yaml:17:5: files: a rule for files needs a path",
        "demo/pack.yaml:17:6: files: 'pth' is not known here; did you mean 'path'?",
        "demo/pack.yaml:18:29: checks, run: has to be a list",
        "demo/pack.yaml:18:38: checks: a check needs a name and the words of a command (run)",
        "demo/pack.yaml:18:38: checks: two checks are called 'tests'",
        "demo/pack.yaml:20:17: limits, files: has to be above zero",
        "demo/pack.yaml:20:20: limits: 'fils' is not known here; did you mean 'files'?",
    ]


def test_a_default_is_not_held_against_a_type_that_nobody_knows(write_pack: WritePack) -> None:
    body = "questions:\n  name: {type: string}\n  port: {type: intger, default: 8000}\n"
    with pytest.raises(PackRefused) as refused:
        write_pack(body).get("demo")
    assert len(refused.value.message.splitlines()) == 1


def test_a_pack_without_a_readable_manifest_is_refused(
    write_pack: WritePack, tmp_path: Path
) -> None:
    library = write_pack()
    assert library.names() == ("demo",)
    manifest = tmp_path / "packs/demo/pack.yaml"
    manifest.rename(tmp_path / "elsewhere.yaml")
    manifest.symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(UserError, match="symbolic link"):
        library.get("demo")
    manifest.unlink()
    with pytest.raises(UserError, match="is not there"):
        library.get("demo")


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ("", "'name' is missing"),
        (HEAD.replace("name: demo", "name: other"), "called 'other', but its folder 'demo'"),
        (HEAD.replace("1.0.0", "1.0"), "in quotes"),
        (HEAD.replace("1.0.0", "'1.0'"), "three numbers"),
        (HEAD + "# " + "x" * 65_536 + "\n", "65536 are the most"),
        (HEAD + "tags: " + "[" * 30 + "]" * 30 + "\n", "nested more than"),
        (HEAD + "tags: [\x01]\n", "character"),
    ],
)
def test_a_pack_that_is_not_one_is_refused(write_pack: WritePack, head: str, fault: str) -> None:
    with pytest.raises(UserError, match=r"demo/pack\.yaml:") as refused:
        write_pack(head=head).get("demo")
    assert fault in refused.value.message


def test_a_symbolic_link_in_a_pack_is_refused(write_pack: WritePack, tmp_path: Path) -> None:
    library = write_pack()
    (tmp_path / "packs/demo/files/link").symlink_to("/etc/passwd")
    with pytest.raises(UserError, match=r"^demo/files/link is a symbolic link"):
        library.get("demo")


def test_a_lock_file_that_is_not_there_is_a_fault(write_pack: WritePack) -> None:
    with pytest.raises(UserError, match=r"toolchain\.lock"):
        write_pack("toolchain: {python: toolchain.lock}\n").get("demo")


def test_an_unknown_pack_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError) as refused:
        PackLibrary(Path("templates/packs")).get("pyton-package")
    assert refused.value.reason == "unknown_pack"
    assert "python-package" in refused.value.remedy


@pytest.mark.parametrize("name", ["", "../packs/demo", "_shared", "demo/", "x" * 500, "a\nb"])
def test_a_name_that_is_no_pack_leads_nowhere(write_pack: WritePack, name: str) -> None:
    with pytest.raises(UserError) as refused:
        write_pack().get(name)
    assert refused.value.reason == "unknown_pack"
    assert "\n" not in refused.value.message
    assert len(refused.value.message) < 150


def test_packs_are_equal_if_place_and_content_are(write_pack: WritePack, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    first = write_pack().get("demo")
    same = PackLibrary(folder).get("demo")
    (folder / "demo/files/README.md").write_text("other")
    other = PackLibrary(folder).get("demo")
    assert first == same
    assert hash(first) == hash(same)
    assert first != other


def test_a_description_finds_the_pack_that_it_fits() -> None:
    library = PackLibrary(Path("templates/packs"))
    assert library.search("a small Python library for reading orders")[0].name == "python-package"
    assert library.search("zzz qqq") == ()


def test_what_an_installer_compiles_beside_a_template_is_no_part_of_the_pack(
    write_pack: WritePack, tmp_path: Path
) -> None:
    library = write_pack("", {"src/a.py": "x = 1\n"})
    cache = tmp_path / "packs/demo/files/src/__pycache__"
    cache.mkdir()
    (cache / "a.cpython-311.pyc").write_bytes(b"\0")
    assert [file.path for file in library.get("demo").sources] == ["src/a.py"]
