"""Sites that a forge's Pages publish: by the forge that was chosen, and by none."""

from __future__ import annotations

import pytest
import yaml

from tests.packs.conftest import MakeProject

SITES = pytest.mark.parametrize("pack", ["docs-site", "static-site"])
PUBLISHERS = {"github": (True, False), "gitlab": (False, True), "both": (True, True)}


@SITES
@pytest.mark.parametrize(("ci", "expected"), PUBLISHERS.items())
def test_it_is_published_by_the_forge_that_was_chosen(
    make_project: MakeProject, pack: str, ci: str, expected: tuple[bool, bool]
) -> None:
    project = make_project(pack, name="site", ci=ci)
    workflow = project.folder / ".github/workflows/pages.yml"
    pipeline = project.folder / ".gitlab-ci.yml"
    by_gitlab = pipeline.exists() and "pages" in yaml.safe_load(pipeline.read_text())
    assert (workflow.exists(), by_gitlab) == expected
    assert "## Publish" in project.read("README.md")


@SITES
@pytest.mark.parametrize(("pages", "ci"), [("no", "both"), ("yes", "none")])
def test_where_nothing_publishes_it_nothing_says_so(
    make_project: MakeProject, pack: str, pages: str, ci: str
) -> None:
    project = make_project(pack, name="site", pages=pages, ci=ci)
    assert not (project.folder / ".github/workflows/pages.yml").exists()
    assert "## Publish" not in project.read("README.md")
