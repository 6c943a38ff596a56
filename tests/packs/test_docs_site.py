"""The project that docs-site makes."""

from __future__ import annotations

import ast

import pytest
import yaml
from markdown_it import MarkdownIt

from bot.errors import UserError
from bot.generation.generator import ProjectGenerator
from tests.packs.conftest import MakeProject, Project

BUILD = "sphinx-build --fail-on-warning --doctree-dir build/pages docs public"


def settings(project: Project) -> dict[str, object]:
    """What the project's Sphinx is told in plain values."""
    return {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in ast.parse(project.read("docs/conf.py")).body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant | ast.List)
    }


def test_nothing_unchecked_is_published(make_project: MakeProject) -> None:
    project = make_project("docs-site", name="docs", ci="both")
    job = yaml.safe_load(project.read(".github/workflows/pages.yml"))["jobs"]["publish"]
    assert job["permissions"] == {"contents": "read", "id-token": "write", "pages": "write"}
    done = [step.get("run") or step["uses"] for step in job["steps"]]
    assert done.index(BUILD) < done.index("pytest") < done.index("actions/deploy-pages@v5")
    pipeline = yaml.safe_load(project.read(".gitlab-ci.yml"))
    assert BUILD in pipeline["check"]["script"]
    assert pipeline["pages"]["needs"] == ["check"]
    assert pipeline["check"]["artifacts"]["paths"] == pipeline["pages"]["artifacts"]["paths"]


def test_what_is_installed_is_locked(make_project: MakeProject) -> None:
    project = make_project("docs-site", name="docs")
    locked = project.read("requirements.txt")
    wanted = [line.split(">=")[0] for line in project.read("requirements.in").splitlines()[1:]]
    assert "sphinx" in wanted
    assert all(f"\n{name}==" in f"\n{locked}" for name in wanted)
    assert "--hash=sha256:" in locked
    assert "http" not in locked


@pytest.mark.parametrize("licence", ["CC-BY-4.0", "Apache-2.0", "MIT"])
def test_it_carries_the_licence_that_was_chosen(make_project: MakeProject, licence: str) -> None:
    beginnings = {
        "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
        "Apache-2.0": "Apache License",
        "MIT": "MIT License",
    }
    project = make_project("docs-site", name="docs", licence=licence)
    assert project.read("LICENSE").strip().startswith(beginnings[licence])
    assert f"[{licence}](LICENSE)" in project.read("README.md")


@pytest.mark.parametrize(
    "text",
    [
        'Tom & "Jerry" <b>\'s</b>',
        "*a* _b_ `c` [d](e) ![f](g) ~~h~~ | i",
        "# 1",
        "- a",
        "+ b",
        "> c",
        "= d",
        "% e",
        "12. f",
        "3) g",
        "back\\slash\\",
        "&amp; {{ not }} $x$ {ref}`y`",
        "ünïcode 李",
    ],
)
def test_any_title_and_description_are_shown_as_they_are(
    make_project: MakeProject, text: str
) -> None:
    project = make_project("docs-site", name="docs", title=text, description=text)
    assert settings(project)["TITLE"] == text
    _, front, body = project.read("docs/index.md").split("---\n", 2)
    assert yaml.safe_load(front)["myst"]["html_meta"]["description"] == text
    for page in (body, project.read("README.md")):
        heading, paragraph = [each for each in MarkdownIt().parse(page) if each.type == "inline"][
            :2
        ]
        for shown in (heading, paragraph):
            parts = shown.children or []
            assert {each.type for each in parts} <= {"text", "text_special"}
            assert "".join(each.content for each in parts) == text


@pytest.mark.parametrize(("language", "code"), [("en", "en"), ("pt-BR", "pt_BR")])
def test_sphinx_is_told_the_language_in_its_own_spelling(
    make_project: MakeProject, language: str, code: str
) -> None:
    project = make_project("docs-site", name="docs", language=language)
    assert settings(project)["language"] == code


@pytest.mark.parametrize("address", ["https://acme.github.io/docs", "https://acme.github.io/docs/"])
def test_with_an_address_pages_name_it_as_theirs(make_project: MakeProject, address: str) -> None:
    project = make_project("docs-site", name="docs", address=address)
    assert settings(project)["html_baseurl"] == "https://acme.github.io/docs/"


def test_hyphens_of_options_stay_as_they_are_written(make_project: MakeProject) -> None:
    assert settings(make_project("docs-site", name="docs"))["smartquotes"] is False


def test_without_an_address_nothing_names_one(make_project: MakeProject) -> None:
    assert "html_baseurl" not in settings(make_project("docs-site", name="docs"))


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("address", "http://docs.example"),
        ("address", 'https://a/"'),
        ("address", "https://a/?b"),
        ("language", "English"),
        ("language", "en_GB"),
        ("title", " "),
        ("title", "x" * 81),
    ],
)
def test_what_makes_no_site_is_refused(
    generator: ProjectGenerator, question: str, value: str
) -> None:
    with pytest.raises(UserError, match=f"`{question}`"):
        generator.generate("docs-site", {"name": "docs", question: value, "ci": "none"})
