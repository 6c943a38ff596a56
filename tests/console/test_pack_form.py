"""``firstcommit packs form``, as somebody types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import cli
from bot.forms import form_file
from bot.generation.packs import PackLibrary
from bot.resources import templates_dir
from tests.forms.github_forms import faults

PACK = "python-package"


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(["packs", "form", *words])
    return (code, *capsys.readouterr())


def test_a_form_is_printed(capsys):
    code, out, _ = typed(capsys, PACK)
    library = PackLibrary(templates_dir() / "packs")
    assert (code, faults(out)) == (0, [])
    assert out == form_file(library.get(PACK), "github", suggested={"ci": "github"}).text


def test_a_template_of_gitlab_assumes_gitlab(capsys):
    code, out, _ = typed(capsys, PACK, "--forge", "gitlab")
    assert code == 0
    assert "Left empty: gitlab." in out


def test_forms_of_all_packs_go_to_their_places_and_replace_nothing(capsys, tmp_path):
    mine = tmp_path / ".github" / "ISSUE_TEMPLATE" / f"{PACK}.yml"
    mine.parent.mkdir(parents=True)
    mine.write_text("name: mine\n")
    code, out, _ = typed(capsys, "--into", str(tmp_path))
    assert code == 0
    assert f"kept      .github/ISSUE_TEMPLATE/{PACK}.yml" in out
    assert "written   .github/ISSUE_TEMPLATE/flask-service.yml" in out
    assert mine.read_text() == "name: mine\n"
    _, out, _ = typed(capsys, "--into", str(tmp_path), "--force")
    assert f"written   .github/ISSUE_TEMPLATE/{PACK}.yml" in out
    assert "unchanged .github/ISSUE_TEMPLATE/flask-service.yml" in out
    assert faults(mine.read_text()) == []


def test_a_pack_in_a_folder_has_a_form_as_well(capsys, tmp_path):
    assert cli.main(["packs", "new", "my-pack", "-o", str(tmp_path)]) == 0
    capsys.readouterr()
    code, out, _ = typed(capsys, str(tmp_path / "my-pack"))
    assert (code, faults(out)) == (0, [])
    assert 'value: "/generate my-pack"' in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["pyton-package"], "Did you mean python-package"),
        ([PACK, "--forge", "gitea"], "There are forms for github and gitlab"),
        ([], "--into DIR"),
        ([PACK, "--into", "/proc"], "cannot be written"),
    ],
)
def test_a_mistake_is_told_with_the_way_out(capsys, words, told):
    code, out, err = typed(capsys, *words)
    assert (code, out) == (1, "")
    assert told in err
