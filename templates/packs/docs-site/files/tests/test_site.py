"""What holds for every page of the site."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from conftest import Site


def test_every_link_leads_somewhere(site: Site) -> None:
    broken = []
    for name, page in site.pages.items():
        for target in page.targets:
            path = site.path_of(target)
            if path is None:
                continue
            fragment = unquote(urlsplit(target).fragment)
            there = (site.folder / path).is_file()
            if there and fragment and path in site.pages:
                there = fragment in site.pages[path].ids
            if not there:
                broken.append(f"{name}: {target}")
    assert broken == []


def test_what_lies_elsewhere_is_linked_to_by_https(site: Site) -> None:
    elsewhere = {
        target
        for page in site.pages.values()
        for target in page.targets
        if site.path_of(target) is None
    }
    assert [each for each in elsewhere if urlsplit(each).scheme not in {"https", "mailto"}] == []


def test_every_page_can_be_reached_from_the_first(site: Site) -> None:
    reached: set[str] = set()
    waiting = ["index.html"]
    while waiting:
        name = waiting.pop()
        if name in site.pages and name not in reached:
            reached.add(name)
            waiting += [site.path_of(target) or "" for target in site.pages[name].targets]
    assert [name for name, _ in site.written if name not in reached] == []


def test_every_page_has_one_first_heading_and_a_description(site: Site) -> None:
    assert [name for name, page in site.written if page.headings != 1] == []
    assert [name for name, page in site.written if not page.description] == []


def test_no_two_pages_have_the_same_title(site: Site) -> None:
    titles = Counter(page.title for _, page in site.written)
    assert [title for title, count in titles.items() if count > 1] == []


def test_search_knows_every_page(site: Site) -> None:
    index = (site.folder / "searchindex.js").read_text(encoding="utf-8")
    missing = [name for name, _ in site.written if f'"{name.removesuffix(".html")}"' not in index]
    assert missing == []
