"""What holds for every pack that ships, whatever it makes."""

from __future__ import annotations

import pytest

from bot.core.paths import check_path
from bot.errors import UserError
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.generation.parsing import check_files
from tests.packs.choices import single_choices
from tests.packs.combination import PACKS, PLACE, Combination, all_combinations, packs

NAMES = packs()
ACTS_ON_OUR_REPOSITORY = (".gitignore", ".gitattributes", ".gitmodules", ".mailmap")


@pytest.mark.parametrize("name", NAMES)
def test_every_choice_makes_files_that_parse_and_hold_no_secret(
    generator: ProjectGenerator, name: str
) -> None:
    """One choice at a time; `make packs` tries all of them with all others."""
    for answers in single_choices(generator.library.get(name)):
        made = generator.generate(name, answers, defaults=PLACE)
        assert check_files(made.files) == (), answers
        for file in made.files:
            # A site has templates of its own, which leave as they came.
            if file.text is not None and "/templates/" not in file.path:
                assert "{{ " not in file.text.replace("${{ ", ""), file.path
            assert not file.content or file.content.endswith(b"\n"), file.path


@pytest.mark.parametrize("combination", all_combinations(), ids=str)
def test_every_combination_parses(generator: ProjectGenerator, combination: Combination) -> None:
    made = generator.generate(combination.pack, combination.answers, defaults=PLACE)
    assert check_files(made.files) == ()


@pytest.mark.parametrize("name", NAMES)
def test_an_awkward_description_breaks_no_file(generator: ProjectGenerator, name: str) -> None:
    awkward = (
        """It's "quoted", \\ slashed & 100% <b>ünïcode</b> {{ not }} {% a %} # $(x) ${Y} --> *"""
    )
    answers = {"name": "a1", "description": awkward, "author": awkward, "ci": "both"}
    for licence in ("MIT", "none"):
        assert check_files(generator.generate(name, {**answers, "licence": licence}).files) == ()


@pytest.mark.parametrize("name", NAMES)
def test_what_somebody_wrote_is_no_markup_in_the_readme(
    generator: ProjectGenerator, name: str
) -> None:
    answers = {"name": "a1", "description": "Not *bold* <b>", "author": "A_b_c & <d>", "ci": "none"}
    for licence in ("MIT", "none"):
        made = generator.generate(name, {**answers, "licence": licence}).files
        readme = next(file.text or "" for file in made if file.path == "README.md")
        assert "\nNot \\*bold\\* \\<b\\>\n" in readme
        assert "Copyright A\\_b\\_c \\& \\<d\\>." in readme


@pytest.mark.parametrize(
    "name", ["a", "A-b", "a--b", "a-", "-a", "a_b", "1a", "a" * 64, "a b", "é", ""]
)
@pytest.mark.parametrize("pack", NAMES)
def test_what_is_no_name_is_refused(generator: ProjectGenerator, pack: str, name: str) -> None:
    with pytest.raises(UserError, match="`name`"):
        generator.generate(pack, {"name": name, "ci": "none"})


@pytest.mark.parametrize(
    "name", ["class", "import", "json", "typing", "pytest", "ruff", "tests", "async"]
)
@pytest.mark.parametrize(
    "pack", [name for name in NAMES if "python" in PackLibrary(PACKS).get(name).tags]
)
def test_a_name_that_python_or_a_tool_has_is_refused(
    generator: ProjectGenerator, pack: str, name: str
) -> None:
    with pytest.raises(UserError, match="choose another"):
        generator.generate(pack, {"name": name, "ci": "none"})


def test_no_file_of_a_pack_acts_on_our_own_repository() -> None:
    for path in PACKS.rglob("*"):
        assert path.name not in ACTS_ON_OUR_REPOSITORY, (
            f"{path}: write {{{{ dot }}}}{path.name[1:]}"
        )


def test_packs_carry_only_paths_that_every_system_can_check_out() -> None:
    for path in PACKS.rglob("*"):
        check_path(path.relative_to(PACKS).as_posix())
