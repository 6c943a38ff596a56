"""Limits of a generated project."""

from __future__ import annotations

import pytest

from bot.core.limits import CEILINGS, MIB, ProjectLimits, shown_size
from bot.errors import UserError


def test_a_pack_that_says_nothing_gets_the_usual_limits() -> None:
    assert CEILINGS.of_pack({}, ProjectLimits()) == ProjectLimits()


def test_a_pack_may_go_up_to_the_ceilings_and_no_further() -> None:
    allowed = CEILINGS.of_pack({"files": 9_999_999, "project_bytes": 50 * MIB}, ProjectLimits())
    assert allowed == ProjectLimits(file_bytes=MIB, files=5_000, project_bytes=50 * MIB)


def test_low_ceilings_hold_for_packs_that_say_nothing() -> None:
    assert ProjectLimits(files=10).of_pack({}, ProjectLimits()).files == 10


def test_each_limit_refuses_what_is_above_it_only() -> None:
    limits = ProjectLimits(file_bytes=10, files=2, project_bytes=15)
    limits.check_file("a", 10)
    limits.check_count(2)
    limits.check_total(15)
    with pytest.raises(UserError, match="a is larger than 10 B") as refused:
        limits.check_file("a", 11)
    assert refused.value.reason == "too_large"
    with pytest.raises(UserError, match="more than 2 files") as refused:
        limits.check_count(3)
    assert refused.value.reason == "too_many_files"
    with pytest.raises(UserError, match="project is larger") as refused:
        limits.check_total(16)
    assert refused.value.reason == "too_large"


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1500, "1.5 KiB"), (20 * MIB, "20 MiB")],
)
def test_sizes_are_shown_in_the_unit_that_fits(size: int, shown: str) -> None:
    assert shown_size(size) == shown
