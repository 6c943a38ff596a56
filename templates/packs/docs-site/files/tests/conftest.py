"""The site as its readers find it: its pages, and what they point to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

DOCS = Path(__file__).parents[1] / "docs"
ADDRESS = "https://site.invalid/"
POINTING = {"a": "href", "img": "src", "link": "href", "script": "src", "source": "src"}
#: What the theme makes for search and listings: nobody has written it.
MADE = {"genindex.html", "search.html"}


class Page(HTMLParser):
    """What a page has: ids, titles, headings, a description, and targets as full addresses."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__()
        self.address = urljoin(ADDRESS, path)
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.headings = 0
        self.title = ""
        self.description = ""
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values["id"]} if "id" in values else set()
        self.headings += tag == "h1"
        # Drawings of the theme have titles of their own.
        self._in_title = tag == "title" and not self.title
        if tag == "meta" and values.get("name") == "description":
            self.description = values.get("content", "")
        target = values.get(POINTING.get(tag, ""))
        # The address that the site will have is not there yet.
        if target is not None and values.get("rel") != "canonical":
            self.targets.append(urljoin(self.address, target))

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


class Site:
    """A folder of pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = sorted(path for path in folder.rglob("*.html") if "_static" not in path.parts)
        self.pages: Mapping[str, Page] = {
            name: Page(name, path.read_text(encoding="utf-8"))
            for path in found
            for name in [path.relative_to(folder).as_posix()]
        }

    @property
    def written(self) -> Iterator[tuple[str, Page]]:
        """The pages that somebody has written."""
        return ((name, page) for name, page in self.pages.items() if name not in MADE)

    def path_of(self, target: str) -> str | None:
        """The file behind an address of this site; None for one that lies elsewhere."""
        if not target.startswith(ADDRESS):
            return None
        path = unquote(urlsplit(target).path).lstrip("/")
        return f"{path}index.html" if path == "" or path.endswith("/") else path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site, made anew from what lies in docs/."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning"]
    done = subprocess.run(
        [*command, "-d", str(tmp_path_factory.mktemp("pages")), str(DOCS), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Site(folder)
