"""The fixtures that other tests stand on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest
import redis

from tests import parts, weights


def test_every_test_has_a_database_of_its_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute(
            "select count(*) from pg_tables where schemaname = 'public'"
        ).fetchone()
    assert tables == (0,)


@pytest.mark.parametrize("attempt", [1, 2])
def test_the_embedded_server_is_empty_for_every_test(redis_url: str, attempt: int) -> None:
    client = redis.Redis.from_url(redis_url)
    assert client.keys() == []
    client.set("left behind", attempt)


@pytest.mark.parametrize("attempt", [1, 2])
def test_the_separate_server_is_empty_for_every_test(redis_server_url: str, attempt: int) -> None:
    client = redis.Redis.from_url(redis_server_url)
    assert client.keys() == []
    client.set("left behind", attempt)


def test_node_is_the_one_that_the_emulator_needs(node_path: Path) -> None:
    answer = subprocess.run([node_path, "--version"], check=True, capture_output=True, text=True)
    assert answer.stdout.startswith("v24.")


def test_the_browser_tells_its_version(chromium_path: Path) -> None:
    answer = subprocess.run(
        [chromium_path, "--version"], check=True, capture_output=True, text=True
    )
    assert "Chrom" in answer.stdout


def test_an_absent_part_skips_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(parts.PROBES, "bwrap", lambda: "not on this machine")
    monkeypatch.delenv("TEST_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs bwrap: not on this machine"):
        parts.demand("bwrap")


def test_an_absent_part_that_is_required_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(parts.PROBES, "bwrap", lambda: "not on this machine")
    monkeypatch.setenv("TEST_REQUIRE", "postgres, bwrap")
    with pytest.raises(pytest.fail.Exception, match=r"required by TEST_REQUIRE: not on this"):
        parts.demand("bwrap")


def test_a_mistyped_part_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_REQUIRE", "postgress")
    with pytest.raises(pytest.UsageError, match="postgress"):
        parts.required()
    with pytest.raises(pytest.UsageError, match="chrome"):
        parts.absence("chrome")


def test_every_file_that_takes_long_is_there() -> None:
    assert all((parts.ROOT / "tests" / name).is_file() for name in weights.SECONDS)
