"""The pages in a true browser: live without jumping, by keyboard, on a phone, in the dark."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.budgets import meter
from bot.core.model_calls import CallStatus, MadeCall, ModelName
from bot.core.runs import Failure, Run
from bot.forges.local import YOU
from tests.budgets.spending import ANSWERED, planned
from tests.budgets.spending import services as budgeted
from tests.web.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.needs("chromium")]

GENERATE = "/generate python-package name=orders into=demo/orders"
WAIT_MS = 20_000
SIZES = {"desk": (1280, 860), "phone": (390, 844)}
TAKEN = Failure(
    reason="repository_exists",
    message="demo/ledger exists already.",
    remedy="Pick another name, or add `--existing` to open a change there.",
)
#: The luminance contrast of each state's word with what lies behind it.
CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const over = (colours) => {
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map(
      (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = getComputedStyle(document.documentElement).backgroundColor;
  return [...document.querySelectorAll('.state, .muted, .steps .note, main a')].map((node) => {
    const behind = [];
    for (let at = node; at; at = at.parentElement) {
      behind.unshift(getComputedStyle(at).backgroundColor);
    }
    const below = light(over([page, ...behind]));
    const word = light(over([page, ...behind, getComputedStyle(node).color]));
    const contrast = (Math.max(below, word) + 0.05) / (Math.min(below, word) + 0.05);
    return [node.textContent.trim(), contrast];
  });
}"""


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_request(self, *_args: object) -> None:
        return


@dataclass(frozen=True, kw_only=True)
class Served:
    """A world behind a true port, and somebody with a browser."""

    world: World
    url: str
    browser: Browser

    def visitor(self, *, size: str = "desk", **more: object) -> BrowserContext:
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            base_url=self.url,
            **more,  # type: ignore[arg-type]  # handed on as they are
        )
        context.set_default_timeout(WAIT_MS)
        return context

    def signed_in(self, *, size: str = "desk", **more: object) -> Page:
        """A page of somebody who has signed in; anything on its console fails the test."""
        code = f"code-{threading.get_ident()}-{id(more)}-{size}"
        self.world.store.sign_ins.add(code, valid_s=60)
        page = self.visitor(size=size, **more).new_page()
        page.on("pageerror", lambda problem: pytest.fail(f"a script broke: {problem}"))
        page.on("console", lambda said: _fail_on(said.type, said.text))
        page.goto(f"/sign-in/{code}")
        return page


def _fail_on(kind: str, text: str) -> None:
    # A page that is not there, and a server that was taken away, are told by the browser too.
    if kind == "error" and "Failed to load resource" not in text:
        pytest.fail(f"on the console: {text}")


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    from tests import parts

    parts.demand("chromium")
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=parts.chromium_binary())
        yield browser
        browser.close()


