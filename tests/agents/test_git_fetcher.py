"""Fetching templates with git: from a real server on this machine, over HTTPS."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.agents.git_fetcher import GitFetcher
from bot.core.git_values import EXECUTABLE
from bot.core.origins import AllowedOrigin, Origin
from bot.errors import Transient, UserError
from tests.agents.web import Asked, Says, Web, certificate, serving

HOST = "git.example"


@dataclass(frozen=True, kw_only=True)
class Bed:
    """A repository that is served under ``/acme/tpl``, and what fetches from there."""

    folder: Path
    web: Web
    fetcher: GitFetcher

    @property
    def allowed(self) -> AllowedOrigin:
        origin = Origin(scheme="https", host=HOST, port=self.web.port)
        return AllowedOrigin(origin=origin, private=True)

    def git(self, *arguments: str) -> str:
        """What git says in the repository that is served."""
        return git(self.folder / "work", *arguments)


@pytest.fixture
def bed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bed]:
    work = tmp_path / "work"
    (work / "pack" / "files").mkdir(parents=True)
    (work / "pack" / "pack.yaml").write_text("name: pack\n")
    (work / "pack" / "files" / "run.sh").write_text("#!/bin/sh\n")
    (work / "pack" / "files" / "run.sh").chmod(0o755)
    git(work, "init", "-q", "-b", "main")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "One")
    git(work, "tag", "-a", "-m", "One", "v1")
    server, _ = certificate(tmp_path, HOST)
    monkeypatch.setenv("GIT_SSL_CAINFO", str(next(tmp_path.glob("*.pem"))))
    with serving(server) as web:
        web.answerer = lambda asked: backend(tmp_path, asked)
        fetcher = GitFetcher(resolver=lambda *_: ["127.0.0.1"], time_s=20)
        yield Bed(folder=tmp_path, web=web, fetcher=fetcher)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Ann", "-c", "user.email=ann@localhost", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return done.stdout.decode().strip()


def backend(folder: Path, asked: Asked) -> Says:
    """What git's own server says; it ends its head with an empty line."""
    path, _, query = asked.path.partition("?")
    if not path.startswith("/acme/tpl/"):
        return Says(status=404)
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(folder / "work" / ".git"),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path.removeprefix("/acme/tpl"),
        "QUERY_STRING": query,
        "REQUEST_METHOD": asked.method,
        "CONTENT_TYPE": asked.headers.get("content-type", ""),
        "GIT_PROTOCOL": asked.headers.get("git-protocol", ""),
        "CONTENT_LENGTH": str(len(asked.body)),
        "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
    }
    done = subprocess.run(
        ["git", "http-backend"], input=asked.body, env=environment, capture_output=True, check=False
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().splitlines()]
    headers = {name: value for name, value in lines if name == "Content-Type"}
    return Says(headers=headers, body=body)


def test_a_tag_is_found_and_its_folder_fetched(bed: Bed) -> None:
    commit = bed.fetcher.commit(bed.allowed, "/acme/tpl", "v1")
    assert commit == bed.git("rev-parse", "HEAD")
    files = bed.fetcher.files(bed.allowed, "/acme/tpl", "v1", commit=commit, folder="pack")
    found = {file.path: file for file in files}
    assert set(found) == {"pack.yaml", "files/run.sh"}
    assert found["files/run.sh"].mode == EXECUTABLE
    assert found["pack.yaml"].content == b"name: pack\n"
    assert all("authorization" not in map(str.lower, asked.headers) for asked in bed.web.asked)


def test_a_branch_serves_as_well_and_nothing_else_does(bed: Bed) -> None:
    assert bed.fetcher.commit(bed.allowed, "/acme/tpl", "main") == bed.git("rev-parse", "HEAD")
    for path, ref in (("/acme/tpl", "none"), ("/acme/none", "v1")):
        with pytest.raises(UserError) as refused:
            bed.fetcher.commit(bed.allowed, path, ref)
        assert refused.value.reason == "unknown_pack"


def test_a_commit_stays_what_it_was_though_its_tag_moves(bed: Bed) -> None:
    commit = bed.fetcher.commit(bed.allowed, "/acme/tpl", "v1")
    (bed.folder / "work" / "pack" / "pack.yaml").write_text("name: other\n")
    bed.git("commit", "-q", "-a", "-m", "Two")
    bed.git("tag", "-f", "v1")
    files = bed.fetcher.files(bed.allowed, "/acme/tpl", "v1", commit=commit, folder="pack")
    assert b"name: pack\n" in [file.content for file in files]
    with pytest.raises(UserError) as refused:
        bed.fetcher.files(bed.allowed, "/acme/tpl", "v1", commit="0" * 40, folder="")
    assert refused.value.reason == "unknown_pack"


def test_links_and_submodules_come_with_their_modes(bed: Bed) -> None:
    (bed.folder / "work" / "link").symlink_to("/etc/passwd")
    bed.git("add", "link")
    head = bed.git("rev-parse", "HEAD")
    bed.git("update-index", "--add", "--cacheinfo", f"160000,{head},vendor")
    bed.git("commit", "-q", "-m", "Odd")
    commit = bed.git("rev-parse", "HEAD")
    files = bed.fetcher.files(bed.allowed, "/acme/tpl", "main", commit=commit, folder="")
    modes = {file.path: file.mode for file in files}
    assert (modes["link"], modes["vendor"]) == (0o120000, 0o160000)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(bed: Bed, status: int) -> None:
    location = f"https://{HOST}:{bed.web.port}/acme/tpl/info/refs?service=git-upload-pack"
    bed.web.answerer = lambda asked: (
        Says(status=status, headers={"Location": location})
        if asked.path.startswith("/moved")
        else backend(bed.folder, asked)
    )
    with pytest.raises(UserError) as refused:
        bed.fetcher.commit(bed.allowed, "/moved", "v1")
    assert refused.value.reason == "redirect_refused"


def test_a_private_address_is_refused_before_it_is_reached(bed: Bed) -> None:
    with pytest.raises(UserError) as refused:
        bed.fetcher.commit(
            AllowedOrigin(origin=bed.allowed.origin, private=False), "/acme/tpl", "v1"
        )
    assert refused.value.reason == "private_address"
    assert "FIRSTCOMMIT_TEMPLATE_HOSTS" in refused.value.remedy
    assert bed.web.asked == []


def test_whoever_asks_for_credentials_gets_none(bed: Bed) -> None:
    bed.web.says(401, www_authenticate='Basic realm="x"')
    with pytest.raises(UserError, match="no credentials"):
        bed.fetcher.commit(bed.allowed, "/acme/tpl", "v1")


def test_a_name_that_leads_nowhere_may_work_later(bed: Bed) -> None:
    def unknown(*_: object) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(Transient):
        GitFetcher(resolver=unknown).commit(bed.allowed, "/acme/tpl", "v1")
