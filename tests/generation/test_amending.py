"""Files that agents wrote, over those of a pack: the same gate, and a memory that knows of both."""

from __future__ import annotations

import pytest
import yaml

from bot.core.git_values import EXECUTABLE
from bot.core.limits import CEILINGS, ProjectLimits
from bot.errors import UserError
from bot.generation.amending import amend, read_files
from bot.generation.files import FileSet, GeneratedFile
from bot.generation.generator import ProjectGenerator
from bot.generation.memory import MEMORY_PATH
from bot.generation.packs import PackLibrary
from tests.spine import PACKS

GENERATED = ProjectGenerator(PackLibrary(PACKS)).generate(
    "library", {"name": "orders", "ci": "none"}, run="r1"
)
BEFORE = GENERATED.files.files


def written(path: str, content: str = "x = 1\n") -> GeneratedFile:
    return GeneratedFile(path=path, content=content.encode(), origin="agent")


def amended(
    *added: GeneratedFile,
    before: tuple[GeneratedFile, ...] = BEFORE,
    may_replace: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
) -> FileSet:
    return amend(
        before,
        added,
        name="orders",
        run="r2",
        limits=CEILINGS,
        may_replace=may_replace,
        without=without,
    )


def memory(files: FileSet) -> dict[str, object]:
    file = files.get(MEMORY_PATH)
    assert file is not None
    found = yaml.safe_load(file.content)
    assert isinstance(found, dict)
    return found


def test_the_memory_tells_what_the_pack_made_and_what_agents_wrote() -> None:
    files = amended(
        written("src/new.py"),
        written("README.md"),
        may_replace=("README.md",),
        without=("data.json",),
    )
    told = memory(files)
    assert (told["pack"], told["run"]) == ("library", "r1")
    assert told["agents"] == ["README.md", "src/new.py"]
    assert told["left_out"] == ["data.json"]
    assert told["files"] == {
        file.path: file.content_hash for file in files if file.path != MEMORY_PATH
    }
    assert files.get("data.json") is None


def test_amending_once_more_keeps_what_was_remembered() -> None:
    once = amended(written("src/new.py"), without=("data.json",))
    twice = amended(written("src/new.py", "x = 2\n"), before=once.files)
    assert memory(twice)["left_out"] == ["data.json"]
    assert memory(twice)["agents"] == ["src/new.py"]
    assert memory(twice)["answers"] == memory(GENERATED.files)["answers"]
    assert amended(before=once.files).tree_id == once.tree_id


def test_files_alone_are_a_project() -> None:
    told = memory(amended(written("a.py"), before=()))
    assert told["name"] == "orders"
    assert told["run"] == "r2"
    assert "pack" not in told


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../x", "bad_path"),
        (MEMORY_PATH, "bad_path"),
        (".firstcommit/other", "bad_path"),
        ("README.md", "not_planned"),
        ("readme.md", "bad_path"),
        ("README.md/x", "bad_path"),
    ],
)
def test_no_path_leads_astray_or_over_what_is_not_the_agents(path: str, reason: str) -> None:
    with pytest.raises(UserError) as refused:
        amended(written(path))
    assert refused.value.reason == reason


def test_what_a_person_wrote_stays() -> None:
    mine = GeneratedFile(path="mine.py", content=b"", origin="person")
    with pytest.raises(UserError, match="a file of a person"):
        amended(written("mine.py"), before=(mine,))


def test_nothing_is_no_project() -> None:
    with pytest.raises(UserError) as refused:
        amended(before=())
    assert refused.value.reason == "no_files"
    with pytest.raises(UserError) as refused:
        amended(without=("gone",))
    assert refused.value.reason == "unknown_file"


def test_lists_in_lists_are_one_and_the_later_file_counts() -> None:
    files = read_files(
        [
            [[{"path": "a", "content": "1"}], None, [{"path": "b", "content": "2"}]],
            {"path": "a", "content": "3", "executable": True},
        ],
        ProjectLimits(),
    )
    assert [(file.path, file.content) for file in files] == [("b", b"2"), ("a", b"3")]
    assert files[1].mode == EXECUTABLE


@pytest.mark.parametrize(
    "value", ["a", [1], [{"path": "a"}], [{"path": 1, "content": ""}], [[[[[[[]]]]]]]]
)
def test_what_is_no_list_of_files_is_refused(value: object) -> None:
    with pytest.raises(UserError) as refused:
        read_files(value, ProjectLimits())
    assert refused.value.reason == "bad_files"


def test_ten_thousand_files_are_too_many() -> None:
    many = [{"path": f"{at}.py", "content": ""} for at in range(10_000)]
    with pytest.raises(UserError) as refused:
        read_files([many], CEILINGS)
    assert refused.value.reason == "too_many_files"
