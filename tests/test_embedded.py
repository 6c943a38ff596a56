"""The embedded Valkey's socket is reached by this user alone."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.embedded import command, socket_path
from bot.errors import ConfigurationError

#: Too long for the path of a socket.
LONG = "x" * 110


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder whose path is too long, so that the socket lies elsewhere."""
    folder = tmp_path / LONG
    folder.mkdir(mode=0o700)
    # Not pytest's own folder: the name of a unix socket may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="fc-") as base:
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
        yield folder


def test_a_folder_for_the_socket_is_made_for_us_alone(data_dir: Path) -> None:
    for _ in range(2):
        assert str(socket_path(data_dir)) in command(data_dir)
    made = socket_path(data_dir).parent
    assert stat.S_IMODE(made.lstat().st_mode) == 0o700
    assert data_dir not in made.parents


def test_a_folder_that_others_may_write_is_refused(data_dir: Path) -> None:
    made = socket_path(data_dir).parent
    made.mkdir()
    made.chmod(0o777)
    assert_refused(data_dir)


def test_a_link_is_refused(data_dir: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    socket_path(data_dir).parent.symlink_to(theirs)
    assert_refused(data_dir)


def test_a_file_in_its_place_is_refused(data_dir: Path) -> None:
    socket_path(data_dir).parent.touch(mode=0o600)
    assert_refused(data_dir)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(data_dir: Path) -> None:
    made = socket_path(data_dir).parent
    made.mkdir(mode=0o700)
    os.chown(made, 65534, 65534)
    assert_refused(data_dir)


def test_a_short_path_keeps_the_socket_in_the_data_folder() -> None:
    with tempfile.TemporaryDirectory(prefix="fc-") as folder:
        assert socket_path(Path(folder)).parent == Path(folder)
        assert f"{folder}/valkey.sock" in command(Path(folder))


def assert_refused(data_dir: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        command(data_dir)
    assert "FIRSTCOMMIT_DATA_DIR" in raised.value.remedy
