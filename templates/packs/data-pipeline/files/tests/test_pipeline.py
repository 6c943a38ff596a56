"""All stages together, on the sample data and from the command line."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from {{ module }} import cli, pipeline
from {{ module }}.errors import RejectedError

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "data" / "orders.csv"
BAD_ROW = "o-1001,2026-01-07,Ada,1.00,EUR\n"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """The sample and one bad row."""
    path = tmp_path / "mixed.csv"
    path.write_text(SAMPLE.read_text(encoding="utf-8") + BAD_ROW, encoding="utf-8")
    return path


def test_the_sample_becomes_totals(tmp_path: Path) -> None:
    assert cli.main(["run", str(SAMPLE), "--output", str(tmp_path)]) == cli.ExitCode.DONE
    assert (tmp_path / pipeline.TOTALS).read_text(encoding="utf-8").splitlines() == [
        "day,currency,orders,amount",
        "2026-01-05,EUR,2,24.90",
        "2026-01-05,USD,1,120.00",
        "2026-01-06,EUR,1,-19.90",
        "2026-01-06,USD,1,0.01",
    ]


def test_running_twice_changes_nothing(tmp_path: Path) -> None:
    changed = pipeline.run([str(SAMPLE)], tmp_path)
    assert changed == [pipeline.TOTALS, pipeline.REJECTED, pipeline.MANIFEST]
    assert pipeline.run([str(SAMPLE)], tmp_path) == []


def test_the_manifest_tells_what_the_files_are(tmp_path: Path) -> None:
    pipeline.run([str(SAMPLE)], tmp_path)
    manifest = json.loads((tmp_path / pipeline.MANIFEST).read_text(encoding="utf-8"))
    assert (manifest["accepted"], manifest["rejected"]) == (5, 0)
    assert manifest["pipeline"]
    for name, digest in manifest["sha256"].items():
        assert sha256((tmp_path / name).read_bytes()).hexdigest() == digest


def test_one_bad_row_too_many_writes_nothing(tmp_path: Path, mixed: Path) -> None:
    output = tmp_path / "out"
    assert cli.main(["run", str(mixed), "--output", str(output)]) == cli.ExitCode.REJECTED
    assert not output.exists()


def test_a_bad_row_that_is_allowed_is_kept_aside(tmp_path: Path, mixed: Path) -> None:
    assert pipeline.run([str(mixed)], tmp_path, allow_rejected=1)
    (line,) = (tmp_path / pipeline.REJECTED).read_text(encoding="utf-8").splitlines()
    rejected = json.loads(line)
    assert rejected["line"] == 7
    assert rejected["reason"].startswith("id: ")


def test_an_id_counts_once_over_all_files(tmp_path: Path) -> None:
    with pytest.raises(RejectedError, match="5 rows"):
        pipeline.run([str(SAMPLE), str(SAMPLE)], tmp_path)


def test_check_writes_nothing_and_tells(mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(SAMPLE)]) == cli.ExitCode.DONE
    assert cli.main(["check", str(mixed)]) == cli.ExitCode.REJECTED
    told = capsys.readouterr().err
    assert "5 rows are good, 1 are not" in told
    assert "mixed.csv, line 7: id: " in told


def test_input_that_cannot_be_used_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(tmp_path / "absent.csv")]) == cli.ExitCode.UNUSABLE
    assert "absent.csv" in capsys.readouterr().err


def test_every_exit_code_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"| {code} |" in readme for code in (*cli.ExitCode, 2))
