from pathlib import Path

import pytest

from {{ module }}.writing import publish


def test_the_same_again_touches_nothing(tmp_path: Path) -> None:
    assert publish(tmp_path / "new", {"a": b"1", "b": b"2"}) == ["a", "b"]
    before = (tmp_path / "new" / "a").stat()
    assert publish(tmp_path / "new", {"a": b"1", "b": b"3"}) == ["b"]
    after = (tmp_path / "new" / "a").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_cut_off_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, {"a": b"old"})

    def fail(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk"):
        publish(tmp_path, {"a": b"new"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"