@pytest.fixture
def served(tmp_path: Path, browser: Browser) -> Iterator[Served]:
    world = World(tmp_path / "world")
    server = make_server("127.0.0.1", 0, world.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(world=world, url=f"http://127.0.0.1:{server.port}", browser=browser)
    for context in browser.contexts:
        context.close()
    server.shutdown()
    thread.join()
    world.store.database.close()


def test_from_the_first_command_to_the_repository_without_a_reload(served: Served) -> None:
    world = served.world
    page = served.signed_in()
    expect(page.get_by_role("heading", level=1)).to_have_text("From a sentence to a repository")
    expect(page.get_by_label("What should be made")).to_have_value(GENERATE)
    page.get_by_role("button", name="Open thread").click()
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    page.evaluate("document.body.dataset.same = 'yes'")
    thread = world.people.threads()[0].thread

    run = world.start(thread)
    expect(page.locator("#run")).to_contain_text("Queued")
    box = page.get_by_label("Write the next command")
    box.fill("half a sent")
    world.work(run)
    answer = world.forge.add_comment(thread, "### ✅ orders is ready in demo/orders")

    expect(page.locator("#run")).to_contain_text("5 of 5 steps")
    expect(page.locator(f"#comment-{answer.id}")).to_contain_text("orders is ready")
    expect(page.locator("#made")).to_contain_text("pyproject.toml")
    expect(page.locator("#announcer")).to_contain_text("completed")
    expect(box).to_have_value("half a sent")
    expect(box).to_be_focused()
    assert page.evaluate("document.body.dataset.same") == "yes"

    page.locator("#made").get_by_role("link", name="__init__.py").click()
    expect(page.locator(".code")).to_contain_text("__version__")


def test_what_is_folded_and_scrolled_stays_so(served: Served) -> None:
    world = served.world
    thread = world.open_thread()
    world.work(world.start(thread))
    for number in range(12):
        world.forge.add_comment(thread, f"Text {number}\n\nand more of it.")
    page = served.signed_in()
    page.locator("#made summary", has_text="src").click()
    page.evaluate("scrollTo(0, 400)")
    last = world.forge.add_comment(thread, "One more.")
    expect(page.locator(f"#comment-{last.id}")).to_be_attached()
    assert page.evaluate("scrollY") == 400
    assert (
        page.locator("#made details:has(> summary:has-text('src'))").get_attribute("open") is None
    )


def test_a_page_uses_the_api_with_the_session_that_it_has(served: Served) -> None:
    page = served.signed_in()
    told = page.evaluate("""async () => {
      const api = await import("/static/api.js");
      const made = await api.createToken({body: {name: "a page's"}});
      const stranger = api.createClient({formToken: "made-up"});
      const refused = await stranger.revokeToken({id: made.id}).catch(({reason}) => reason);
      const listed = [];
      for await (const token of api.every(api.listTokens)) listed.push(token.name);
      return {refused, listed, me: await api.getMe()};
    }""")
    assert told["me"]["operates"] is True
    assert told["refused"] == "form_token"
    assert told["listed"] == ["a page's"]


def test_the_next_command_is_written_and_sent_by_keyboard(served: Served) -> None:
    thread = served.world.open_thread("Hello.")
    page = served.signed_in()
    page.keyboard.press("/")
    box = page.get_by_label("Write the next command")
    expect(box).to_be_focused()
    page.keyboard.type("/generate python-package name=a/b?n")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".posts")).to_contain_text("name=a/b?n")
    expect(box).to_have_value("")
    assert [said.body for said in served.world.forge.comments(thread)] == [
        "/generate python-package name=a/b?n"
    ]
    assert len(served.world.queue.taken) == 1


def test_keys_are_listed_and_the_list_closes(served: Served) -> None:
    served.world.open_thread()
    page = served.signed_in()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/threads/new$"))


def test_the_first_key_skips_to_the_content(served: Served) -> None:
    served.world.open_thread()
    page = served.signed_in()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_an_offer_fills_the_box_and_a_draft_survives_a_reload(served: Served) -> None:
    served.world.open_thread()
    page = served.signed_in()
    page.get_by_role("button", name="@firstcommit help").click()
    box = page.get_by_label("Write the next command")
    expect(box).to_have_value("@firstcommit help")
    box.press_sequentially(" me")
    page.reload()
    expect(box).to_have_value("@firstcommit help me")


def test_a_server_that_is_away_is_said_and_forgotten(served: Served) -> None:
    thread = served.world.open_thread()
    page = served.signed_in()
    page.context.set_offline(True)
    expect(page.get_by_text("The server does not answer")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("The server does not answer")).to_be_hidden()
    said = served.world.forge.add_comment(thread, "Back again.")
    expect(page.locator(f"#comment-{said.id}")).to_be_visible()


def test_signing_out_elsewhere_ends_here_too(served: Served) -> None:
    served.world.open_thread()
    page = served.signed_in()
    page.context.clear_cookies()
    expect(page).to_have_url(re.compile("/sign-in"))


def test_everything_works_without_a_script(served: Served) -> None:
    page = served.signed_in(java_script_enabled=False)
    page.get_by_role("button", name="Open thread").click()
    expect(page.locator(".posts")).to_contain_text(GENERATE)
    page.get_by_label("Write the next command").fill("/cancel")
    page.get_by_role("button", name="Send comment").click()
    expect(page.locator(".posts > li")).to_have_count(2)
    served.world.start(served.world.people.threads()[0].thread)
    # The page asks for itself again as long as something is under way.
    expect(page.locator("#run")).to_contain_text("Queued")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_no_page_is_wider_than_the_screen_nor_too_pale(
    served: Served, tmp_path: Path, size: str, scheme: str
) -> None:
    addresses = filled(served.world)
    page = served.signed_in(size=size, color_scheme=scheme)
    for name, address in addresses.items():
        page.goto(address)
        page.screenshot(path=tmp_path / f"{name}-{size}-{scheme}.png", full_page=True)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{name} is {wider} px too wide"
        pale = [
            (words, round(found, 2)) for words, found in page.evaluate(CONTRASTS) if found < 4.5
        ]
        assert not pale, f"{name}: {pale}"


