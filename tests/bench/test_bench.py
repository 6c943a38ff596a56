"""What of the benches does not depend on the machine: calls, the table, and when one fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench.bench_publishing import AT_MOST, COUNTS, binaries, change, new_repository
from tests.bench.figures import Figure, as_markdown, as_text
from tests.bench.turns import Turns
from tests.forges.github_git import texts

MIB = 1024 * 1024


@pytest.mark.parametrize("count", COUNTS)
def test_publishing_takes_at_most_five_calls_whatever_the_number_of_files(count: int) -> None:
    files = texts(count, 2_000)
    assert sum(len(file.content) for file in files) <= 5 * MIB
    assert new_repository(files) <= AT_MOST
    assert change(files) <= AT_MOST


def test_each_binary_file_is_one_more_call() -> None:
    files = texts(10, 100)
    assert new_repository([*files, *binaries(4)]) == new_repository(files) + 4
    assert change([*files, *binaries(4)]) == change(files) + 4


def test_every_bench_is_run() -> None:
    written = {path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*")}
    assert set(bench.BENCHES) == written


@pytest.mark.parametrize(
    ("figure", "is_kept", "is_broken"),
    [
        (Figure(what="x", ours=9, unit="ms"), True, False),
        (Figure(what="x", ours=9, unit="ms", ratio=1.2, ratio_at_most=1.2), True, False),
        (Figure(what="x", ours=9, unit="ms", ratio=1.7, ratio_at_most=1.2), False, False),
        (Figure(what="x", ours=9, unit="ms", ratio=1.9, ratio_at_most=1.2), False, True),
        (Figure(what="x", ours=2.9, unit="s", ours_at_most=2), False, False),
        (Figure(what="x", ours=3.1, unit="s", ours_at_most=2), False, True),
        (Figure(what="x", ours=5, unit="calls", ours_at_most=5), True, False),
        (Figure(what="x", ours=6, unit="calls", ours_at_most=5), False, True),
    ],
)
def test_a_time_may_waver_and_a_count_may_not(
    figure: Figure, is_kept: bool, is_broken: bool
) -> None:
    assert (figure.is_kept, figure.is_broken) == (is_kept, is_broken)


@pytest.mark.parametrize(("ours", "code"), [(5, 0), (6, 1)])
def test_a_promise_missed_by_far_fails_the_bench(
    ours: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = Figure(what="publishing", ours=ours, unit="calls", ours_at_most=5)
    monkeypatch.setattr(bench, "BENCHES", {"publishing": lambda: [figure]})
    monkeypatch.setattr(bench, "_log_to_nowhere", lambda: None)
    assert bench.main([]) == code
    said = capsys.readouterr()
    assert f"publishing   {ours} calls" in said.out
    assert ("missed by far: publishing" in said.err) == bool(code)


def test_an_unknown_bench_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["dor"]) == 2
    assert "dor" in capsys.readouterr().err


def test_ratios_are_taken_round_by_round() -> None:
    turns = Turns(seconds={"ours": [0.002, 0.02, 0.002], "bare": [0.001, 0.01, 0.001]})
    figure = turns.figure("loop", ours="ours", bare="bare", ratio_at_most=1.5)
    assert (figure.ours, figure.bare, figure.ratio) == (2.0, 1.0, 2.0)
    assert as_text([figure]).splitlines() == [
        "what   ours   bare   ratio   promised",
        "loop   2 ms   1 ms    2.00   ≤ 1.5 ×, missed",
    ]
    assert as_markdown([figure]).splitlines()[-1] == (
        "| loop | 2 ms | 1 ms | 2.00 | ≤ 1.5 ×, missed |"
    )
