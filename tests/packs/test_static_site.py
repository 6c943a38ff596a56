"""The project that static-site makes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from bot.errors import UserError
from bot.generation.generator import ProjectGenerator
from tests.packs.conftest import MakeProject


def test_nothing_unchecked_is_published(make_project: MakeProject) -> None:
    project = make_project("static-site", name="site", ci="both")
    job = yaml.safe_load(project.read(".github/workflows/pages.yml"))["jobs"]["publish"]
    assert job["permissions"] == {"contents": "read", "id-token": "write", "pages": "write"}
    done = [step.get("run") or step["uses"] for step in job["steps"]]
    assert done.index("npm run check") < done.index("actions/deploy-pages@v5")
    pages = yaml.safe_load(project.read(".gitlab-ci.yml"))["pages"]
    assert pages["needs"] == ["check"]
    assert pages["artifacts"]["paths"] == ["public"]


@pytest.mark.parametrize("address", ["https://acme.github.io/site", "https://acme.github.io/site/"])
def test_with_an_address_search_engines_are_told_of_its_pages(
    make_project: MakeProject, address: str
) -> None:
    project = make_project("static-site", name="site", address=address)
    root = "https://acme.github.io/site/"
    sites = ElementTree.fromstring(project.read("public/sitemap.xml"))
    assert [each.text for each in sites.iter() if each.text and each.text.startswith("h")] == [
        root,
        f"{root}about.html",
    ]
    assert f"Sitemap: {root}sitemap.xml" in project.read("public/robots.txt")
    assert f'<link rel="canonical" href="{root}">' in project.read("public/index.html")
    assert json.loads(project.read("package.json"))["homepage"] == root


def test_a_lost_reader_finds_the_way_from_any_depth(make_project: MakeProject) -> None:
    under = make_project("static-site", name="site", address="https://acme.github.io/site")
    assert 'href="/site/styles.css"' in under.read("public/404.html")
    alone = make_project("static-site", name="site", address="https://site.example")
    assert 'href="/styles.css"' in alone.read("public/404.html")


def test_without_an_address_nothing_names_one(make_project: MakeProject) -> None:
    project = make_project("static-site", name="site")
    assert not (project.folder / "public/sitemap.xml").exists()
    assert "homepage" not in json.loads(project.read("package.json"))
    assert "canonical" not in project.read("public/index.html")


@pytest.mark.parametrize(
    "address", ["http://site.example", "site.example", "https://a b", 'https://a/"', "https://a/?b"]
)
def test_what_is_no_address_is_refused(generator: ProjectGenerator, address: str) -> None:
    with pytest.raises(UserError, match="`address`"):
        generator.generate("static-site", {"name": "site", "address": address, "ci": "none"})


def test_its_pages_carry_their_language_and_no_markup_of_answers(
    make_project: MakeProject,
) -> None:
    project = make_project(
        "static-site", name="site", title='<b>"A" & B</b>', author="<i>x</i>", language="de"
    )
    for path in ("index.html", "about.html", "404.html"):
        page = project.read(f"public/{path}")
        assert '<html lang="de">' in page
        assert "<b>" not in page
        assert "<i>" not in page
