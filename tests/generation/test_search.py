"""What somebody wishes for, in their own words, and the pack of ours that they should be shown."""

from __future__ import annotations

import pytest

from bot.generation.packs import PackLibrary
from bot.resources import templates_dir

WISHES = [
    ("a small Python library for reading orders", "python-package"),
    ("python package to parse dates, published on PyPI", "python-package"),
    ("a reusable module in Python with type hints", "python-package"),
    ("an SDK for our billing API in Python", "python-package"),
    ("a small CLI that renames photos by date", "python-cli"),
    ("command line tool to resize images", "python-cli"),
    ("a terminal program that counts words", "python-cli"),
    ("a script I can run from the shell to clean up logs", "python-cli"),
    ("a Flask API for orders", "flask-service"),
    ("simple web service with Flask in a container", "flask-service"),
    ("an async REST API with OpenAPI docs", "fastapi-service"),
    ("a FastAPI backend for a mobile app", "fastapi-service"),
    ("microservice with pydantic models and swagger", "fastapi-service"),
    ("a Django website with an admin and PostgreSQL", "django-site"),
    ("web shop with users, login and a database", "django-site"),
    ("a blog with an admin interface and user accounts", "django-site"),
    ("a TypeScript library for npm", "node-library"),
    ("node package with types", "node-library"),
    ("a JavaScript SDK for our API", "node-library"),
    ("a React frontend for our orders", "react-app"),
    ("single page app with Vite", "react-app"),
    ("a dashboard UI in the browser with TypeScript", "react-app"),
    ("GitHub Action that labels pull requests", "github-action"),
    ("an action for our workflows that posts to Slack", "github-action"),
    ("a landing page for my band", "static-site"),
    ("plain HTML and CSS homepage", "static-site"),
    ("documentation for our product with search", "docs-site"),
    ("a handbook in Markdown", "docs-site"),
    ("a user guide and API reference built with Sphinx", "docs-site"),
    ("ETL job that loads CSV files into a table", "data-pipeline"),
    ("a nightly batch that validates and transforms data", "data-pipeline"),
    ("a documentation site for our Python library", "docs-site"),
    ("a React app that shows JSON from a REST API", "react-app"),
    ("a command for the terminal that calls our web API", "python-cli"),
    ("a Python CLI in a container", "python-cli"),
    ("Terraform module for an S3 bucket", "terraform-module"),
    ("infrastructure as code for AWS", "terraform-module"),
]


@pytest.fixture(scope="module")
def library() -> PackLibrary:
    return PackLibrary(templates_dir() / "packs")


@pytest.mark.parametrize(("wish", "name"), WISHES)
def test_a_wish_leads_to_the_pack_for_it(library: PackLibrary, wish: str, name: str) -> None:
    found = [pack.name for pack in library.search(wish)]
    assert found[0] == name, found


@pytest.mark.parametrize("wish", ["zzz qqq", "", "make me a new project please"])
def test_what_says_nothing_leads_to_none(library: PackLibrary, wish: str) -> None:
    assert library.search(wish) == ()
