"""What generating gives: files in order, ids, memory, the same bytes each time."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.core.limits import ProjectLimits
from bot.errors import StepFailed, UserError
from bot.generation.files import FileSet, GeneratedFile
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.generation.conftest import WritePack

MEMORY = ".firstcommit/project.yml"
PACKS = Path("templates/packs")


def test_files_come_sorted_with_their_origin(write_pack: WritePack) -> None:
    made = ProjectGenerator(write_pack("", {"b": "x", "a/b": "y", "a.md": ""})).generate("demo", {})
    assert [file.path for file in made.files] == [MEMORY, "a.md", "a/b", "b"]
    assert {file.origin for file in made.files} == {"demo@1.0.0"}
    assert (made.pack, made.version, made.answers) == ("demo", "1.0.0", {"name": "orders"})


def test_preparing_leaves_a_faulty_pack_to_whoever_asks_for_it(write_pack: WritePack) -> None:
    library = write_pack("", {"README.md": "{{ name", "ok.md": "{{ name }}"})
    generator = ProjectGenerator(library)
    generator.prepare()
    with pytest.raises(StepFailed) as told:
        generator.generate("demo", {})
    assert told.value.reason == "template_error"


def test_the_memory_says_how_the_project_was_made(write_pack: WritePack) -> None:
    body = (
        "questions:\n  name: {type: string}\n  tags: {type: list}\n"
        "  size: {type: integer}\n  key: {type: secret}\n"
    )
    library = write_pack(body, {"README.md": "{{ key }} {{ name }}", "é 'x' #.txt": "x"})
    answers = {"name": 'it\'s: #1 "ü"', "tags": "a,b", "size": "3", "key": "hush-hush"}
    made = ProjectGenerator(library).generate("demo", answers, run="2026-11/7")
    memory = made.files.get(MEMORY)
    assert memory is not None
    assert yaml.safe_load(memory.content) == {
        "pack": "demo",
        "version": "1.0.0",
        "run": "2026-11/7",
        "answers": {"name": 'it\'s: #1 "ü"', "tags": ["a", "b"], "size": 3},
        "files": {
            file.path: hashlib.sha256(file.content).hexdigest()
            for file in made.files
            if file.path != MEMORY
        },
    }
    assert b"hush" not in memory.content


def test_without_a_run_the_memory_names_none(write_pack: WritePack) -> None:
    memory = ProjectGenerator(write_pack()).generate("demo", {}).files.get(MEMORY)
    assert memory is not None
    assert "run" not in yaml.safe_load(memory.content)


def test_the_answers_that_are_kept_make_the_same_files_again() -> None:
    first = ProjectGenerator(PackLibrary(PACKS)).generate(
        "python-package", {"name": "my-lib2"}, defaults={"ci": "gitlab"}
    )
    again = ProjectGenerator(PackLibrary(PACKS)).generate("python-package", first.answers)
    assert again == first


def test_the_tree_id_is_the_one_that_git_gives(tmp_path: Path) -> None:
    made = ProjectGenerator(PackLibrary(PACKS)).generate(
        "python-package", {"name": "orders", "ci": "both"}
    )
    for file in made.files:
        target = tmp_path / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        target.chmod(file.mode & 0o777)

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=tmp_path, capture_output=True, check=True)
        return done.stdout.decode().strip()

    git("init", "--quiet")
    git("add", "--all", "--force")
    assert made.files.tree_id == git("write-tree")


def test_the_operators_ceilings_hold_over_the_packs_limits(write_pack: WritePack) -> None:
    library = write_pack("limits: {files: 4000}\n", {str(number): "" for number in range(20)})
    generator = ProjectGenerator(library)
    assert len(generator.generate("demo", {}).files) == 21
    with pytest.raises(UserError, match="more than 10 files"):
        generator.generate("demo", {}, limits=ProjectLimits(files=10))


def test_a_template_is_compiled_once_for_all_runs(write_pack: WritePack, tmp_path: Path) -> None:
    library = write_pack()
    generator = ProjectGenerator(library)
    first = generator.generate("demo", {"name": "a"}).files.get("README.md")
    # What is on disk no longer matters: the pack was read and compiled.
    (tmp_path / "packs/demo/files/README.md").write_text("{% broken")
    second = generator.generate("demo", {"name": "b"}).files.get("README.md")
    assert first and second and (first.content, second.content) == (b"a\n", b"b\n")


def generated(path: str, content: bytes = b"x", mode: int = 0o100644) -> GeneratedFile:
    return GeneratedFile(path=path, content=content, mode=mode, origin="person")


def test_a_file_knows_its_ids_and_whether_it_is_text() -> None:
    file = generated("a", b"hello\n")
    assert file.size == 6
    assert file.content_hash == hashlib.sha256(b"hello\n").hexdigest()
    assert file.blob_id == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert file.is_text
    assert file.text == "hello\n"
    assert not generated("a", b"a\0").is_text
    assert not generated("a", b"\xff").is_text
    assert "hello" not in repr(file)


def test_files_by_hand_go_through_the_same_gate() -> None:
    made = FileSet.of([generated("b"), generated("a", b"xyz")])
    assert [file.path for file in made] == ["a", "b"]
    assert (len(made), made.total_size, made.get("c")) == (2, 4, None)
    for bad in (
        [generated("../a")],
        [generated("a"), generated("A")],
        [generated("a", mode=0o120000)],
    ):
        with pytest.raises(UserError) as refused:
            FileSet.of(bad)
        assert refused.value.reason == "bad_path"
    with pytest.raises(UserError, match="larger"):
        FileSet.of([generated("a", b"xyz")], ProjectLimits(file_bytes=2))


def test_answers_given_again_come_to_the_same_though_a_question_was_not_asked(
    write_pack: WritePack,
) -> None:
    asking = 'questions:\n  name: {type: string}\n  port: {type: integer, when: "{{ false }}"}\n'
    generator = ProjectGenerator(write_pack(asking))
    values = generator.answers(generator.library.get("demo"), {"name": "orders"}).values
    assert values == {"name": "orders"}
    assert generator.generate("demo", values).answers == {"name": "orders"}
