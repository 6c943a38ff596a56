"""``firstcommit workflows``, as somebody types it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot import cli
from bot.build import build
from bot.settings import Settings
from bot.workflows import load_workflow, shipped_names
from tests.packages import install_example

MINE = """\
name: mine
inputs:
  pack: {type: string}
  into: {type: destination, default: "."}
steps:
  - {id: files, uses: file_generation, with: {pack: "${{ inputs.pack }}"}}
  - id: commit
    uses: commit
    with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}
"""
POLICY = "version: 1\napproval: always\nverify: require\n"

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def type_in(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Type:
    """Type a command in an empty folder: its exit code, and what it wrote."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))

    def type_in(*words: str) -> tuple[int, str, str]:
        code = cli.main(["workflows", *words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return type_in


def test_list_says_what_ships_and_what_it_takes(type_in: Type) -> None:
    code, out, _ = type_in("list")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["NAME", "SOURCE", "INPUTS", "SUMMARY"]
    assert [line.split()[0] for line in lines[1:]] == list(shipped_names())
    assert "pack [answers] [into]" in out


@pytest.mark.parametrize("name", shipped_names())
def test_what_show_prints_is_the_same_workflow(
    type_in: Type, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _, out, _ = type_in("show", name)
    Path(f"{name}.yaml").write_text(out)
    assert type_in("check", f"{name}.yaml")[0] == 0
    needs = {step["id"]: tuple(step["needs"]) for step in yaml.safe_load(out)["steps"]}
    assert needs == {step.id: step.needs for step in load_workflow(name).steps}


def test_show_marks_the_gates_that_policy_puts_in(type_in: Type) -> None:
    Path("mine.yaml").write_text(MINE)
    Path("policy.yml").write_text(POLICY)
    code, out, _ = type_in("show", "mine.yaml", "--policy", "policy.yml")
    assert code == 0
    steps = [step["id"] for step in yaml.safe_load(out)["steps"]]
    assert steps == ["files", "policy-verify", "policy-gate", "commit"]
    lines = out.splitlines()
    at = lines.index("  - id: policy-gate")
    assert "Put in by policy" in lines[at - 1]
    assert out.count("Put in by policy") == 2
    # What is shown can be used as it is.
    Path("mine.yaml").write_text(out)
    assert type_in("check", "mine.yaml")[0] == 0


def test_show_says_where_policy_asks_always(type_in: Type) -> None:
    text = MINE.replace(
        "  - id: commit\n",
        '  - {id: ask, uses: approval, if: "${{ inputs.into.new }}", with: '
        '{project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}\n  - id: commit\n',
    )
    Path("mine.yaml").write_text(text)
    Path("policy.yml").write_text("version: 1\napproval: always\n")
    _, out, _ = type_in("show", "mine.yaml", "--policy", "policy.yml")
    assert "done always; the file has `if: ${{ inputs.into.new }}`" in out
    assert "Put in" not in out


def test_a_workflow_that_cannot_be_approved_is_told_of(type_in: Type) -> None:
    head = MINE.partition("steps:")[0]
    make = '{id: make, uses: repo_creation, with: {into: "${{ inputs.into }}"}}'
    Path("mine.yaml").write_text(f"{head}steps:\n  - {make}\n")
    Path("policy.yml").write_text(POLICY)
    assert type_in("check", "mine.yaml")[0] == 0
    code, out, err = type_in("show", "mine.yaml", "--policy", "policy.yml")
    assert (code, out) == (1, "")
    assert "has no generated files to look at before its step make" in err


def test_a_wrong_policy_is_told_with_its_line(type_in: Type) -> None:
    Path("policy.yml").write_text("version: 1\naproval: always\n")
    code, _, err = type_in("show", "generate", "--policy", "policy.yml")
    assert code == 1
    assert "policy.yml:2:1: " in err
    assert "approval" in err


def test_check_names_every_problem_with_its_place(type_in: Type) -> None:
    Path("mine.yaml").write_text(MINE.replace("uses: commit", "uses: comit"))
    Path("other.yaml").write_text(MINE)
    Path("fine.yaml").write_text(MINE.replace("name: mine", "name: fine"))
    code, out, _ = type_in("check", "mine.yaml", "other.yaml", "fine.yaml", "absent.yaml")
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith("mine.yaml:8:11: step commit, uses: unknown step type 'comit'")
    assert "did you mean 'commit'?" in lines[0]
    assert lines[1].startswith("other.yaml:1:7: name: must be 'other'")
    assert lines[2] == "fine.yaml: fine: fine, 2 steps"
    assert lines[3] == "absent.yaml: it cannot be read: No such file or directory"


def test_check_reads_standard_input(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(MINE.encode())))
    assert type_in("check", "-") == (0, "-: fine: mine, 2 steps\n", "")


def test_graph_draws_plain_text_and_mermaid(type_in: Type) -> None:
    Path("mine.yaml").write_text(MINE)
    _, text, _ = type_in("graph", "mine.yaml")
    assert "commit" in text.splitlines()[-1]
    _, chart, _ = type_in("graph", "mine.yaml", "--format", "mermaid")
    assert chart.startswith("flowchart")
    assert "-->" in chart


def test_schema_knows_the_steps_of_packages(type_in: Type, package_path: Path) -> None:
    install_example(package_path)
    _, out, _ = type_in("schema")
    assert json.loads(out)["$schema"].startswith("https://json-schema.org/draft/2020-12")
    assert "licence_header" in out


def test_steps_lists_those_of_packages(type_in: Type, package_path: Path) -> None:
    install_example(package_path)
    _, out, _ = type_in("steps")
    row = next(line for line in out.splitlines() if line.startswith("licence_header"))
    assert "firstcommit-licence-header 1.0.0" in row
    assert "publishes" in next(line for line in out.splitlines() if line.startswith("commit"))


def test_a_name_that_is_none_is_told_with_those_that_are(type_in: Type) -> None:
    code, _, err = type_in("show", "generat")
    assert code == 1
    assert "did you mean 'generate'?" in err


def test_show_for_an_organisation_takes_its_file_and_its_policy(type_in: Type) -> None:
    files = {
        ".github/firstcommit/workflows/mine.yaml": MINE,
        ".github/firstcommit.yml": "version: 1\napproval: always\n",
    }
    commit = _push("acme/.github", files)
    code, out, err = type_in("show", "mine", "--organisation", "local:acme")
    assert (code, err) == (0, "")
    assert "# mine, from .github/firstcommit/workflows/mine.yaml of acme/.github" in out
    assert f"# at {commit}," in out
    assert "# under the policy of local:acme." in out
    assert "policy-gate" in out


def test_list_for_an_organisation_has_its_own_and_tells_of_faulty_ones(type_in: Type) -> None:
    folder = ".github/firstcommit/workflows"
    _push("acme/.github", {f"{folder}/mine.yaml": MINE, f"{folder}/bad.yaml": "name: bad\n"})
    code, out, err = type_in("list", "--organisation", "local:acme")
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert {"mine", "bad", *shipped_names()} <= set(rows)
    assert "acme/.github" in rows["mine"]
    assert "wrong: " in rows["bad"]
    assert "shipped" in rows["generate"]


def test_show_for_an_organisation_without_files_shows_what_ships(type_in: Type) -> None:
    _migrate()
    _, out, _ = type_in("show", "generate", "--organisation", "local:acme")
    assert out.startswith("# generate, as it ships,\n# under the policy of local:acme.\n")


@pytest.mark.parametrize("text", ["acme", ":acme", "local:"])
def test_an_organisation_is_named_with_its_forge(type_in: Type, text: str) -> None:
    code, _, err = type_in("show", "generate", "--organisation", text)
    assert code == 2
    assert "FORGE:ORG" in err


def _migrate() -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(["migrate"]) == 0


def _push(full_name: str, files: dict[str, str]) -> str:
    """Have somebody push files to the default branch of a repository of the local forge."""
    _migrate()
    services = build(Settings.from_environment(os.environ))
    assert services.people is not None
    repository = services.people.open_thread(full_name, "Files", "Here.").repository
    copy = Path("copy")

    def git(*words: str) -> str:
        identity = ("-c", "user.name=You", "-c", "user.email=you@localhost")
        made = subprocess.run(
            ["git", *identity, *words], check=True, capture_output=True, text=True
        )
        return made.stdout.strip()

    git("clone", "-q", repository.clone_url, str(copy))
    for path, text in files.items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text(text)
    git("-C", str(copy), "add", ".")
    git("-C", str(copy), "commit", "-qm", "Add files")
    git("-C", str(copy), "push", "-q", "origin", f"HEAD:{repository.default_branch}")
    services.store.database.close()
    return git("-C", str(copy), "rev-parse", "HEAD")
