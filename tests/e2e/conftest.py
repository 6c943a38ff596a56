"""The GitHub of the end-to-end tests as fixtures, whole or as the App sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.bed import GitHubServer, github
from tests.e2e.scene import Scene, scene_of


@pytest.fixture
def github_server(node_path: Path) -> Iterator[GitHubServer]:
    """A fresh GitHub with the usual people and repositories in it."""
    with github(node_path) as server:
        yield server


@pytest.fixture
def app(github_server: GitHubServer) -> Iterator[httpx.Client]:
    """The App itself, by its JWT."""
    with github_server.client(github_server.jwt()) as client:
        yield client


@pytest.fixture
def bot(github_server: GitHubServer) -> Iterator[httpx.Client]:
    """The App on acme, with all that it was granted."""
    with github_server.client(github_server.installation_token()) as client:
        yield client


@pytest.fixture(scope="module")
def shared(node_path: Path) -> Iterator[GitHubServer]:
    """One GitHub for all tests that leave nothing behind which another would meet."""
    with github(node_path) as server:
        yield server


@pytest.fixture
def shared_app(shared: GitHubServer) -> Iterator[httpx.Client]:
    with shared.client(shared.jwt()) as client:
        yield client


@pytest.fixture
def shared_bot(shared: GitHubServer) -> Iterator[httpx.Client]:
    with shared.client(shared.installation_token()) as client:
        yield client


@pytest.fixture(scope="module")
def whole(node_path: Path) -> Iterator[Scene]:
    """The product on a GitHub, for all tests of a file."""
    with github(node_path) as server, scene_of(server) as scene:
        yield scene


@pytest.fixture
def scene(whole: Scene) -> Scene:
    """The same, as if nobody had asked for anything within the hour."""
    whole.product.valkey.forget_pace()
    whole.github.faults.clear()
    whole.github.calls.clear()
    return whole
