"""The project that python-package makes."""

from __future__ import annotations

import tomllib

import pytest
import yaml

from tests.packs.conftest import MakeProject


def test_its_metadata_says_what_was_answered(make_project: MakeProject) -> None:
    description = 'Says "hello" \\ politely'
    project = make_project(
        "python-package",
        name="my-lib2",
        description=description,
        author="Zoë O'Hara",
        python="3.13",
    )
    metadata = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert metadata["name"] == "my-lib2"
    assert metadata["description"] == description
    assert metadata["authors"] == [{"name": "Zoë O'Hara"}]
    assert metadata["license"] == "Apache-2.0"
    assert metadata["requires-python"] == ">=3.13"
    assert "Programming Language :: Python :: 3.12" not in metadata["classifiers"]
    assert "Programming Language :: Python :: 3.14" in metadata["classifiers"]


def test_a_project_without_a_licence_cannot_be_uploaded_by_mistake(
    make_project: MakeProject,
) -> None:
    project = make_project("python-package", name="orders", licence="none")
    metadata = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert "license" not in metadata
    assert "Private :: Do Not Upload" in metadata["classifiers"]
    assert not (project.folder / "LICENSE").exists()
    assert "All rights reserved" in project.read("README.md")


@pytest.mark.parametrize(
    ("licence", "first", "last"),
    [
        ("Apache-2.0", "Apache License", "limitations under the License."),
        ("MIT", "MIT License", "SOFTWARE."),
    ],
)
def test_the_licence_is_there_in_full(
    make_project: MakeProject, licence: str, first: str, last: str
) -> None:
    text = make_project("python-package", name="orders", licence=licence).read("LICENSE").strip()
    assert text.startswith(first)
    assert text.endswith(last)


CI_FILES = {
    "github": {".github/workflows/ci.yml", ".github/dependabot.yml"},
    "gitlab": {".gitlab-ci.yml", "renovate.json"},
    "both": {".github/workflows/ci.yml", ".github/dependabot.yml", ".gitlab-ci.yml"},
    "none": set(),
}


@pytest.mark.parametrize(("ci", "expected"), CI_FILES.items())
def test_checks_run_on_the_forge_that_was_chosen(
    make_project: MakeProject, ci: str, expected: set[str]
) -> None:
    files = {file.path for file in make_project("python-package", name="orders", ci=ci).made.files}
    assert files & set().union(*CI_FILES.values()) == expected


def test_its_workflow_may_only_read_and_tries_every_python(make_project: MakeProject) -> None:
    text = make_project("python-package", name="orders", python="3.12").read(
        ".github/workflows/ci.yml"
    )
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    job = workflow["jobs"]["check"]
    assert job["strategy"]["matrix"]["python"] == ["3.12", "3.13", "3.14"]
    assert job["name"] == "Python ${{ matrix.python }}"
    assert all("@v" in step["uses"] for step in job["steps"] if "uses" in step)


def test_its_gitlab_pipeline_tries_every_python(make_project: MakeProject) -> None:
    text = make_project("python-package", name="orders", python="3.13", ci="gitlab").read(
        ".gitlab-ci.yml"
    )
    assert yaml.safe_load(text)["check"]["parallel"]["matrix"] == [{"PYTHON": ["3.13", "3.14"]}]