def test_in_a_long_list_the_file_that_is_shown_is_in_view(served: Served) -> None:
    names = [f"src/module{number:03}.py" for number in range(300)]
    served.world.publish("demo/large", dict.fromkeys(names, b"x = 1\n"))
    page = served.signed_in()
    page.goto(f"/repositories/demo/large?path={names[250]}")
    expect(page.get_by_role("link", name="module250.py").first).to_be_in_viewport()
    expect(page.locator(".code")).to_be_in_viewport()


def test_on_a_phone_the_places_are_at_the_bottom(served: Served) -> None:
    served.world.open_thread()
    page = served.signed_in(size="phone")
    runs = page.get_by_role("navigation", name="Main").get_by_role("link", name="Runs")
    box = runs.bounding_box()
    assert box is not None
    assert box["y"] > SIZES["phone"][1] - 80
    runs.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")


def filled(world: World) -> dict[str, str]:
    """Threads in every state, a large repository, long names; the addresses of their pages."""
    failed = world.open_thread(title="A title that goes on and on " * 8, text="word" * 200)
    world.work(world.start(failed, name="ledger"), until="repo_creation", failure=TAKEN)
    done = world.open_thread()
    world.work(world.start(done))
    world.forge.add_comment(done, COMMENT)
    running = world.open_thread(title="Parcels")
    run = world.work(world.start(running, name="parcels"), until="verify")
    run = costly(world, run)
    for number in range(40):
        world.start(running, name=f"a-project-with-a-long-name-and-the-number-{number}")
    world.publish(
        "demo/large",
        {
            f"src/{'deeply/' * 6}a-long-name-of-a-module-number-{n}.py": b"x" * 300
            for n in range(500)
        },
    )
    large = "/repositories/demo/large?path=src/" + "deeply/" * 6
    return {
        "failed": "/threads/demo/ideas/1",
        "done": "/threads/demo/ideas/2",
        "running": "/threads/demo/ideas/3",
        "new": "/threads/new",
        "threads": "/threads",
        "repositories": "/repositories",
        "repository": "/repositories/demo/orders",
        "file": "/repositories/demo/orders?path=src/orders/__init__.py#L3",
        "binary": "/repositories/demo/orders?path=assets/logo.png",
        "large": large,
        "long-line": f"{large}a-long-name-of-a-module-number-7.py",
        "runs": "/runs",
        "run": f"/runs/{run.id}",
        "missing": "/threads/demo/ideas/99",
    }


def costly(world: World, run: Run) -> Run:
    """Have a run have asked models, one of a long name, and somebody."""
    step = meter(budgeted(world.store), run, "design")
    step.settle(step.reserve(planned()), ANSWERED)
    long = ModelName(provider="openai", name="a-model-with-a-long-name-" * 4)
    failed = MadeCall(status=CallStatus.FAILED, duration_s=65, http_status=500)
    step.settle(step.reserve(planned("again", model=long, attempt=2)), failed)
    step.settle(
        step.reserve(planned("once more", attempt=3)),
        MadeCall(status=CallStatus.LOST, duration_s=300),
    )
    step.reserve(planned("still"))
    questions = world.store.questions
    first = questions.ask(run.id, "design", "For whom is it?", number=run.lease_number)
    questions.answer(first.id, "word" * 100, by=YOU)
    questions.ask(run.id, "design", "Which licence?", number=run.lease_number)
    return run


COMMENT = """\
### ✅ orders is ready in demo/orders

- [x] Generate the files — 9 files, from `python-package@1.0.0`
- [ ] Commit the files

| | |
|---|---|
| Commit | `aff553acb8585c62e67381dc5254411b4ee94e54` |
| Tree | `fd0343f9eeae37e6a48a16329dc5e11d9849f6b5` |

```
git clone /a/very/long/path/to/a/folder/in/which/repositories/lie/demo/orders.git
```

<details><summary>9 files</summary>

    src/orders/__init__.py

</details>
"""
