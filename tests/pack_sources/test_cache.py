"""What was fetched is kept, and never more of it than there is room for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.core.git_values import Commit, TreeEntry
from bot.core.identity import Repository
from bot.errors import UserError
from bot.forges.port import Forge
from bot.generation.foreign import bundle as bundles
from bot.generation.foreign.keeping import drop_oldest, kept_data
from bot.pack_sources.cache import BundleCache
from bot.pack_sources.folders import read_folder
from tests.foreign_packs import SERVICE, bundle


def test_where_it_cannot_be_kept_nothing_is_left_over(tmp_path: Path) -> None:
    cache, kept = BundleCache(tmp_path), bundle(SERVICE)
    # Something in the way, as a full disk is.
    (tmp_path / kept.digest).mkdir()
    assert cache.get("there", lambda: kept) is kept
    assert [path.name for path in tmp_path.iterdir()] == [kept.digest]


def test_what_is_said_of_a_pack_leaves_nothing_over_either(tmp_path: Path) -> None:
    assert kept_data(tmp_path, "key", lambda: {"a": 1}) == {"a": 1}
    (kept,) = tmp_path.iterdir()
    kept.unlink()
    kept.mkdir()
    assert kept_data(tmp_path, "key", lambda: {"a": 2}) == {"a": 2}
    assert list(tmp_path.iterdir()) == [kept]


def test_the_oldest_go_where_it_is_too_many_or_too_much(tmp_path: Path) -> None:
    for age, size in enumerate([10, 10, 500, 10]):
        path = tmp_path / f"{age}"
        path.write_bytes(b"x" * size)
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    drop_oldest(tmp_path, most_files=10, most_bytes=100)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]
    drop_oldest(tmp_path, most_files=1, most_bytes=100)
    assert [path.name for path in tmp_path.iterdir()] == ["0"]


_SHELF = Repository(forge="github", id="1", owner="acme", owner_id="2", name="packs")


class _Heavy:
    """A forge with a folder of which everything would be far too much."""

    def __init__(self) -> None:
        self.read = 0

    def tree(self, *_: object) -> Mapping[str, TreeEntry]:
        return {f"{number}.bin": TreeEntry(mode=0o100644, blob_id="") for number in range(1_000)}

    def read_file(self, *_: object) -> bytes:
        self.read += 1
        return b"x" * 1_000


def test_a_folder_that_is_too_large_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "MAX_BYTES", 20_000)
    heavy = _Heavy()
    forge: Forge = heavy  # type: ignore[assignment]
    with pytest.raises(UserError) as refused:
        read_folder(
            BundleCache(tmp_path), forge, _SHELF, Commit(id="c" * 40, tree_id="t" * 40), "pack"
        )
    assert refused.value.reason == "too_large"
    assert heavy.read < 100
