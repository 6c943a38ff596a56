"""``docs/api.md``: its shell blocks, as they stand there, against a server that was started."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping

import pytest

from tests.e2e.served import served
from tests.parts import ROOT

pytestmark = pytest.mark.e2e

PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
TIMEOUT_S = 180
MARK = "==== "
#: Each block by the heading that it stands under, and its place there.
BLOCK = re.compile(r"^## ([^\n]*)$|^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> Mapping[str, str]:
    found: dict[str, str] = {}
    heading = ""
    for title, block in BLOCK.findall(PAGE):
        if title:
            heading = title
        else:
            number = sum(name.startswith(heading) for name in found) + 1
            found[f"{heading} {number}"] = block
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """What each block printed, all of them done in one shell that ends where one fails."""
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    folder = tmp_path_factory.mktemp("story")
    script = "set -eu -o pipefail\n" + "\n".join(
        f"echo; echo '{MARK}{name}'\n{block}" for name, block in blocks().items()
    )
    with served() as server:
        environment = {**os.environ, **server.machine.environment, "NO_PROXY": "*"}
        ended = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            env=environment,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    parts = ended.stdout.split(f"\n{MARK}")[1:]
    yield {name: said for name, _, said in (part.partition("\n") for part in parts)}


def test_every_block_was_done(told: Mapping[str, str]) -> None:
    assert list(told) == list(blocks())
    assert len(told) > 10


def test_who_asks_is_known(told: Mapping[str, str]) -> None:
    assert '"login":"you"' in told["Before the first call 1"]


def test_the_run_is_watched_to_its_end(told: Mapping[str, str]) -> None:
    said = told["Watch it 1"]
    assert "event: step_completed\n" in said
    assert "\nevent: end\ndata: {}\n" in said
    assert said.rstrip().endswith("completed")


def test_files_are_listed_read_and_changed(told: Mapping[str, str]) -> None:
    assert '"path":"src/orders/__init__.py"' in told["Read a file 1"]
    assert '"origin":"person"' in told["Change one 1"]
    assert '"reason": "precondition_failed"' in told["Change one 2"]
    assert told["Change one 2"].rstrip().endswith("That was the old ETag.")


def test_the_archive_holds_what_was_changed_and_is_what_its_record_says(
    told: Mapping[str, str],
) -> None:
    made, recorded, last = told["Export it, and download 1"].split("\n")[:3]
    assert made == recorded
    assert last == "It was changed by a program."


def test_a_plan_is_approved_and_published(told: Mapping[str, str]) -> None:
    said = told["Publish it, after a look 1"]
    assert '"reason":"approved"' in said
    published = json.loads(said.splitlines()[-1])["items"]
    assert [each["status"] for each in published] == ["completed"], published
    assert "demo/billing" in published[0]["repository_url"]
    assert "python-package" in told["Publish it, after a look 2"]


def test_a_token_that_reads_makes_nothing(told: Mapping[str, str]) -> None:
    assert told["Tokens 1"].strip() == "scope_missing"


def test_the_error_that_is_shown_is_the_one_that_comes(told: Mapping[str, str]) -> None:
    _, _, body = told["Errors 1"].partition("\n\n")
    shown = PAGE.partition("```json\n")[2].partition("```")[0]
    assert json.loads(body) == json.loads(shown)


def test_what_is_asked_for_twice_is_made_once(told: Mapping[str, str]) -> None:
    first, second = told["Asking twice 1"].split()
    assert first == second
