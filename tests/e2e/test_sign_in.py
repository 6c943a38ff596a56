"""Signing in with a forge, in a true browser: over two servers, with cookies and policies as a
browser understands them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests import parts
from tests.e2e.test_pages import SIZES, WAIT_MS, Quiet
from tests.web.oauth_server import OAuthServer, oauth_server
from tests.web.visitors import providers
from tests.web.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.needs("chromium")]


@dataclass(frozen=True, kw_only=True)
class Served:
    """A world behind a port, the forge that its people come from, and a browser."""

    world: World
    forge: OAuthServer
    url: str
    browser: Browser

    def visitor(self, *, size: str = "desk", **more: object) -> Page:
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            base_url=self.url,
            **more,  # type: ignore[arg-type]  # handed on as they are
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("console", lambda said: _fail_on(said.type, said.text))
        return page


def _fail_on(kind: str, text: str) -> None:
    if kind == "error" and "Failed to load resource" not in text:
        pytest.fail(f"on the console: {text}")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    expect.set_options(timeout=WAIT_MS)
    with oauth_server() as forge, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=parts.chromium_binary())
        world = World(tmp_path / "world", {}, providers(forge))
        server = make_server("127.0.0.1", 0, world.app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.port}"
        yield Served(world=world, forge=forge, url=url, browser=browser)
        browser.close()
        server.shutdown()
        thread.join()
        world.store.database.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_in_with_one_forge_linked_with_the_other_and_out(served: Served, scripts: bool) -> None:
    page = served.visitor(java_script_enabled=scripts)
    page.goto("/runs")
    page.get_by_role("button", name="Continue with GitHub").click()
    # What was asked for is the operator's, which a person is told.
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is the operator's")
    page.get_by_role("button", name="Your account and tokens").click()
    served.forge.is_(71, "ada.l")
    page.get_by_role("button", name="Link GitLab").click()
    expect(page.get_by_role("button", name="Unlink ada.l on GitLab")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(page.get_by_role("button", name="Continue with GitLab")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_token_is_made_and_gone_after_a_reload(served: Served) -> None:
    page = served.visitor(size="phone")
    page.goto("/sign-in")
    page.get_by_role("button", name="Continue with GitHub").click()
    page.get_by_text("Make a token").click()
    page.get_by_label("What it is for").fill("CI")
    page.get_by_role("button", name="Make the token").click()
    notice = page.get_by_role("status").filter(has_text="fc_")
    expect(notice).to_contain_text("It is shown this once")
    expect(page.get_by_role("button", name="Copy the token")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("never used")).to_be_visible()
    expect(notice).to_have_count(0)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_nothing_is_wider_than_the_screen(served: Served, size: str) -> None:
    served.forge.is_(1, "a-login-of-39-characters-which-is-the-m")
    page = served.visitor(size=size)
    page.goto("/sign-in")
    page.get_by_role("button", name="Continue with GitHub").click()
    for path in ("/account", "/runs", "/sign-in", "/auth/gitlab/callback"):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
