"""Each test of the contract runs once for each forge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.forges import Bed, LocalBed, MemoryBed
from tests.contract.github_bed import WORLD, GitHubBed
from tests.contract.recording_bed import RecordingBed
from tests.e2e.bed import GitHubServer, github

#: A forge's name, for the fixture ``NAME_bed``; with a mark where it needs a part.
BEDS = ["memory", "local", "recording", pytest.param("github", marks=pytest.mark.needs("node"))]


@pytest.fixture(params=BEDS)
def bed(request: pytest.FixtureRequest) -> Bed:
    return request.getfixturevalue(f"{request.param}_bed")


@pytest.fixture
def memory_bed() -> MemoryBed:
    return MemoryBed()


@pytest.fixture
def local_bed(tmp_path: Path) -> LocalBed:
    return LocalBed(tmp_path / "forge")


@pytest.fixture
def recording_bed() -> RecordingBed:
    return RecordingBed()


@pytest.fixture
def github_bed(github_of_the_contract: GitHubServer) -> GitHubBed:
    return GitHubBed(github_of_the_contract)


@pytest.fixture(scope="session")
def github_of_the_contract(node_path: Path) -> Iterator[GitHubServer]:
    with github(node_path, WORLD) as server:
        yield server
