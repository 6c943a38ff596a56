"""``firstcommit simulate``, as somebody types it on a machine of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import cli
from bot.build import build
from bot.console.rehearsal_sheet import NOTHING_DONE
from bot.forges.local import LocalForge, People
from bot.settings import Settings
from tests.forges.test_recording import contents

Type = Callable[..., tuple[int, str, str]]

NEW = "/generate python-package name=orders into=acme/orders"
WORKFLOW = """\
name: mine
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
steps:
  - id: files
    uses: file_generation
    with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}
  - {id: said, uses: notify, with: {message: "Files are there"}}
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that is not there yet."""
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def simulate(data: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    """Type ``firstcommit simulate``: its exit code, and what it wrote."""

    def simulate(*words: str) -> tuple[int, str, str]:
        code = cli.main(["simulate", *words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return simulate


def test_a_run_is_told_with_effects_files_and_that_nothing_was_done(
    simulate: Type, data: Path
) -> None:
    code, out, err = simulate(NEW)
    assert (code, err) == (0, "")
    assert "A run of the workflow generate, which ships" in out
    effects = [line for line in out.splitlines() if re.match(r"  +\d+\.  ", line)]
    assert [effect.split()[0] for effect in effects] == [f"{n}." for n in range(1, 8)]
    assert "local:acme/orders      create repository acme/orders (private)" in out
    assert re.search(r"Files: \d+, [\d,]+ bytes", out)
    assert re.search(r"^ +\d+  src/orders/__init__\.py$", out, re.MULTILINE)
    assert out.splitlines()[-1] == NOTHING_DONE
    assert not data.exists()


def test_what_would_be_refused_says_why_and_exits_with_1(simulate: Type, data: Path) -> None:
    code, out, _ = simulate("/generate nothing name=x")
    assert code == 1
    assert "It would not be carried out (unknown_pack): There is no template pack" in out
    assert out.splitlines()[-1] == NOTHING_DONE
    assert not data.exists()


def test_an_answer_is_shown_as_it_would_be_written(simulate: Type) -> None:
    code, out, _ = simulate("/firstcommit help")
    assert code == 0
    assert "It would be answered:\n  ### What I can do" in out


def test_what_would_wait_for_approval_is_told_with_its_digest(simulate: Type) -> None:
    code, out, _ = simulate("/plan python-package name=orders")
    assert code == 0
    assert re.search(r"^  gate: the plan [0-9a-f]{12}$", out, re.MULTILINE)


def test_programs_are_told_the_same(simulate: Type) -> None:
    code, out, _ = simulate(NEW, "--json")
    told = json.loads(out)
    assert (code, told["carried_out"], told["run"]["status"]) == (0, True, "completed")
    assert [effect["kind"] for effect in told["effects"]] == [
        *("react", "add_comment", "create_repository", "replace_first_commit"),
        *("describe_repository", "edit_comment", "report_check"),
    ]
    assert all(file["size"] >= 0 for file in told["files"])


def test_a_machine_that_has_a_server_is_left_as_it_is(simulate: Type, data: Path) -> None:
    services = build(Settings(data_dir=data))
    services.store.database.migrate()
    forge = services.forges["local"]
    assert isinstance(forge, LocalForge)
    People(forge).ensure_repository("acme/shop")
    before = contents(data / "forge")
    code, out, _ = simulate(NEW, "--repository", "acme/shop")
    assert code == 0
    assert "you in local:acme/shop" in out
    assert contents(data / "forge") == before
    assert services.store.runs.recent() == []
    services.store.database.close()


def test_a_repository_that_is_there_already_is_refused_by_name(simulate: Type, data: Path) -> None:
    services = build(Settings(data_dir=data))
    services.store.database.migrate()
    forge = services.forges["local"]
    assert isinstance(forge, LocalForge)
    People(forge).ensure_repository("acme/orders")
    services.store.database.close()
    code, out, _ = simulate(NEW)
    assert code == 1
    assert "(repository_exists)" in out


def test_nobody_of_that_name_is_refused(simulate: Type) -> None:
    code, _, err = simulate(NEW, "--as", "@nobody")
    assert code == 1
    assert "Nobody is called 'nobody' on local." in err


def test_a_forge_that_is_not_configured_is_refused(simulate: Type) -> None:
    code, _, err = simulate(NEW, "--as", "ann", "--repository", "github:acme/shop")
    assert code == 1
    assert "github is not configured" in err


def test_without_the_local_forge_the_repository_has_to_be_named(
    simulate: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTCOMMIT_LOCAL_FORGE", "off")
    code, _, err = simulate(NEW)
    assert code == 1
    assert "--repository FORGE:OWNER/NAME" in err


def test_an_older_database_is_refused(simulate: Type, data: Path) -> None:
    data.mkdir()
    (data / "firstcommit.db").touch()
    code, _, err = simulate(NEW)
    assert code == 2
    assert "firstcommit migrate" in err


def test_a_workflow_file_that_is_nowhere_yet_is_tried(simulate: Type, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(WORKFLOW)
    code, out, _ = simulate("/generate python-package name=orders", "--workflow-file", str(file))
    assert code == 0, out
    assert "/generate workflow=mine python-package name=orders" in out
    assert "A run of the workflow mine, from .github/firstcommit/workflows/mine.yaml of" in out
    assert re.search(r"said +notify +completed", out)


def test_what_is_wrong_with_a_workflow_file_is_told_with_its_place(
    simulate: Type, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(WORKFLOW.replace("uses: notify", "uses: notfy"))
    code, out, _ = simulate("/generate python-package name=orders", "--workflow-file", str(file))
    assert code == 1
    assert out.startswith(f"{file}:10:")
    assert "did you mean 'notify'" in out


def test_a_workflow_file_that_is_not_there_is_refused(simulate: Type) -> None:
    code, _, err = simulate(NEW, "--workflow-file", "none.yaml")
    assert code == 1
    assert "none.yaml: it cannot be read" in err


def test_what_the_run_may_cost_is_told(
    simulate: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTCOMMIT_MODEL", "scripted:agent")
    file = tmp_path / "mine.yaml"
    file.write_text(f"{WORKFLOW}  - {{id: thought, uses: agent, with: {{prompt: 'Think.'}}}}\n")
    words = ("/generate python-package name=orders budget=20k", "--workflow-file", str(file))
    code, out, _ = simulate(*words)
    assert code == 0
    assert "Price of language models\n  too few such runs were made here to tell" in out
    assert "this run may take 20,000 tokens at most" in out
    assert "20,000 tokens at most" in json.loads(simulate(*words, "--json")[1])["price"]
